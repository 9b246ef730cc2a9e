package adaptertest

import (
	"errors"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/user"
)

func eraseIn(t *testing.T, s Store, id string) error {
	t.Helper()
	return s.Accounts.Erase(t.Context(), id, func(a *user.Account, e user.Estate) (user.Change, error) {
		return a.Erase(newID, e, start)
	})
}

// fund gives an account money.
func fund(t *testing.T, s Store, id string, minor int64) {
	t.Helper()
	topUp := request(t, s, id, minor, start)
	must[user.TopUp](t)(s.TopUps.Update(t.Context(), topUp.ID, settle))
}

func accountErase(t *testing.T, open Open) {
	s, again := open(t)
	p := person("ada@example.org", "+4930123456")
	a, c, session := newAccount(p, auth.Rider, start)
	ok(t, s.Accounts.Open(t.Context(), a, c, session))
	fund(t, s, a.ID, 1234)
	for range 2 {
		ok(t, eraseIn(t, s, a.ID))
	}
	want := user.Account{ID: a.ID, Status: user.Erased, CreatedAt: start, Version: 2}
	if got := must[user.Account](t)(again().Accounts.Account(t.Context(), a.ID)); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	expectEvents(t, s, a.ID, user.AccountRegistered, user.AccountErased)
	expectWallet(t, s, a.ID, 0, 0)
	if books := must[map[user.LedgerAccount]Book](t)(s.Books(t.Context())); books[user.Payouts].Balance != 1234 {
		t.Errorf("got %+v", books)
	}
	_, _, err := s.Sessions.Use(t.Context(), session.Current, look)
	expectKind(t, err, errs.NotFound)
	if page := revoked(t, s, 0, start); len(page.Items) != 1 || page.Items[0].Subject != a.ID || page.Items[0].Before != 2 {
		t.Errorf("got %+v", page)
	}
	t.Run("the books still say who corrected it, and no longer why", func(t *testing.T) {
		account, trip := charged(t, s, 700)
		other := opened(t, s, 100)
		for _, id := range []string{account, other} {
			_, _, err := adjust(t, s, staffKey("user.Adjust", newID()), id, 100)
			ok(t, err)
		}
		_, _, err := refund(t, s, staffKey("user.Refund", newID()), trip, 300)
		ok(t, err)
		ok(t, eraseIn(t, s, account))
		entries := must[user.Page[user.WalletEntry]](t)(again().Wallets.Entries(t.Context(), account, user.Paging{Limit: 10})).Items
		corrected := 0
		for _, e := range entries {
			if e.By == clerk {
				corrected++
			}
			if e.Reason != "" {
				t.Errorf("got %+v", e)
			}
		}
		if corrected != 2 {
			t.Errorf("%d corrections in %+v", corrected, entries)
		}
		if got := newest(t, s, other); got.Reason != "goodwill" {
			t.Errorf("of another: %+v", got)
		}
	})
	t.Run("its names are free again", func(t *testing.T) {
		if next := openAccount(t, s, p, start); next.ID == a.ID {
			t.Error("the same account")
		}
	})
	t.Run("no money comes to it any more", func(t *testing.T) {
		_, err := place(t, s, newID(), a.ID, 0)
		expect(t, err, user.ErrAccountErased)
		_, _, err = ask(t, s, key(a.ID, newID()), start)
		expect(t, err, user.ErrAccountErased)
		_, _, err = adjust(t, s, staffKey("user.Adjust", newID()), a.ID, 100)
		expect(t, err, user.ErrAccountErased)
		expectWallet(t, s, a.ID, 0, 0)
	})
	t.Run("an account that is not there is NotFound", func(t *testing.T) { expectKind(t, eraseIn(t, s, "1"), errs.NotFound) })
}

func accountEraseRefused(t *testing.T, open Open) {
	s, _ := open(t)
	a := openAccount(t, s, person("ada@example.org", ""), start)
	pending := request(t, s, a.ID, 3000, start)
	expect(t, eraseIn(t, s, a.ID), user.ErrTopUpPending)
	must[user.TopUp](t)(s.TopUps.Update(t.Context(), pending.ID, settle))
	trip := newID()
	must[user.Hold](t)(place(t, s, trip, a.ID, 0)) // a hold of nothing is one, too
	expect(t, eraseIn(t, s, a.ID), user.ErrRentalLive)
	must[user.Hold](t)(capture(t, s, trip, 3001))
	expect(t, eraseIn(t, s, a.ID), user.ErrInDebt)
	refused := errors.New("refused")
	expect(t, s.Accounts.Erase(t.Context(), a.ID, func(a *user.Account, e user.Estate) (user.Change, error) {
		if e.Available != money.Of(-1) || e.Holds || e.Pending {
			t.Errorf("got %+v", e)
		}
		c, _ := a.Erase(newID, user.Estate{}, start)
		return c, refused
	}), refused)
	if got := must[user.Account](t)(s.Accounts.Account(t.Context(), a.ID)); got != a {
		t.Errorf("got %+v", got)
	}
	expectWallet(t, s, a.ID, -1, 0)
	expectEvents(t, s, a.ID, user.AccountRegistered)
	fund(t, s, a.ID, 100)
	ok(t, eraseIn(t, s, a.ID))
	expectWallet(t, s, a.ID, 0, 0)
	admin := openAs(t, s, "admin@example.org", auth.Admin, start)
	expect(t, eraseIn(t, s, admin.ID), user.ErrLastAdmin)
}

// accountEraseRace has a trip and an erasure ask at once, and an erasure repeat itself: the
// account is erased once or holds money, and never both.
func accountEraseRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	a := openAccount(t, s, person("ada@example.org", ""), start)
	fund(t, s, a.ID, 5000)
	race(t, errAtOnce, func(i int) error {
		var err error
		if i%2 == 0 {
			err = eraseIn(t, stores[i/2%2], a.ID)
		} else {
			_, err = place(t, stores[i/2%2], newID(), a.ID, 100)
		}
		if errors.Is(err, user.ErrRentalLive) || errors.Is(err, user.ErrAccountErased) || errors.Is(err, user.ErrInsufficientFunds) {
			return errAtOnce
		}
		return err
	})
	got := must[user.Account](t)(s.Accounts.Account(t.Context(), a.ID))
	held := wallet(t, s, a.ID).Held.Amount
	if (got.Status == user.Erased) == (held > 0) {
		t.Errorf("status %s with %d held", got.Status, held)
	}
	expectBalanced(t, s)
}

var errAtOnce = errs.E(errs.Conflict, "at_once", "")
