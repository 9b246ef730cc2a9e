// Package adaptertest is the contract of trip's driven ports, run over every adapter.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/trip"
)

// Store is a repository under test, with what its contract looks at from outside.
type Store struct {
	trip.Repository
	// History is the events saved for a trip, by version.
	History func(ctx context.Context, id string) ([]events.Event, error)
}

// Open gives a store with nothing in it, and another handle on the same data.
type Open func(t *testing.T) (Store, func() Store)

var (
	policy = trip.DefaultPolicy()
	now    = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	claim  = trip.ClaimedCar{ID: "c", Plate: "B-FC 1", Model: "Zoe", PlanID: "standard", OdometerM: 1000}
)

// Trips holds a repository to its contract.
func Trips(t *testing.T, open Open) {
	t.Run("what is saved comes back equal", func(t *testing.T) { roundTrip(t, open) })
	t.Run("what is not there is NotFound", func(t *testing.T) { absent(t, open) })
	t.Run("an account has one live trip, however many ask at once", func(t *testing.T) { oneLive(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { rollback(t, open) })
	t.Run("the caller's later changes stay the caller's", func(t *testing.T) { copies(t, open) })
	t.Run("parallel changes are serial, each with its event", func(t *testing.T) { serial(t, open) })
	t.Run("one of many takes a step", func(t *testing.T) { oneTakes(t, open) })
	t.Run("keys: recorded with the trip, answered as accepted, freed by a refusal", func(t *testing.T) { keys(t, open) })
	t.Run("one key, many requests: one trip", func(t *testing.T) { keyRace(t, open) })
	t.Run("pages joined are the whole set while trips are added", func(t *testing.T) { pages(t, open) })
	t.Run("what is due comes in order, and ended trips never", func(t *testing.T) { due(t, open) })
}

func id() string { return ids.Random{}.New() }

func fresh(account string) trip.Trip { return trip.NewTrip(id(), account, "c", idem.Key{}, now) }

func create(t *testing.T, s Store, n trip.Trip) trip.Trip {
	t.Helper()
	if err := s.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n
}

func update(t *testing.T, s Store, id string, change func(*trip.Trip) error) trip.Trip {
	t.Helper()
	saved, err := s.Update(t.Context(), id, change)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func accept(n *trip.Trip) error { return n.Accept(claim, trip.Standard(), now) }

// finished takes a trip through all its steps.
func finished(t *testing.T, s Store, n trip.Trip) trip.Trip {
	t.Helper()
	for _, step := range []func(*trip.Trip) error{
		accept,
		func(n *trip.Trip) error { return n.Begin(now.Add(time.Second), policy, now.Add(time.Second)) },
		func(n *trip.Trip) error {
			return n.RequestEnd(trip.EndRequest{By: trip.ByStaff, Note: "helped", OdometerM: 6000}, now.Add(10*time.Minute))
		},
		func(n *trip.Trip) error { return n.Price(6000, now.Add(10*time.Minute)) },
		func(n *trip.Trip) error { return n.Finish(now.Add(11 * time.Minute)) },
	} {
		n = update(t, s, n.ID, step)
	}
	return n
}

func roundTrip(t *testing.T, open Open) {
	s, again := open(t)
	n := fresh("1")
	n.Promo = trip.Promo{Code: "WELCOME", StartID: "s", Discount: trip.Discount{PromotionID: "p", Code: "WELCOME", PercentOff: 20, AmountOff: 1, FareAtLeast: 100}}
	want := finished(t, s, create(t, s, n))
	got, err := again().Trip(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Serial == 0 || got.Fare.Total.Amount == 0 || got.State != trip.Finished {
		t.Errorf("the trip is not whole: %+v", got)
	}
}

func absent(t *testing.T, open Open) {
	s, _ := open(t)
	_, tripErr := s.Trip(t.Context(), id())
	_, currentErr := s.Current(t.Context(), "1")
	_, keyErr := s.ByKey(t.Context(), idem.Key{Principal: "1", Operation: "o", Value: "k"}, now)
	_, updateErr := s.Update(t.Context(), id(), func(*trip.Trip) error { t.Error("changed what is not there"); return nil })
	for _, err := range []error{tripErr, currentErr, keyErr, updateErr} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Trips(t.Context(), trip.Filter{Account: "1", Limit: 1, Cursor: "!"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a bad cursor: got %v", err)
	}
}

const racers = 32

// race runs f in many goroutines at once and counts the nil errors; others must be want.
func race(t *testing.T, want error, f func(i int) error) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-begin
			switch err := f(i); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, want):
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	close(begin)
	wg.Wait()
	return won.Load()
}

func oneLive(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	if won := race(t, trip.ErrAccountBusy, func(i int) error { return stores[i%2].Create(t.Context(), fresh("1")) }); won != 1 {
		t.Errorf("%d trips at once", won)
	}
	live, err := s.Current(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, live.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	create(t, s, fresh("1"))
}

func rollback(t *testing.T, open Open) {
	s, _ := open(t)
	n := create(t, s, fresh("1"))
	no := errors.New("no")
	if _, err := s.Update(t.Context(), n.ID, func(n *trip.Trip) error { _ = accept(n); return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	got, err := s.Trip(t.Context(), n.ID)
	if err != nil || got.Accepted || got.Version != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if h, err := s.History(t.Context(), n.ID); err != nil || len(h) != 1 {
		t.Errorf("%d events, %v", len(h), err)
	}
}

func copies(t *testing.T, open Open) {
	s, _ := open(t)
	n := finished(t, s, create(t, s, fresh("1")))
	total := n.Fare.Lines[0]
	n.Fare.Lines[0].Text = "mine"
	got, err := s.Trip(t.Context(), n.ID)
	if err != nil || got.Fare.Lines[0] != total {
		t.Errorf("got %+v, %v", got.Fare.Lines, err)
	}
}

func serial(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	n := update(t, s, create(t, s, fresh("1")).ID, accept)
	n = update(t, s, n.ID, func(n *trip.Trip) error { return n.Begin(now, policy, now) })
	race(t, nil, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), n.ID, func(n *trip.Trip) error {
			if n.Step == trip.Driving {
				return n.RequestEnd(trip.EndRequest{OdometerM: 1000}, now)
			}
			return n.EndFailed("lock_failed", now, policy, now)
		})
		return err
	})
	history, err := s.History(t.Context(), n.ID)
	if err != nil || len(history) != 3+racers {
		t.Fatalf("%d events, %v", len(history), err)
	}
	for i, e := range history {
		if e.Version != int64(i+1) || e.Subject != n.ID {
			t.Errorf("event %d is %s", i, e.ID())
		}
	}
}

func oneTakes(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	n := update(t, s, create(t, s, fresh("1")).ID, accept)
	begun := errors.New("begun")
	if won := race(t, begun, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), n.ID, func(n *trip.Trip) error {
			if n.Begin(now, policy, now) != nil {
				return begun
			}
			return nil
		})
		return err
	}); won != 1 {
		t.Errorf("%d took the step", won)
	}
}

func keys(t *testing.T, open Open) {
	s, _ := open(t)
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	refused := create(t, s, trip.NewTrip(id(), "1", "c", key, now))
	if got, err := s.ByKey(t.Context(), key, now); err != nil || got.Hash != "h" || got.Trip.ID != refused.ID || got.Answered {
		t.Errorf("in flight: got %+v %v", got, err)
	}
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	n := finished(t, s, create(t, s, trip.NewTrip(id(), "1", "c", key, now)))
	got, err := s.ByKey(t.Context(), key, now)
	if err != nil || got.Trip.ID != n.ID || got.Trip.State != trip.Starting || !got.Answered || got.Trip.Serial != n.Serial {
		t.Errorf("the answer is not the one given: %+v, %v", got, err)
	}
	if _, err := s.ByKey(t.Context(), key, now.Add(idem.Keep+time.Minute)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("after a day: got %v", err)
	}
	if err := s.Create(t.Context(), trip.NewTrip(id(), "1", "c", key, now.Add(idem.Keep-time.Minute))); !errors.Is(err, trip.ErrDuplicateKey) {
		t.Errorf("within a day: got %v", err)
	}
	create(t, s, trip.NewTrip(id(), "1", "c", key, now.Add(idem.Keep+time.Minute)))
}

func keyRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	if won := race(t, trip.ErrDuplicateKey, func(i int) error {
		return stores[i%2].Create(t.Context(), trip.NewTrip(id(), fmt.Sprint(i), "c", key, now))
	}); won != 1 {
		t.Errorf("%d trips under one key", won)
	}
}

func pages(t *testing.T, open Open) {
	s, _ := open(t)
	var want []string
	for range 7 {
		want = append(want, finished(t, s, create(t, s, fresh("1"))).ID)
		finished(t, s, create(t, s, fresh("2")))
	}
	refused := create(t, s, fresh("1"))
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	slices.Reverse(want)
	var got []string
	f := trip.Filter{Account: "1", Limit: 3}
	for {
		page, err := s.Trips(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Trips {
			got = append(got, n.ID)
		}
		finished(t, s, create(t, s, fresh("1"))) // newer than the first page
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if page, err := s.Trips(t.Context(), trip.Filter{Account: "1", State: trip.Cancelled, Limit: 5}); err != nil || len(page.Trips) != 0 {
		t.Errorf("a refused start is listed: %+v, %v", page, err)
	}
}

func due(t *testing.T, open Open) {
	s, _ := open(t)
	late := create(t, s, trip.NewTrip(id(), "1", "c", idem.Key{}, now.Add(time.Second)))
	early := create(t, s, trip.NewTrip(id(), "2", "c", idem.Key{}, now))
	finished(t, s, create(t, s, fresh("3")))
	got, err := s.Due(t.Context(), now.Add(time.Minute), 10)
	if err != nil || !slices.Equal(got, []string{early.ID, late.ID}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := s.Due(t.Context(), now, 10); err != nil || len(got) != 0 {
		t.Errorf("too early: got %v, %v", got, err)
	}
}
