package adaptertest

import (
	"testing"
	"time"

	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
)

// key is an idempotency key of an account.
func key(accountID, value string) idem.Key {
	return idem.Key{Principal: accountID, Operation: "user.TopUp", Value: value, BodyHash: "body"}
}

func request(t *testing.T, s Store, accountID string, minor int64, at time.Time) user.TopUp {
	t.Helper()
	topUp, c, err := user.NewTopUp(newID(), accountID, money.Of(minor), at)
	ok(t, err)
	saved, again, err := s.TopUps.Request(t.Context(), key(accountID, newID()), topUp, c)
	ok(t, err)
	if again || saved != topUp {
		t.Fatalf("got %+v, again %t", saved, again)
	}
	return saved
}

func settle(t *user.TopUp) (user.Change, error) { return t.Settle(newID(), "test", start) }

// funded is a new account with money.
func funded(t *testing.T, s Store, minor int64) string {
	t.Helper()
	id := ids.NewAccount()
	topUp := request(t, s, id, minor, start)
	must[user.TopUp](t)(s.TopUps.Update(t.Context(), topUp.ID, settle))
	return id
}

func place(t *testing.T, s Store, tripID, accountID string, minor int64) (user.Hold, error) {
	t.Helper()
	return s.Holds.Place(t.Context(), tripID, accountID, func(w user.Wallet) (user.Hold, user.Change, error) {
		return user.NewHold(newID, tripID, w, money.Of(minor), start)
	})
}

func capture(t *testing.T, s Store, tripID string, minor int64) (user.Hold, error) {
	t.Helper()
	return s.Holds.Update(t.Context(), tripID, func(h *user.Hold) (user.Change, error) {
		return h.Capture(newID, money.Of(minor), start)
	})
}

func release(t *testing.T, s Store, tripID string) (user.Hold, error) {
	t.Helper()
	return s.Holds.Update(t.Context(), tripID, func(h *user.Hold) (user.Change, error) { return h.Release(newID, start) })
}

func wallet(t *testing.T, s Store, accountID string) user.Wallet {
	t.Helper()
	return must[user.Wallet](t)(s.Wallets.Wallet(t.Context(), accountID))
}

// expectWallet holds a wallet to its figures, and the books to what must always hold.
func expectWallet(t *testing.T, s Store, accountID string, available, held int64) {
	t.Helper()
	want := user.Wallet{AccountID: accountID, Available: money.Of(available), Held: money.Of(held)}
	if got := wallet(t, s, accountID); got != want {
		t.Errorf("got available %s and held %s, want %s and %s", got.Available, got.Held, want.Available, want.Held)
	}
	expectBalanced(t, s)
	expectExplained(t, s, want)
}

// expectBalanced: postings sum to zero, and every balance is the sum of its postings.
func expectBalanced(t *testing.T, s Store) {
	t.Helper()
	books := must[map[user.LedgerAccount]Book](t)(s.Books(t.Context()))
	sum := int64(0)
	for account, b := range books {
		sum += b.Posted
		if b.Balance != b.Posted {
			t.Errorf("%s: the balance is %d, its postings sum to %d", account, b.Balance, b.Posted)
		}
	}
	if sum != 0 {
		t.Errorf("all postings sum to %d", sum)
	}
	if found := must[user.Books](t)(s.Wallets.Check(t.Context())); !found.Balanced() {
		t.Errorf("the check found %+v", found)
	}
}

// expectExplained: what the rider sees adds up to what the rider has.
func expectExplained(t *testing.T, s Store, w user.Wallet) {
	t.Helper()
	balance, held := money.Of(0), money.Of(0)
	for _, e := range walk(t, func(p user.Paging) (user.Page[user.WalletEntry], error) {
		return s.Wallets.Entries(t.Context(), w.AccountID, p)
	}, func() {}) {
		switch e.Kind {
		case user.EntryHold, user.EntryRelease:
			held = held.Plus(e.Amount)
		default:
			balance = balance.Plus(e.Amount)
		}
	}
	if balance != w.Balance() || held != w.Held {
		t.Errorf("the entries say balance %s and held %s, the wallet %s and %s", balance, held, w.Balance(), w.Held)
	}
}
