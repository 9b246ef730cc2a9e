package user

import (
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// RefundTrip asks for some of what a trip cost to be given back.
type RefundTrip struct {
	TripID string
	Amount *money.Money // nil is all that is left
	Reason string
	By     string   // who of the staff asks
	Key    idem.Key // required
}

// check holds what was asked for to its rules. Errors: Invalid.
func (c RefundTrip) check() (Correction, error) {
	if c.Amount != nil {
		if err := checkAmount(*c.Amount, 1, mostHeld); err != nil {
			return Correction{}, err
		}
	}
	return newCorrection(c.By, c.Reason)
}

// Left is what can still be refunded.
func (h *Hold) Left() money.Money { return h.Captured.Minus(h.Refunded) }

// Refund gives some of the fare back to the rider's wallet, whatever that owes.
// Errors: Invalid; Conflict own_account, nothing_captured, refund_too_much.
func (h *Hold) Refund(newID func() string, c RefundTrip, now time.Time) (Change, error) {
	why, err := c.check()
	if err != nil {
		return Change{}, err
	}
	if c.By == h.AccountID {
		return Change{}, ErrOwnWallet
	}
	if h.State != Captured {
		return Change{}, ErrNothingCaptured
	}
	left, amount := h.Left(), h.Left()
	if c.Amount != nil {
		amount = *c.Amount
	}
	if amount.Amount == 0 || left.Minus(amount).Negative() {
		return Change{}, tooMuch(left)
	}
	h.Refunded = h.Refunded.Plus(amount)
	h.Version++
	b := booking{newID: newID, hold: h, now: now, why: why}
	b.move(EntryRefund, Revenue, WalletOf(h.AccountID), amount)
	return b.change(HoldRefunded), nil
}

// tooMuch says what is left; it is an ErrRefundTooMuch.
func tooMuch(left money.Money) error {
	detail := "The trip is refunded in full."
	if left.Amount > 0 {
		detail = "Of what the trip was charged, " + left.String() + " is left to refund."
	}
	return errs.E(ErrRefundTooMuch.Kind, ErrRefundTooMuch.Code, detail)
}
