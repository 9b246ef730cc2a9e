package user

import (
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
)

// TopUpState says how far a top-up is.
type TopUpState string

// How far a top-up is.
const (
	Pending  TopUpState = "pending"
	Settled  TopUpState = "settled"
	Declined TopUpState = "declined"
)

// TopUp brings money in. Its id is the key under which the provider knows it.
type TopUp struct {
	ID        string
	AccountID string
	Amount    money.Money
	State     TopUpState
	At        time.Time // of the request
	SettledAt time.Time // zero while pending
	Version   int64
}

const (
	leastTopUp = 100     // 1.00
	mostTopUp  = 100_000 // 1,000.00
)

// ErrPaymentDeclined is the provider's no.
var ErrPaymentDeclined = errs.E(errs.Conflict, "payment_declined", "The payment was declined; use another means of payment.")

// NewTopUp asks for money. Errors: Invalid.
func NewTopUp(id, accountID string, amount money.Money, now time.Time) (TopUp, Change, error) {
	if err := checkAmount(amount, leastTopUp, mostTopUp); err != nil {
		return TopUp{}, Change{}, err
	}
	t := TopUp{ID: id, AccountID: accountID, Amount: amount, State: Pending, At: now, Version: 1}
	return t, Change{Event: TopUpRequested, At: now}, nil
}

// Settle books the money that the provider took. Again it changes nothing.
// Errors: Conflict payment_declined.
func (t *TopUp) Settle(entryID, provider string, now time.Time) (Change, error) {
	switch t.State {
	case Settled:
		return Change{}, nil
	case Declined:
		return Change{}, ErrPaymentDeclined
	}
	t.end(Settled, now)
	entry := Entry{
		ID:        entryID,
		At:        now,
		Kind:      EntryTopUp,
		AccountID: t.AccountID,
		From:      ProviderOf(provider),
		To:        WalletOf(t.AccountID),
		Amount:    t.Amount,
	}
	return Change{Event: TopUpSettled, At: now, Entries: []Entry{entry}}, nil
}

// Decline records the provider's no. Once the top-up has ended it changes nothing.
func (t *TopUp) Decline(now time.Time) Change {
	if t.State != Pending {
		return Change{}
	}
	t.end(Declined, now)
	return Change{Event: TopUpDeclined, At: now}
}

func (t *TopUp) end(state TopUpState, now time.Time) {
	t.State = state
	t.SettledAt = now
	t.Version++
}
