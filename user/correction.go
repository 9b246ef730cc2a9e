package user

import (
	"strings"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// Correction says who of the staff booked an entry, and why; both are empty for what
// riders and trips booked.
type Correction struct {
	By     string // an account id
	Reason string // in the words of staff: never part of an event, and empty once the account is erased
}

// ErrOwnWallet keeps staff from booking for themselves: what one pair of eyes could do
// alone, two have to agree on.
var ErrOwnWallet = errs.E(errs.Conflict, "own_account", "Nobody corrects their own wallet; ask a colleague.")

// newCorrection holds a reason to its rule. Errors: Invalid.
func newCorrection(by, reason string) (Correction, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Correction{}, errs.Invalidf("reason", "required", "Say why, for the books.")
	}
	return Correction{By: by, Reason: reason}, nil
}

// Adjustment gives money to a wallet or takes some, outside any trip. It is booked whole
// or not at all and never changes.
type Adjustment struct {
	ID        string // also its entry's
	AccountID string
	Amount    money.Money // above zero for the rider, below zero for the company
	At        time.Time
	Version   int64
}

// mostAdjusted bounds an adjustment either way: 5,000.00, which is more than the excess
// of any insurance and less than a slip of the hand costs.
const mostAdjusted = 500_000

// AdjustWallet asks for an adjustment.
type AdjustWallet struct {
	AccountID string
	Amount    money.Money
	Reason    string
	By        string   // who of the staff asks
	Key       idem.Key // required
}

// NewAdjustment books an adjustment. It may take more than there is: that is a debt, and as
// long as it lasts nothing can be held. Errors: Invalid; Conflict own_account.
func NewAdjustment(id string, c AdjustWallet, now time.Time) (Adjustment, Change, error) {
	if err := checkAmount(c.Amount, -mostAdjusted, mostAdjusted); err != nil {
		return Adjustment{}, Change{}, err
	}
	if c.Amount.Amount == 0 {
		return Adjustment{}, Change{}, errs.Invalidf("amount.amount", "invalid", "It must not be zero.")
	}
	why, err := newCorrection(c.By, c.Reason)
	if err != nil {
		return Adjustment{}, Change{}, err
	}
	if c.By == c.AccountID {
		return Adjustment{}, Change{}, ErrOwnWallet
	}
	e := Entry{
		ID:         id,
		At:         now,
		Kind:       EntryAdjustment,
		AccountID:  c.AccountID,
		From:       Adjustments,
		To:         WalletOf(c.AccountID),
		Amount:     c.Amount,
		Correction: why,
	}
	if c.Amount.Negative() {
		e.From, e.To, e.Amount = e.To, e.From, c.Amount.Negate()
	}
	a := Adjustment{ID: id, AccountID: c.AccountID, Amount: c.Amount, At: now, Version: 1}
	return a, Change{Event: WalletAdjusted, At: now, Entries: []Entry{e}}, nil
}
