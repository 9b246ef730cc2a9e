package user_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/user"
)

func TestAdjustment(t *testing.T) {
	ask := user.AdjustWallet{AccountID: "1", Amount: money.Of(500), Reason: " a scratch ", By: "9"}
	t.Run("gives or takes, against an account of its own", func(t *testing.T) {
		for amount, wallet := range map[int64]int64{500: 500, -500_000: -500_000, 500_000: 500_000, -1: -1} {
			c := ask
			c.Amount = money.Of(amount)
			a, change, err := user.NewAdjustment("a", c, noon)
			if err != nil || len(change.Entries) != 1 || change.Event != user.WalletAdjusted || a.Amount != c.Amount || a.Version != 1 {
				t.Fatalf("got %+v, %+v, %v", a, change, err)
			}
			e := change.Entries[0]
			if got := effects(change.Entries); got["wallet:1"] != wallet || got["adjustments"] != -wallet {
				t.Errorf("got %v", got)
			}
			if e.Effect() != c.Amount || e.Amount.Amount <= 0 || e.ID != a.ID || e.Reason != "a scratch" || e.By != "9" || e.Kind != user.EntryAdjustment {
				t.Errorf("got %+v", e)
			}
		}
	})
	t.Run("nobody gives to themselves, nor takes", func(t *testing.T) {
		c := ask
		c.By = c.AccountID
		for _, amount := range []int64{500, -500} {
			c.Amount = money.Of(amount)
			if _, change, err := user.NewAdjustment("a", c, noon); !errors.Is(err, user.ErrOwnWallet) || !change.IsZero() {
				t.Errorf("got %+v, %v", change, err)
			}
		}
	})
	t.Run("what breaks a rule names its field", func(t *testing.T) {
		for want, change := range map[string]func(*user.AdjustWallet){
			"amount.amount invalid":       func(c *user.AdjustWallet) { c.Amount = money.Of(0) },
			"amount.amount too_small":     func(c *user.AdjustWallet) { c.Amount = money.Of(-500_001) },
			"amount.amount too_large":     func(c *user.AdjustWallet) { c.Amount = money.Of(500_001) },
			"amount.currency unsupported": func(c *user.AdjustWallet) { c.Amount.Currency = "USD" },
			"reason required":             func(c *user.AdjustWallet) { c.Reason = " \t" },
		} {
			c := ask
			change(&c)
			if _, _, err := user.NewAdjustment("a", c, noon); !slices.Equal(bad(err), []string{want}) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	})
}

func TestRefund(t *testing.T) {
	captured := func(t *testing.T, fare int64) user.Hold {
		h := placed(t, 2000)
		if _, err := h.Capture(counter(), money.Of(fare), noon); err != nil {
			t.Fatal(err)
		}
		return h
	}
	refund := func(h *user.Hold, minor ...int64) (user.Change, error) {
		c := user.RefundTrip{TripID: "trip", Reason: "late", By: "9"}
		for _, m := range minor {
			amount := money.Of(m)
			c.Amount = &amount
		}
		return h.Refund(counter(), c, noon)
	}
	t.Run("in parts, and then all that is left", func(t *testing.T) {
		h := captured(t, 700)
		c, err := refund(&h, 200)
		if got := effects(c.Entries); err != nil || got["wallet:1"] != 200 || got["revenue"] != -200 || c.Event != user.HoldRefunded {
			t.Errorf("got %+v, %v", c, err)
		}
		if e := c.Entries[0]; e.Kind != user.EntryRefund || e.TripID != "trip" || e.Effect() != money.Of(200) || e.Reason != "late" || e.By != "9" {
			t.Errorf("got %+v", e)
		}
		if h.Left() != money.Of(500) || h.Version != 3 || h.State != user.Captured {
			t.Errorf("got %+v", h)
		}
		if c, err := refund(&h); err != nil || c.Entries[0].Amount != money.Of(500) || h.Left() != money.Of(0) {
			t.Errorf("got %+v, %v", c, err)
		}
	})
	t.Run("never more than is left, which the refusal names", func(t *testing.T) {
		h := captured(t, 700)
		for _, step := range []struct {
			take   []int64
			detail string
		}{{[]int64{701}, "7.00 EUR"}, {[]int64{700}, ""}, {[]int64{1}, "in full"}, {nil, "in full"}} {
			before := h
			c, err := refund(&h, step.take...)
			if step.detail == "" {
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			said, _ := errors.AsType[*errs.Error](err)
			if !errors.Is(err, user.ErrRefundTooMuch) || !strings.Contains(said.Detail, step.detail) || h != before || !c.IsZero() {
				t.Errorf("%v: got %+v, %v", step.take, c, err)
			}
		}
	})
	t.Run("nobody their own trip", func(t *testing.T) {
		h := captured(t, 700)
		before := h
		c, err := h.Refund(counter(), user.RefundTrip{TripID: "trip", Reason: "late", By: h.AccountID}, noon)
		if !errors.Is(err, user.ErrOwnWallet) || h != before || !c.IsZero() {
			t.Errorf("got %+v, %v", c, err)
		}
	})
	t.Run("nothing of what was never captured", func(t *testing.T) {
		running, released := placed(t, 2000), placed(t, 2000)
		if _, err := released.Release(counter(), noon); err != nil {
			t.Fatal(err)
		}
		void, _ := user.VoidHold(counter(), "trip", noon)
		for _, h := range []user.Hold{running, released, void} {
			before := h
			for _, amount := range [][]int64{nil, {1}} {
				if c, err := refund(&h, amount...); !errors.Is(err, user.ErrNothingCaptured) || h != before || !c.IsZero() {
					t.Errorf("%s: got %+v, %v", h.State, c, err)
				}
			}
		}
	})
	t.Run("what breaks a rule names its field", func(t *testing.T) {
		h := captured(t, 700)
		for want, amount := range map[string]money.Money{
			"amount.amount too_small":     money.Of(0),
			"amount.amount too_large":     money.Of(10_000_001),
			"amount.currency unsupported": {Amount: 1, Currency: "USD"},
		} {
			if _, err := h.Refund(counter(), user.RefundTrip{Amount: &amount, Reason: "late"}, noon); !slices.Equal(bad(err), []string{want}) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if _, err := h.Refund(counter(), user.RefundTrip{}, noon); !slices.Equal(bad(err), []string{"reason required"}) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCorrectionsNeedAKey(t *testing.T) {
	v := newVault(t)
	_, adjustErr := v.Adjust(t.Context(), user.AdjustWallet{AccountID: v.account, Amount: money.Of(1), Reason: "x"})
	_, refundErr := v.Refund(t.Context(), user.RefundTrip{TripID: "t", Reason: "x"})
	for _, err := range []error{adjustErr, refundErr} {
		if got := bad(err); !slices.Equal(got, []string{"Idempotency-Key required"}) {
			t.Errorf("got %v", err)
		}
	}
	// A bad request is told so before anybody looks for its trip.
	_, err := v.Refund(t.Context(), user.RefundTrip{TripID: "nowhere", Key: idem.Key{Value: "k"}})
	if got := bad(err); !slices.Equal(got, []string{"reason required"}) {
		t.Errorf("got %v", err)
	}
}
