package adaptertest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
)

// TopUps holds the keeper of top-ups to its contract.
func TopUps(t *testing.T, open Open) {
	t.Run("what is saved comes back equal, each change with its event", func(t *testing.T) { topUpRoundTrip(t, open) })
	t.Run("what is not there is NotFound", func(t *testing.T) { topUpMissing(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { topUpRollback(t, open) })
	t.Run("a key answers what it was used for, and no other request", func(t *testing.T) { topUpKeys(t, open) })
	t.Run("a declined top-up frees its key", func(t *testing.T) { topUpDeclined(t, open) })
	t.Run("a key is over after a day, tidied up or not", func(t *testing.T) { topUpOldKeys(t, open) })
	t.Run("of 64 requests with one key one is saved", func(t *testing.T) { topUpRace(t, open) })
	t.Run("of 64 settlements at once one books", func(t *testing.T) { topUpSettleRace(t, open) })
	t.Run("what is pending comes in order, and nothing else", func(t *testing.T) { topUpPending(t, open) })
}

// ask requests a top-up of 10.00 under a key.
func ask(t *testing.T, s Store, k idem.Key, at time.Time) (user.TopUp, bool, error) {
	t.Helper()
	topUp, c, err := user.NewTopUp(newID(), k.Principal, money.Of(1000), at)
	ok(t, err)
	return s.TopUps.Request(t.Context(), k, topUp, c)
}

func unchanged(*user.TopUp) (user.Change, error) { return user.Change{}, nil }

func topUpRoundTrip(t *testing.T, open Open) {
	s, again := open(t)
	account := ids.NewAccount()
	pending := request(t, s, account, 1234, start)
	if got := must[user.TopUp](t)(again().TopUps.Update(t.Context(), pending.ID, unchanged)); got != pending {
		t.Errorf("got  %+v\nwant %+v", got, pending)
	}
	expectWallet(t, s, account, 0, 0)
	settled := must[user.TopUp](t)(s.TopUps.Update(t.Context(), pending.ID, settle))
	if got := must[user.TopUp](t)(again().TopUps.Update(t.Context(), pending.ID, settle)); got != settled || got.State != user.Settled {
		t.Errorf("got  %+v\nwant %+v", got, settled)
	}
	expectWallet(t, s, account, 1234, 0)
	expectEvents(t, s, pending.ID, user.TopUpRequested, user.TopUpSettled)
}

func topUpMissing(t *testing.T, open Open) {
	s, _ := open(t)
	_, err := s.TopUps.Update(t.Context(), newID(), settle)
	expectKind(t, err, errs.NotFound)
}

func topUpRollback(t *testing.T, open Open) {
	s, _ := open(t)
	account, refused := ids.NewAccount(), errors.New("refused")
	pending := request(t, s, account, 1000, start)
	_, err := s.TopUps.Update(t.Context(), pending.ID, func(x *user.TopUp) (user.Change, error) {
		c, err := settle(x)
		return c, errors.Join(err, refused)
	})
	expect(t, err, refused)
	expectWallet(t, s, account, 0, 0)
	expectEvents(t, s, pending.ID, user.TopUpRequested)
}

func topUpKeys(t *testing.T, open Open) {
	s, again := open(t)
	k := key(ids.NewAccount(), "k")
	first, was, err := ask(t, s, k, start)
	if err != nil || was {
		t.Fatalf("got again %t, %v", was, err)
	}
	settled := must[user.TopUp](t)(s.TopUps.Update(t.Context(), first.ID, settle))
	if got, was, err := ask(t, again(), k, start.Add(idem.Keep-time.Second)); err != nil || !was || got != settled {
		t.Errorf("got %+v, again %t, %v", got, was, err)
	}
	other := k
	other.BodyHash = "another"
	if _, _, err := ask(t, s, other, start); errs.KindOf(err) != errs.KeyReused {
		t.Errorf("got %v", err)
	}
	for _, different := range []idem.Key{key(ids.NewAccount(), "k"), key(k.Principal, "l"), {Principal: k.Principal, Operation: "user.Refund", Value: "k", BodyHash: "body"}} {
		if got, was, err := ask(t, s, different, start); err != nil || was || got.ID == first.ID {
			t.Errorf("%+v: got %+v, again %t, %v", different, got, was, err)
		}
	}
}

func topUpDeclined(t *testing.T, open Open) {
	s, _ := open(t)
	k := key(ids.NewAccount(), "k")
	first, _, err := ask(t, s, k, start)
	ok(t, err)
	must[user.TopUp](t)(s.TopUps.Update(t.Context(), first.ID, func(x *user.TopUp) (user.Change, error) { return x.Decline(start), nil }))
	if got, was, err := ask(t, s, k, start); err != nil || was || got.ID == first.ID {
		t.Errorf("got %+v, again %t, %v", got, was, err)
	}
	expectEvents(t, s, first.ID, user.TopUpRequested, user.TopUpDeclined)
	expectWallet(t, s, k.Principal, 0, 0)
}

func topUpOldKeys(t *testing.T, open Open) {
	s, _ := open(t)
	k := key(ids.NewAccount(), "k")
	at := start
	for range 2 {
		_, was, err := ask(t, s, k, at)
		if err != nil || was {
			t.Errorf("at %v: again %t, %v", at, was, err)
		}
		at = at.Add(idem.Keep)
	}
	ok(t, s.TopUps.ForgetKeys(t.Context(), at.Add(-time.Hour)))
	if _, was, err := ask(t, s, k, at.Add(-2*time.Hour)); err != nil || was {
		t.Errorf("a key that was dropped: again %t, %v", was, err)
	}
	ok(t, s.TopUps.ForgetKeys(t.Context(), start))
	if _, was, err := ask(t, s, k, at); err != nil || !was {
		t.Errorf("a key that was kept: again %t, %v", was, err)
	}
}

func topUpRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	k := key(ids.NewAccount(), "k")
	var fresh atomic.Int64
	race(t, nil, func(i int) error {
		_, was, err := ask(t, stores[i%2], k, start)
		if !was {
			fresh.Add(1)
		}
		return err
	})
	if fresh.Load() != 1 {
		t.Errorf("%d top-ups", fresh.Load())
	}
}

func topUpSettleRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	account := ids.NewAccount()
	pending := request(t, s, account, 1000, start)
	race(t, nil, func(i int) error {
		_, err := stores[i%2].TopUps.Update(t.Context(), pending.ID, settle)
		return err
	})
	expectWallet(t, s, account, 1000, 0)
	expectEvents(t, s, pending.ID, user.TopUpRequested, user.TopUpSettled)
}

func topUpPending(t *testing.T, open Open) {
	s, _ := open(t)
	at := func(n int) user.TopUp {
		return request(t, s, ids.NewAccount(), 1000, start.Add(time.Duration(n)*time.Second))
	}
	third, first, second, done, late := at(3), at(1), at(3), at(0), at(10)
	if second.ID > third.ID { // at one time the id decides
		second, third = third, second
	}
	must[user.TopUp](t)(s.TopUps.Update(t.Context(), done.ID, settle))
	for limit, want := range map[int][]user.TopUp{1: {first, second, third}, 2: {first, second, third}, 9: {first, second, third}} {
		var got []user.TopUp
		for last := (user.TopUp{}); ; last = got[len(got)-1] {
			page := must[[]user.TopUp](t)(s.TopUps.Pending(t.Context(), late.At, last, limit))
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		if len(got) != len(want) {
			t.Fatalf("got %d, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: got %+v, want %+v", i, got[i], want[i])
			}
		}
	}
}
