// Package money holds amounts as integer minor units: no amount is ever a float.
package money

import "fmt"

// Currency is the one currency of a deployment (ISO 4217).
const Currency = "EUR"

// Money is an amount in minor units (cents) of a currency.
type Money struct {
	Amount   int64
	Currency string
}

// Of is an amount of minor units in the deployment's currency.
func Of(minor int64) Money { return Money{Amount: minor, Currency: Currency} }

// Plus adds an amount of the same currency; it panics on another one, which is a
// bug and never input.
func (m Money) Plus(n Money) Money {
	m.mustMatch(n)
	return Money{Amount: m.Amount + n.Amount, Currency: m.Currency}
}

// Minus subtracts an amount of the same currency.
func (m Money) Minus(n Money) Money { return m.Plus(n.Negate()) }

// Negate turns the sign.
func (m Money) Negate() Money { return Money{Amount: -m.Amount, Currency: m.Currency} }

// Negative says that the amount is below zero.
func (m Money) Negative() bool { return m.Amount < 0 }

// String shows the amount to a person: "12.34 EUR".
func (m Money) String() string {
	sign, a := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, a = "-", -a // of the last int64, too, which has no positive one
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, a/100, a%100, m.Currency)
}

func (m Money) mustMatch(n Money) {
	if m.Currency != n.Currency {
		panic("money: " + m.Currency + " and " + n.Currency + " do not add up")
	}
}
