package adaptertest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
)

// Holds holds the keepers of holds and of the ledger to their contract.
func Holds(t *testing.T, open Open) {
	t.Run("a wallet without money is empty", func(t *testing.T) { emptyWallet(t, open) })
	t.Run("what is saved comes back equal, each change with its event", func(t *testing.T) { holdRoundTrip(t, open) })
	t.Run("what is not there is NotFound, and a cursor of ours is needed", func(t *testing.T) { holdMissing(t, open) })
	t.Run("a hold that does not fit changes nothing", func(t *testing.T) { holdTooMuch(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { holdRollback(t, open) })
	t.Run("a trip has one hold, however many ask at once", func(t *testing.T) { holdOnce(t, open) })
	t.Run("of 64 holds at once as many win as there is money for", func(t *testing.T) { holdRace(t, open) })
	t.Run("of captures and releases at once one has an effect", func(t *testing.T) { settleRace(t, open) })
	t.Run("paying to exactly zero works", func(t *testing.T) { toZero(t, open) })
	t.Run("a fare above the hold makes a debt, and a debt holds nothing", func(t *testing.T) { debt(t, open) })
	t.Run("a hold released before it was placed keeps the place", func(t *testing.T) { void(t, open) })
	t.Run("pages of entries joined are the whole set while entries are added", func(t *testing.T) { entryPages(t, open) })
}

func emptyWallet(t *testing.T, open Open) {
	s, _ := open(t)
	expectWallet(t, s, ids.NewAccount(), 0, 0)
}

func holdRoundTrip(t *testing.T, open Open) {
	s, again := open(t)
	account, trip := funded(t, s, 5000), newID()
	placed := must[user.Hold](t)(place(t, s, trip, account, 2000))
	expectWallet(t, s, account, 3000, 2000)
	if got := must[user.Hold](t)(place(t, again(), trip, account, 2000)); got != placed {
		t.Errorf("got  %+v\nwant %+v", got, placed)
	}
	captured := must[user.Hold](t)(capture(t, s, trip, 700))
	expectWallet(t, s, account, 4300, 0)
	if got := must[user.Hold](t)(capture(t, again(), trip, 700)); got != captured || got.State != user.Captured || got.Captured != money.Of(700) {
		t.Errorf("got  %+v\nwant %+v", got, captured)
	}
	expectWallet(t, s, account, 4300, 0)
	expectEvents(t, s, placed.ID, user.HoldPlaced, user.HoldCaptured)
	page := must[user.Page[user.WalletEntry]](t)(s.Wallets.Entries(t.Context(), account, user.Paging{Limit: 10}))
	var kinds []user.EntryKind
	var amounts []int64
	for _, e := range page.Items {
		kinds, amounts = append(kinds, e.Kind), append(amounts, e.Amount.Amount)
		if (e.TripID == trip) != (e.Kind != user.EntryTopUp) || e.At != start {
			t.Errorf("got %+v", e)
		}
	}
	if !slices.Equal(kinds, []user.EntryKind{user.EntryCapture, user.EntryRelease, user.EntryHold, user.EntryTopUp}) ||
		!slices.Equal(amounts, []int64{-700, -2000, 2000, 5000}) {
		t.Errorf("got %v of %v", kinds, amounts)
	}
}

func holdMissing(t *testing.T, open Open) {
	s, _ := open(t)
	_, err := release(t, s, newID())
	expectKind(t, err, errs.NotFound)
	for _, cursor := range []string{"x", "~", "'"} {
		_, err := s.Wallets.Entries(t.Context(), "1", user.Paging{Limit: 1, Cursor: cursor})
		expectKind(t, err, errs.Invalid)
	}
}

func holdTooMuch(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := funded(t, s, 1999), newID()
	_, err := place(t, s, trip, account, 2000)
	expect(t, err, user.ErrInsufficientFunds)
	expectWallet(t, s, account, 1999, 0)
	_, err = release(t, s, trip)
	expectKind(t, err, errs.NotFound)
}

func holdRollback(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip, refused := funded(t, s, 5000), newID(), errors.New("refused")
	_, err := s.Holds.Place(t.Context(), trip, account, func(w user.Wallet) (user.Hold, user.Change, error) {
		h, c, err := user.NewHold(newID, trip, w, money.Of(100), start)
		return h, c, errors.Join(err, refused)
	})
	expect(t, err, refused)
	expectWallet(t, s, account, 5000, 0)
	placed := must[user.Hold](t)(place(t, s, trip, account, 100))
	_, err = s.Holds.Update(t.Context(), trip, func(h *user.Hold) (user.Change, error) {
		c, err := h.Capture(newID, money.Of(50), start)
		return c, errors.Join(err, refused)
	})
	expect(t, err, refused)
	expectWallet(t, s, account, 4900, 100)
	if got := must[user.Hold](t)(place(t, s, trip, account, 100)); got != placed {
		t.Errorf("got %+v", got)
	}
	expectEvents(t, s, placed.ID, user.HoldPlaced)
}

func holdOnce(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	account, trip := funded(t, s, 5000), newID()
	race(t, nil, func(i int) error {
		_, err := place(t, stores[i%2], trip, account, 1000)
		return err
	})
	expectWallet(t, s, account, 4000, 1000)
}

func holdRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	const k = 7
	account := funded(t, s, k*1000+999)
	if won := race(t, user.ErrInsufficientFunds, func(i int) error {
		_, err := place(t, stores[i%2], newID(), account, 1000)
		return err
	}); won != k {
		t.Errorf("%d holds, want %d", won, k)
	}
	expectWallet(t, s, account, 999, k*1000)
}

func settleRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	account, trip := funded(t, s, 5000), newID()
	placed := must[user.Hold](t)(place(t, s, trip, account, 2000))
	lost := errs.E(errs.Conflict, "lost", "")
	race(t, lost, func(i int) error {
		settle := release
		if i%3 > 0 {
			settle = func(t *testing.T, s Store, trip string) (user.Hold, error) {
				return capture(t, s, trip, int64(i%3)*100)
			}
		}
		if _, err := settle(t, stores[i%2], trip); err != nil && errs.KindOf(err) == errs.Conflict {
			return lost
		} else {
			return err
		}
	})
	hold := must[user.Hold](t)(place(t, s, trip, account, 2000))
	expectWallet(t, s, account, 5000-hold.Captured.Amount, 0)
	want := user.HoldCaptured
	if hold.State == user.Released {
		want = user.HoldReleased
	}
	expectEvents(t, s, placed.ID, user.HoldPlaced, want)
}

func toZero(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := funded(t, s, 2000), newID()
	must[user.Hold](t)(place(t, s, trip, account, 2000))
	expectWallet(t, s, account, 0, 2000)
	must[user.Hold](t)(capture(t, s, trip, 2000))
	expectWallet(t, s, account, 0, 0)
}

func debt(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := funded(t, s, 2000), newID()
	must[user.Hold](t)(place(t, s, trip, account, 2000))
	must[user.Hold](t)(capture(t, s, trip, 2550))
	expectWallet(t, s, account, -550, 0)
	for _, amount := range []int64{0, 1} {
		_, err := place(t, s, newID(), account, amount)
		expect(t, err, user.ErrInsufficientFunds)
	}
}

func void(t *testing.T, open Open) {
	s, _ := open(t)
	account, trip := funded(t, s, 2000), newID()
	h := must[user.Hold](t)(s.Holds.Place(t.Context(), trip, "", func(user.Wallet) (user.Hold, user.Change, error) {
		h, c := user.VoidHold(newID, trip, start)
		return h, c, nil
	}))
	if got := must[user.Hold](t)(place(t, s, trip, account, 1000)); got != h || got.State != user.Released {
		t.Errorf("got %+v", got)
	}
	expectWallet(t, s, account, 2000, 0)
	expectEvents(t, s, h.ID, user.HoldReleased)
}

func entryPages(t *testing.T, open Open) {
	s, _ := open(t)
	account, other := funded(t, s, 100_000), funded(t, s, 100_000)
	for range 9 {
		must[user.Hold](t)(place(t, s, newID(), account, 100))
	}
	var ids []string
	for _, e := range walk(t, func(p user.Paging) (user.Page[user.WalletEntry], error) {
		return s.Wallets.Entries(t.Context(), account, p)
	}, func() {
		must[user.Hold](t)(place(t, s, newID(), account, 100))
		must[user.Hold](t)(place(t, s, newID(), other, 100))
	}) {
		ids = append(ids, e.ID)
	}
	newestFirst := slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) })
	if len(ids) != 10 || !newestFirst || len(slices.Compact(ids)) != 10 {
		t.Errorf("got %d entries, newest first: %t", len(ids), newestFirst)
	}
}
