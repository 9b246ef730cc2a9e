// Package adaptertest is the contract of trip's driven ports, run over every adapter.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
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
	t.Run("a reservation and a trip share the account's slot", func(t *testing.T) { slot(t, open) })
	t.Run("of starts and an expiry of one reservation one wins", func(t *testing.T) { startRace(t, open) })
	t.Run("keys: recorded with the trip, answered as accepted, freed by a refusal", func(t *testing.T) { keys(t, open) })
	t.Run("keys of a reservation and of its start", func(t *testing.T) { startKeys(t, open) })
	t.Run("one key, many requests: one trip", func(t *testing.T) { keyRace(t, open) })
	t.Run("one key, many starts of reservations: one trip", func(t *testing.T) { startKeyRace(t, open) })
	t.Run("what an account has reserved or rented", func(t *testing.T) { rentals(t, open) })
	t.Run("pages joined are the whole set while trips are added", func(t *testing.T) { pages(t, open) })
	t.Run("pages of anybody's trips, by account, car and state", func(t *testing.T) { filters(t, open) })
	t.Run("what is due comes in order, and ended trips never", func(t *testing.T) { due(t, open) })
	t.Run("an erased account leaves rentals that nobody wrote of", func(t *testing.T) { forget(t, open) })
	t.Run("the last time that a rental of a car came to nothing", func(t *testing.T) { lapses(t, open) })
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

// reserved makes a reservation for an account and a car.
func reserved(t *testing.T, s Store, account, car string, key idem.Key) trip.Trip {
	t.Helper()
	n := create(t, s, trip.NewReservation(id(), account, car, key, now))
	return update(t, s, n.ID, func(n *trip.Trip) error {
		return n.Reserve(trip.ClaimedCar{ID: car, Plate: "B-FC 2"}, trip.Standard(), policy, now)
	})
}

func requestStart(key idem.Key, at time.Time) func(*trip.Trip) error {
	return func(n *trip.Trip) error { return n.RequestStart(key, at) }
}

// finished takes a trip through its steps, with a pause in the middle.
func finished(t *testing.T, s Store, n trip.Trip) trip.Trip {
	t.Helper()
	after := func(minutes time.Duration) time.Time { return now.Add(minutes * time.Minute) }
	for _, step := range []func(*trip.Trip) error{
		accept,
		func(n *trip.Trip) error { return n.Begin(now.Add(time.Second), policy, now.Add(time.Second)) },
		func(n *trip.Trip) error { return n.RequestPause(after(2)) },
		func(n *trip.Trip) error { return n.Park(policy, after(3)) },
		func(n *trip.Trip) error { return n.RequestResume(after(4)) },
		func(n *trip.Trip) error { return n.Resume(after(5), policy, after(5)) },
		func(n *trip.Trip) error { return n.RequestPause(after(6)) },
		func(n *trip.Trip) error { return n.Park(policy, after(7)) },
		func(n *trip.Trip) error {
			return n.RequestEnd(trip.EndRequest{By: trip.ByStaff, Note: "helped", OdometerM: 6000}, after(10))
		},
		func(n *trip.Trip) error {
			return n.GiveUpLock(trip.EndRequest{By: trip.ByStaff, Note: "helped again", OdometerM: 6000, Unlocked: true}, after(10))
		},
		func(n *trip.Trip) error { return n.Finish(after(11)) },
	} {
		n = update(t, s, n.ID, step)
	}
	return n
}

func roundTrip(t *testing.T, open Open) {
	s, again := open(t)
	kept := reserved(t, s, "1", "c", idem.Key{Principal: "1", Operation: "trip.Reserve", Value: "k", BodyHash: "h"})
	kept = update(t, s, kept.ID, func(n *trip.Trip) error { return n.Extend(idem.Key{}, policy, now) })
	update(t, s, kept.ID, requestStart(idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}, now))
	driven := finished(t, s, kept)
	lapsed := reserved(t, s, "1", "d", idem.Key{})
	lapsed = update(t, s, lapsed.ID, func(n *trip.Trip) error { return n.Lapse(trip.ReservationCancelled, now) })
	n := fresh("2")
	n.Promo = trip.Promo{Code: "WELCOME", StartID: "s", Discount: trip.Discount{PromotionID: "p", Code: "WELCOME", PercentOff: 20, AmountOff: 1, FareAtLeast: 100}}
	promoted := finished(t, s, create(t, s, n))
	for _, want := range []trip.Trip{driven, lapsed, promoted} {
		got, err := again().Trip(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if driven.Serial == 0 || driven.Fare.Total.Amount == 0 || driven.State != trip.Finished || driven.Pause.For == 0 || driven.End.Paused == 0 || !driven.Term.Extended {
		t.Errorf("the trip is not whole: %+v", driven)
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

func slot(t *testing.T, open Open) {
	s, again := open(t)
	kept := reserved(t, s, "1", "c", idem.Key{})
	for _, n := range []trip.Trip{fresh("1"), trip.NewReservation(id(), "1", "d", idem.Key{}, now)} {
		if err := again().Create(t.Context(), n); !errors.Is(err, trip.ErrAccountBusy) {
			t.Errorf("beside a reservation: %v", err)
		}
	}
	if live, err := s.Current(t.Context(), "1"); err != nil || live.ID != kept.ID {
		t.Errorf("got %+v, %v", live, err)
	}
	update(t, s, kept.ID, func(n *trip.Trip) error { return n.Lapse(trip.ReservationExpired, now) })
	if _, err := s.Current(t.Context(), "1"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("one that is over is current: %v", err)
	}
	begun := create(t, s, fresh("1")) // before the car is given back
	update(t, s, kept.ID, func(n *trip.Trip) error { return n.LapseDone(now) })
	if live, err := s.Current(t.Context(), "1"); err != nil || live.ID != begun.ID {
		t.Errorf("got %+v, %v", live, err)
	}
}
