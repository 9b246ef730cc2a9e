package user

import (
	"freecar/internal/errs"
	"freecar/internal/money"
)

// Wallet is a rider's money.
type Wallet struct {
	AccountID string
	Available money.Money // below zero it is a debt
	Held      money.Money
}

// Balance is all of it.
func (w Wallet) Balance() money.Money { return w.Available.Plus(w.Held) }

// ErrInsufficientFunds refuses a hold that the wallet does not cover.
var ErrInsufficientFunds = errs.E(errs.Conflict, "insufficient_funds", "The wallet does not cover this; top it up.")

// Covers says whether the amount can be held. A debt covers nothing, not even zero.
// Errors: Conflict insufficient_funds.
func (w Wallet) Covers(amount money.Money) error {
	if w.Available.Minus(amount).Negative() {
		return ErrInsufficientFunds
	}
	return nil
}

// checkAmount holds an amount that came from outside to a range of minor units.
// Errors: Invalid.
func checkAmount(m money.Money, least, most int64) error {
	switch {
	case m.Currency != money.Currency:
		return errs.Invalidf("amount.currency", "unsupported", "It must be %s.", money.Currency)
	case m.Amount < least:
		return errs.Invalidf("amount.amount", "too_small", "It must be at least %d (%s).", least, money.Of(least))
	case m.Amount > most:
		return errs.Invalidf("amount.amount", "too_large", "It must be at most %d (%s).", most, money.Of(most))
	}
	return nil
}
