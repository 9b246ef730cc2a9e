package adaptertest

import (
	"maps"
	"slices"
	"testing"

	"freecar/user"
)

// Books holds the reader of the whole ledger to its contract.
func Books(t *testing.T, open Open) {
	t.Run("an empty ledger is balanced", func(t *testing.T) {
		s, _ := open(t)
		if b := must[user.Books](t)(s.Wallets.Check(t.Context())); !b.Balanced() || b.Entries != 0 {
			t.Errorf("got %+v", b)
		}
		if got := must[user.Totals](t)(s.Wallets.Totals(t.Context())); len(got.ByKind) != 0 || got.Debt != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the totals say where the money is, and who owes", func(t *testing.T) { totals(t, open) })
	t.Run("a balance that is wrong is found", func(t *testing.T) {
		s, _ := open(t)
		account, other := funded(t, s, 1000), funded(t, s, 1000)
		ok(t, s.Spoil(t.Context(), user.WalletOf(account)))
		b := must[user.Books](t)(s.Wallets.Check(t.Context()))
		if b.Balanced() || !slices.Equal(b.Unequal, []user.LedgerAccount{user.WalletOf(account)}) || b.Sum != 0 || b.Entries != 2 {
			t.Errorf("got %+v besides %s", b, other)
		}
	})
}

func totals(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := charged(t, s, 700)                          // 4300 left
	must[user.Hold](t)(place(t, s, newID(), account, 1000))      // 3300 and 1000 held
	_, _, err := refund(t, s, staffKey("r", newID()), trip, 200) // 3500
	ok(t, err)
	poor := opened(t, s, 100)
	_, _, err = adjust(t, s, staffKey("a", newID()), poor, -350) // owes 250
	ok(t, err)
	got := must[user.Totals](t)(s.Wallets.Totals(t.Context()))
	want := map[string]int64{"wallet": 3500 - 250, "held": 1000, "revenue": 500, "adjustments": 350, "provider": -5100}
	if !maps.Equal(got.ByKind, want) || got.Debt != 250 {
		t.Errorf("got %+v, want %v", got, want)
	}
}
