package adaptertest

import (
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
)

// Corrections holds the keeper of adjustments and refunds to its contract.
func Corrections(t *testing.T, open Open) {
	t.Run("an adjustment moves the wallet, either way and into debt, with its event", func(t *testing.T) { adjusted(t, open) })
	t.Run("an account that is not there is NotFound", func(t *testing.T) { adjustedNobody(t, open) })
	t.Run("a refund gives back, with its event, and staff see why", func(t *testing.T) { refunded(t, open) })
	t.Run("a trip that never held anything is NotFound", func(t *testing.T) { refundedNothing(t, open) })
	t.Run("a failed refund saves nothing and leaves its key free", func(t *testing.T) { refundRollback(t, open) })
	t.Run("a key books once, answers again, and is for one request", func(t *testing.T) { correctionKeys(t, open) })
	t.Run("a key is over after a day", func(t *testing.T) { correctionOldKeys(t, open) })
	t.Run("refunds at once never exceed the capture", func(t *testing.T) { refundRace(t, open) })
	t.Run("of many with one key one is booked", func(t *testing.T) { correctionRace(t, open) })
	t.Run("adjustments at once lose nothing", func(t *testing.T) { adjustRace(t, open) })
}

const clerk = "42"

func staffKey(op, value string) idem.Key {
	return idem.Key{Principal: clerk, Operation: op, Value: value, BodyHash: "body"}
}

// opened is an account with money, there for staff to find.
func opened(t *testing.T, s Store, minor int64) string {
	t.Helper()
	id := funded(t, s, minor)
	email := user.Email(id + "@example.com")
	a, c := user.NewAccount(id, user.Person{Email: email, Name: "Ada"}, auth.Rider, "hash", start)
	session, _ := user.StartSession(newID(), user.AccountSubject, id, start)
	ok(t, s.Accounts.Open(t.Context(), a, c, session))
	return id
}

func adjust(t *testing.T, s Store, k idem.Key, accountID string, minor int64) (user.WalletEntry, bool, error) {
	t.Helper()
	a, c, err := user.NewAdjustment(newID(), user.AdjustWallet{AccountID: accountID, Amount: money.Of(minor), Reason: "goodwill", By: clerk}, start)
	ok(t, err)
	return s.Corrections.Adjust(t.Context(), k, a, c)
}

func refund(t *testing.T, s Store, k idem.Key, tripID string, minor int64) (user.WalletEntry, bool, error) {
	t.Helper()
	return refundAt(t, s, k, tripID, minor, start)
}

func refundAt(t *testing.T, s Store, k idem.Key, tripID string, minor int64, at time.Time) (user.WalletEntry, bool, error) {
	t.Helper()
	amount := money.Of(minor)
	return s.Corrections.Refund(t.Context(), k, tripID, at, func(h *user.Hold) (user.Change, error) {
		return h.Refund(newID, user.RefundTrip{TripID: tripID, Amount: &amount, Reason: "a dirty car", By: clerk}, at)
	})
}

// charged is an account and a trip of it that was charged.
func charged(t *testing.T, s Store, minor int64) (accountID, tripID string) {
	t.Helper()
	accountID, tripID = opened(t, s, 5000), newID()
	must[user.Hold](t)(place(t, s, tripID, accountID, 2000))
	must[user.Hold](t)(capture(t, s, tripID, minor))
	return accountID, tripID
}

func newest(t *testing.T, s Store, accountID string) user.WalletEntry {
	t.Helper()
	return must[user.Page[user.WalletEntry]](t)(s.Wallets.Entries(t.Context(), accountID, user.Paging{Limit: 1})).Items[0]
}

func adjusted(t *testing.T, open Open) {
	s, again := open(t)
	account := opened(t, s, 1000)
	for i, tc := range []struct{ amount, available int64 }{{500, 1500}, {-2000, -500}, {500, 0}} {
		entry, was, err := adjust(t, s, staffKey("user.Adjust", newID()), account, tc.amount)
		if err != nil || was {
			t.Fatalf("%d: again %t, %v", i, was, err)
		}
		want := user.WalletEntry{ID: entry.ID, At: start, Kind: user.EntryAdjustment, AccountID: account, Amount: money.Of(tc.amount),
			Correction: user.Correction{By: clerk, Reason: "goodwill"}}
		if got := newest(t, again(), account); entry != want || got != want {
			t.Errorf("got  %+v\nand  %+v\nwant %+v", entry, got, want)
		}
		expectWallet(t, s, account, tc.available, 0)
		expectEvents(t, s, entry.ID, user.WalletAdjusted)
	}
}

func adjustedNobody(t *testing.T, open Open) {
	s, _ := open(t)
	nobody := ids.NewAccount()
	_, _, err := adjust(t, s, staffKey("user.Adjust", "k"), nobody, 500)
	expectKind(t, err, errs.NotFound)
	expectWallet(t, s, nobody, 0, 0)
}

func refunded(t *testing.T, open Open) {
	s, again := open(t)
	account, trip := charged(t, s, 700)
	entry, was, err := refund(t, s, staffKey("user.Refund", "k"), trip, 300)
	if err != nil || was {
		t.Fatalf("again %t, %v", was, err)
	}
	want := user.WalletEntry{ID: entry.ID, At: start, Kind: user.EntryRefund, AccountID: account, TripID: trip, Amount: money.Of(300),
		Correction: user.Correction{By: clerk, Reason: "a dirty car"}}
	if got := newest(t, again(), account); entry != want || got != want {
		t.Errorf("got  %+v\nand  %+v\nwant %+v", entry, got, want)
	}
	expectWallet(t, s, account, 4600, 0)
	hold := must[user.Hold](t)(again().Holds.Hold(t.Context(), trip))
	if hold.Captured != money.Of(700) || hold.Refunded != money.Of(300) || hold.State != user.Captured || hold.SettledAt != start {
		t.Errorf("got %+v", hold)
	}
	expectEvents(t, s, hold.ID, user.HoldPlaced, user.HoldCaptured, user.HoldRefunded)
	if again := must[user.Hold](t)(capture(t, s, trip, 700)); again != hold {
		t.Errorf("capturing again gave %+v, want %+v", again, hold)
	}
	expectWallet(t, s, account, 4600, 0)
}

func refundedNothing(t *testing.T, open Open) {
	s, _ := open(t)
	_, _, err := refund(t, s, staffKey("user.Refund", "k"), newID(), 100)
	expectKind(t, err, errs.NotFound)
	_, err = s.Holds.Hold(t.Context(), newID())
	expectKind(t, err, errs.NotFound)
}

func refundRollback(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := charged(t, s, 700)
	k, refused := staffKey("user.Refund", "k"), errors.New("refused")
	_, _, err := s.Corrections.Refund(t.Context(), k, trip, start, func(h *user.Hold) (user.Change, error) {
		c, err := h.Refund(newID, user.RefundTrip{TripID: trip, Reason: "x", By: clerk}, start)
		return c, errors.Join(err, refused)
	})
	expect(t, err, refused)
	_, _, err = refund(t, s, k, trip, 701)
	expect(t, err, user.ErrRefundTooMuch)
	expectWallet(t, s, account, 4300, 0)
	if _, was, err := refund(t, s, k, trip, 700); err != nil || was {
		t.Errorf("again %t, %v", was, err)
	}
	expectWallet(t, s, account, 5000, 0)
}

func correctionKeys(t *testing.T, open Open) {
	s, again := open(t)
	account, trip := charged(t, s, 700)
	for name, book := range map[string]func(Store, idem.Key) (user.WalletEntry, bool, error){
		"user.Refund": func(s Store, k idem.Key) (user.WalletEntry, bool, error) { return refund(t, s, k, trip, 350) },
		"user.Adjust": func(s Store, k idem.Key) (user.WalletEntry, bool, error) { return adjust(t, s, k, account, 10) },
	} {
		k := staffKey(name, "k")
		first, was, err := book(s, k)
		if err != nil || was {
			t.Fatalf("%s: again %t, %v", name, was, err)
		}
		before := wallet(t, s, account)
		if got, was, err := book(again(), k); err != nil || !was || !reflect.DeepEqual(got, first) {
			t.Errorf("%s: got %+v, again %t, %v, want %+v", name, got, was, err, first)
		}
		other := k
		other.BodyHash = "another"
		_, _, err = book(s, other)
		expectKind(t, err, errs.KeyReused)
		if got := wallet(t, s, account); got != before {
			t.Errorf("%s: the wallet went from %+v to %+v", name, before, got)
		}
		theirs := k
		theirs.Principal = "43"
		if got, was, err := book(s, theirs); err != nil || was || got.ID == first.ID {
			t.Errorf("%s: somebody else's key: got %+v, again %t, %v", name, got, was, err)
		}
	}
	expectWallet(t, s, account, 4300+700+20, 0)
}

func correctionOldKeys(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := charged(t, s, 700)
	k := staffKey("user.Refund", "k")
	for i, at := range []time.Time{start, start.Add(idem.Keep)} {
		if _, was, err := refundAt(t, s, k, trip, 100, at); err != nil || was {
			t.Errorf("%d: again %t, %v", i, was, err)
		}
	}
	expectWallet(t, s, account, 4300+200, 0)
}

func refundRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	const k, each = 6, 110
	account, trip := charged(t, s, k*each+each-1)
	if won := race(t, user.ErrRefundTooMuch, func(i int) error {
		_, _, err := refund(t, stores[i%2], staffKey("user.Refund", newID()), trip, each)
		return err
	}); won != k {
		t.Errorf("%d refunds, want %d", won, k)
	}
	hold := must[user.Hold](t)(s.Holds.Hold(t.Context(), trip))
	if hold.Refunded != money.Of(k*each) || hold.Version != 2+k {
		t.Errorf("got %+v", hold)
	}
	expectWallet(t, s, account, 5000-(each-1), 0)
}

func correctionRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	account, trip := charged(t, s, 700)
	var booked atomic.Int64
	race(t, nil, func(i int) error {
		_, was, err := refund(t, stores[i%2], staffKey("user.Refund", "k"), trip, 100)
		if !was {
			booked.Add(1)
		}
		return err
	})
	if booked.Load() != 1 {
		t.Errorf("%d were booked", booked.Load())
	}
	expectWallet(t, s, account, 4400, 0)
}

func adjustRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	account := opened(t, s, 1000)
	race(t, nil, func(i int) error {
		_, _, err := adjust(t, stores[i%2], staffKey("user.Adjust", newID()), account, int64(1-i%2*2)*25) // as many up as down
		return err
	})
	expectWallet(t, s, account, 1000, 0)
}
