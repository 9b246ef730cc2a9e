package money_test

import (
	"testing"

	"freecar/internal/money"
)

func TestMoney(t *testing.T) {
	t.Run("adds and subtracts", func(t *testing.T) {
		if got := money.Of(250).Plus(money.Of(50)).Minus(money.Of(400)); got != money.Of(-100) || !got.Negative() {
			t.Errorf("got %v", got)
		}
	})
	t.Run("shows cents", func(t *testing.T) {
		for minor, want := range map[int64]string{0: "0.00 EUR", 5: "0.05 EUR", -1234: "-12.34 EUR"} {
			if got := money.Of(minor).String(); got != want {
				t.Errorf("%d: got %q, want %q", minor, got, want)
			}
		}
	})
	t.Run("two currencies never add up", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		money.Of(1).Plus(money.Money{Amount: 1, Currency: "SEK"})
	})
}
