package trip_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/trip"
)

func (r *rig) reserve(t *testing.T) trip.Reservation {
	t.Helper()
	made, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	return made.Reservation
}

// has says which claim the car must have; an empty kind is none.
func (r *rig) has(t *testing.T, id string, kind trip.ClaimKind) {
	t.Helper()
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	want := trip.Claim{CarID: "c", ID: id, Account: "1", Kind: kind}
	if got, claimed := r.world.claims["c"]; claimed != (kind != "") || claimed && got != want {
		t.Errorf("the car has the claim %+v, want %q of %s", got, kind, id)
	}
}

func (r *rig) active(t *testing.T, id string) trip.Reservation {
	t.Helper()
	got, err := r.CurrentReservation(t.Context(), "1")
	if err != nil || got.ID != id || got.State != trip.ReservationActive {
		t.Errorf("current reservation: %+v, %v", got, err)
	}
	return got
}

func TestReservation(t *testing.T) {
	t.Run("becomes a trip with its id, its price and the car's new claim", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		if kept.State != trip.ReservationActive || !kept.Extendable || kept.ExpiresAt.Sub(r.clock.Now()) != policy.ReservationFor || len(r.world.held) != 0 {
			t.Fatalf("got %+v, held %v", kept, r.world.held)
		}
		r.has(t, kept.ID, trip.ForReservation)
		r.active(t, kept.ID)
		if _, err := r.Current(t.Context(), "1"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a reservation is a trip: %v", err)
		}
		if page, err := r.Trips(t.Context(), trip.Filter{Account: "1", Limit: 10}); err != nil || len(page.Trips) != 0 {
			t.Errorf("a reservation is in the list of trips: %+v, %v", page, err)
		}
		r.clock.Advance(10 * time.Minute)
		started, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})
		if err != nil || started.Trip.ID != kept.ID || started.Trip.State != trip.Starting || r.world.held[kept.ID] != 2000 {
			t.Fatalf("got %+v, %v", started, err)
		}
		r.has(t, kept.ID, trip.ForTrip)
		if _, err := r.CurrentReservation(t.Context(), "1"); !errors.Is(err, trip.ErrNoReservation) {
			t.Errorf("a started reservation is current: %v", err)
		}
		r.clock.Advance(policy.ReservationFor) // no expiry any more
		r.world.acknowledge(trip.CommandDone)
		r.recover(t)
		if got := r.trip(t, kept.ID); got.State != trip.InProgress || !got.Accepted {
			t.Errorf("got %+v", got)
		}
		for name, err := range map[string]error{
			"extend": second(r.Extend(t.Context(), trip.ExtendReservation{Account: "1", ID: kept.ID})),
			"start":  second(r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})),
			"cancel": r.CancelReservation(t.Context(), "1", kept.ID),
		} {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Code != "reservation_over" || e.Fields[0].Code != "started" {
				t.Errorf("%s of a started reservation: %v", name, err)
			}
		}
	})
	t.Run("a start with the reserved car is a start of the reservation, another car is refused", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "d"}); !errors.Is(err, trip.ErrAccountBusy) {
			t.Errorf("another car: %v", err)
		}
		if _, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "d"}); !errors.Is(err, trip.ErrAccountBusy) {
			t.Errorf("a second reservation: %v", err)
		}
		if started, err := r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"}); err != nil || started.Trip.ID != kept.ID {
			t.Errorf("got %+v, %v", started, err)
		}
	})
	t.Run("is extended once", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		r.clock.Advance(policy.ReservationFor - time.Second)
		extended, err := r.Extend(t.Context(), trip.ExtendReservation{Account: "1", ID: kept.ID})
		if err != nil || !extended.Reservation.ExpiresAt.Equal(kept.ExpiresAt.Add(policy.ReservationFor)) || extended.Reservation.Extendable {
			t.Fatalf("got %+v, %v", extended, err)
		}
		if _, err := r.Extend(t.Context(), trip.ExtendReservation{Account: "1", ID: kept.ID}); !errors.Is(err, trip.ErrExtended) {
			t.Errorf("again: %v", err)
		}
		r.recover(t) // after the first term
		r.active(t, kept.ID)
		r.has(t, kept.ID, trip.ForReservation)
	})
	t.Run("is extended once under a key, also for many at once, and a repetition gets the answer", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		ask := trip.ExtendReservation{Account: "1", ID: kept.ID, Key: idem.Key{Principal: "1", Operation: "trip.Extend", Value: "k", BodyHash: "h"}}
		got := make([]trip.ReservationMade, 8)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = r.Extend(t.Context(), ask); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		first := 0
		for _, g := range got {
			if !g.Replayed {
				first++
			}
			if !g.Reservation.ExpiresAt.Equal(kept.ExpiresAt.Add(policy.ReservationFor)) || g.Reservation.State != trip.ReservationActive {
				t.Errorf("got %+v", g)
			}
		}
		if first != 1 {
			t.Errorf("extended %d times", first)
		}
		if err := r.CancelReservation(t.Context(), "1", kept.ID); err != nil {
			t.Fatal(err)
		}
		if late, err := r.Extend(t.Context(), ask); err != nil || !late.Replayed || fmt.Sprint(late.Reservation) != fmt.Sprint(got[0].Reservation) {
			t.Errorf("after its end: %+v, %v", late, err)
		}
		ask.Key.BodyHash = "other"
		if _, err := r.Extend(t.Context(), ask); errs.KindOf(err) != errs.KeyReused {
			t.Errorf("another request: %v", err)
		}
		ask.Key.Value = "other"
		if _, err := r.Extend(t.Context(), ask); !errors.Is(err, trip.ErrReservationOver) {
			t.Errorf("another key: %v", err)
		}
	})
	t.Run("a refused key may be used again", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		ask := trip.ExtendReservation{Account: "1", ID: ids.Random{}.New(), Key: idem.Key{Principal: "1", Operation: "trip.Extend", Value: "k", BodyHash: "h"}}
		if _, err := r.Extend(t.Context(), ask); !errors.Is(err, trip.ErrNoReservation) {
			t.Errorf("got %v", err)
		}
		ask.ID = kept.ID
		if got, err := r.Extend(t.Context(), ask); err != nil || got.Replayed {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("is cancelled, twice is once", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		for range 2 {
			if err := r.CancelReservation(t.Context(), "1", kept.ID); err != nil {
				t.Fatal(err)
			}
		}
		r.has(t, kept.ID, "")
		r.untouched(t)
		_, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Code != "reservation_over" || e.Fields[0].Code != "cancelled" {
			t.Errorf("starting it: %v", err)
		}
	})
	t.Run("expires, though nobody was there to see it", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		r.clock.Advance(policy.ReservationFor)
		if _, err := r.CurrentReservation(t.Context(), "1"); !errors.Is(err, trip.ErrNoReservation) {
			t.Errorf("it is current: %v", err)
		}
		for name, err := range map[string]error{
			"start":  second(r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})),
			"extend": second(r.Extend(t.Context(), trip.ExtendReservation{Account: "1", ID: kept.ID})),
		} {
			if !errors.Is(err, trip.ErrReservationExpired) {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.recover(t)
		r.has(t, kept.ID, "")
		r.untouched(t)
		if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); !errors.Is(err, trip.ErrReservationExpired) {
			t.Errorf("starting it after: %v", err)
		}
		if err := r.CancelReservation(t.Context(), "1", kept.ID); err != nil {
			t.Errorf("cancelling it after: %v", err)
		}
	})
	t.Run("one whose time is over stands in nobody's way", func(t *testing.T) {
		for name, next := range map[string]func(r *rig) error{
			"a trip":        func(r *rig) error { return second(r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})) },
			"a reservation": func(r *rig) error { return second(r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "d"})) },
		} {
			r := newRig(t)
			r.reserve(t)
			r.clock.Advance(policy.ReservationFor)
			if err := next(r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			r = newRig(t)
			r.reserve(t)
			r.clock.Advance(policy.ReservationFor)
			r.world.before["release car"] = errs.E(errs.Unavailable, "unavailable", "")
			r.Recover(t.Context()) // ends it, and cannot give the car back yet
			if err := next(r); (err == nil) == (name == "a trip") || err != nil && !errors.Is(err, trip.ErrCarUnavailable) {
				t.Errorf("%s, with the car not given back: %v", name, err)
			}
		}
	})
	t.Run("the same car again only after a while, unless it is driven", func(t *testing.T) {
		r := newRig(t)
		if err := r.CancelReservation(t.Context(), "1", r.reserve(t).ID); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(policy.ReserveAgain - time.Second)
		_, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"})
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Code != "reserved_recently" || e.RetryAfter != time.Second {
			t.Errorf("got %v", err)
		}
		for _, other := range []trip.ReserveCar{{Account: "2", CarID: "c"}, {Account: "1", CarID: "d"}} {
			made, err := r.Reserve(t.Context(), other)
			if err != nil {
				t.Fatalf("%+v: %v", other, err)
			}
			if err := r.CancelReservation(t.Context(), other.Account, made.Reservation.ID); err != nil {
				t.Fatal(err)
			}
		}
		r.clock.Advance(time.Second)
		kept := r.reserve(t)
		if err := r.CancelReservation(t.Context(), "1", kept.ID); err != nil {
			t.Fatal(err)
		}
		r.start(t) // without a reservation at any time
	})
	t.Run("another's is not there", func(t *testing.T) {
		r := newRig(t)
		kept, begun := r.reserve(t), ""
		if started, err := r.Start(t.Context(), trip.StartTrip{Account: "3", CarID: "d"}); err == nil {
			begun = started.Trip.ID
		}
		for name, err := range map[string]error{
			"extend":            second(r.Extend(t.Context(), trip.ExtendReservation{Account: "2", ID: kept.ID})),
			"start":             second(r.Start(t.Context(), trip.StartTrip{Account: "2", ReservationID: kept.ID})),
			"cancel":            r.CancelReservation(t.Context(), "2", kept.ID),
			"a trip, cancelled": r.CancelReservation(t.Context(), "3", begun),
			"the trip":          second(r.Trip(t.Context(), "1", kept.ID)),
			"the trip's end":    second(r.End(t.Context(), "1", kept.ID)),
		} {
			if errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: got %v", name, err)
			}
		}
		r.active(t, kept.ID)
	})
}

func TestRefusedReservation(t *testing.T) {
	outage := errs.E(errs.Unavailable, "unavailable", "")
	for name, tc := range map[string]struct {
		plan func(*world)
		want error
	}{
		"the car has another rental":        {func(w *world) { w.claims["c"] = taken("c") }, trip.ErrCarUnavailable},
		"no licence":                        {func(w *world) { w.licence = trip.ErrLicence }, trip.ErrLicence},
		"the profile service is away":       {func(w *world) { w.before["licence"] = outage }, outage},
		"a debt":                            {func(w *world) { w.debt = trip.ErrDebt }, trip.ErrDebt},
		"the user service is away":          {func(w *world) { w.before["solvent"] = outage }, outage},
		"claimed, but the answer is lost":   {func(w *world) { w.after["reserve"] = outage }, outage},
		"and the car cannot be released":    {func(w *world) { w.after["reserve"] = outage; w.before["release car"] = outage }, outage},
		"and the release's answer is lost":  {func(w *world) { w.after["reserve"] = outage; w.after["release car"] = outage }, outage},
		"the car service is away for a bit": {func(w *world) { w.before["reserve"] = outage }, outage},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			tc.plan(r.world)
			if _, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"}); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			r.recover(t)
			if r.world.claims["c"] == taken("c") {
				delete(r.world.claims, "c")
			}
			r.untouched(t)
			r.world.licence, r.world.debt = nil, nil
			r.reserve(t) // at once: what was refused was no reservation
		})
	}
}

func TestRefusedStartOfAReservation(t *testing.T) {
	outage := errs.E(errs.Unavailable, "unavailable", "")
	for name, tc := range map[string]struct {
		plan func(*world)
		want error
	}{
		"the car's charge fell":                {func(w *world) { w.unfit = true }, trip.ErrCarUnavailable},
		"no licence any more":                  {func(w *world) { w.licence = trip.ErrLicence }, trip.ErrLicence},
		"no money":                             {func(w *world) { w.funds = trip.ErrFunds }, trip.ErrFunds},
		"claimed, but the answer is lost":      {func(w *world) { w.after["claim"] = outage }, outage},
		"not claimed":                          {func(w *world) { w.before["claim"] = outage }, outage},
		"the profile service is away":          {func(w *world) { w.before["licence"] = outage }, outage},
		"and the car cannot be reserved again": {func(w *world) { w.funds = trip.ErrFunds; w.before["reserve"] = outage }, trip.ErrFunds},
		"and that answer is lost":              {func(w *world) { w.funds = trip.ErrFunds; w.after["reserve"] = outage }, trip.ErrFunds},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			kept := r.reserve(t)
			tc.plan(r.world)
			key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
			c := trip.StartTrip{Account: "1", ReservationID: kept.ID, Key: key}
			if _, err := r.Start(t.Context(), c); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			r.recover(t)
			r.has(t, kept.ID, trip.ForReservation)
			if again := r.active(t, kept.ID); !again.ExpiresAt.Equal(kept.ExpiresAt) {
				t.Errorf("it became %+v", again)
			}
			if page, err := r.Trips(t.Context(), trip.Filter{Account: "1", Limit: 10}); err != nil || len(page.Trips) != 0 || len(r.world.held) != 0 {
				t.Errorf("in the list: %+v, %v, held %v", page.Trips, err, r.world.held)
			}
			r.world.licence, r.world.funds, r.world.unfit = nil, nil, false
			if started, err := r.Start(t.Context(), c); err != nil || started.Replayed || started.Trip.Reason != "" {
				t.Fatalf("the same key again: %+v, %v", started, err)
			}
			r.has(t, kept.ID, trip.ForTrip)
			if again, err := r.Start(t.Context(), c); err != nil || !again.Replayed || again.Trip.State != trip.Starting {
				t.Errorf("and again: %+v, %v", again, err)
			}
		})
	}
	t.Run("money whose fate is not known stays with the rental, and comes back when it ends", func(t *testing.T) {
		for name, end := range map[string]func(r *rig, id string) error{
			"cancelled": func(r *rig, id string) error { return r.CancelReservation(t.Context(), "1", id) },
			"expired":   func(r *rig, _ string) error { r.clock.Advance(policy.ReservationFor); r.recover(t); return nil },
			"started and ended": func(r *rig, id string) error {
				if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: id}); err != nil {
					return err
				}
				r.world.acknowledge(trip.CommandFailed)
				return r.Advance(t.Context(), id)
			},
		} {
			r := newRig(t)
			kept := r.reserve(t)
			r.world.after["hold"] = outage
			if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); !errors.Is(err, outage) {
				t.Fatal(err)
			}
			r.active(t, kept.ID)
			if err := end(r, kept.ID); err != nil || len(r.world.held)+len(r.world.captured)+len(r.world.claims) != 0 {
				t.Errorf("%s: %v, held %v, captured %v, claims %v", name, err, r.world.held, r.world.captured, r.world.claims)
			}
		}
	})
	t.Run("one that is over by then ends, and so does one whose car another has", func(t *testing.T) {
		for name, lose := range map[string]func(r *rig){
			"over": func(r *rig) { r.clock.Advance(policy.ReservationFor) },
			"gone": func(r *rig) { r.world.claims["c"] = taken("c") },
		} {
			r := newRig(t)
			kept := r.reserve(t)
			r.world.funds, r.world.before["reserve"] = trip.ErrFunds, outage
			_, _ = r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})
			lose(r)
			r.recover(t)
			if _, err := r.CurrentReservation(t.Context(), "1"); !errors.Is(err, trip.ErrNoReservation) {
				t.Errorf("%s: it is current: %v", name, err)
			}
			if got := r.world.claims["c"]; got.ID == kept.ID {
				t.Errorf("%s: the car is left with %+v", name, got)
			}
		}
	})
}

// ticking lets the time be over just before one of the changes that instances make.
type ticking struct {
	trip.Repository
	left *atomic.Int64
	tick func()
}

func (s ticking) Update(ctx context.Context, id string, change func(*trip.Trip) error) (trip.Trip, error) {
	if s.left.Add(-1) == 0 {
		s.tick()
	}
	return s.Repository.Update(ctx, id, change)
}

// TestExpiryAgainstStart is the race that matters most: of starts and an expiry of one
// reservation at one moment exactly one wins, with two instances of each.
func TestExpiryAgainstStart(t *testing.T) {
	var started, expired int
	for round := range 24 {
		r := newRig(t)
		kept := r.reserve(t)
		r.clock.Advance(policy.ReservationFor - time.Millisecond)
		var left, won atomic.Int64
		// Before the first request of the eight, in the midst of them, and after them all.
		left.Store([]int64{1, 4, 9}[round%3])
		over := ticking{r.store, &left, func() { r.clock.Advance(time.Millisecond) }}
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for range 2 {
			instance := r.over(over)
			wg.Go(func() {
				<-begin
				for left.Load() > 0 {
					instance.Recover(t.Context())
				}
				instance.Recover(t.Context())
			})
			for range 4 {
				wg.Go(func() {
					<-begin
					_, err := instance.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})
					switch {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, trip.ErrReservationExpired) && !errors.Is(err, trip.ErrReservationOver):
						t.Error(err)
					}
				})
			}
		}
		close(begin)
		wg.Wait()
		got := r.trip(t, kept.ID)
		switch {
		case won.Load() == 1 && got.Accepted && got.Term.Over == "":
			started++
			r.has(t, kept.ID, trip.ForTrip)
		case won.Load() == 0 && !got.Accepted && got.Term.Over == trip.ReservationExpired && got.Step == trip.Done:
			expired++
			r.has(t, kept.ID, "")
			r.untouched(t)
		default:
			t.Fatalf("%d starts won, and the rental is %+v", won.Load(), got)
		}
	}
	if started == 0 || expired == 0 {
		t.Errorf("no race: %d started, %d expired", started, expired)
	}
}

func TestReservationCrash(t *testing.T) {
	crash := errs.E(errs.Unavailable, "crash", "")
	t.Run("while reserving: undone", func(t *testing.T) {
		r := newRig(t)
		left := trip.NewReservation("01900000-0000-7000-8000-000000000001", "1", "c", idem.Key{}, r.clock.Now())
		if err := r.store.Create(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		_, _ = r.world.Claim(t.Context(), trip.Claim{CarID: "c", ID: left.ID, Account: "1", Kind: trip.ForReservation})
		r.recover(t)
		r.untouched(t)
		r.reserve(t)
	})
	t.Run("while starting, wherever it died: a reservation again, and it can be started", func(t *testing.T) {
		for name, done := range map[string]func(r *rig, id string){
			"before the claim": func(*rig, string) {},
			"after the claim": func(r *rig, id string) {
				_, _ = r.world.Claim(t.Context(), trip.Claim{CarID: "c", ID: id, Account: "1", Kind: trip.ForTrip})
			},
			"after the hold": func(r *rig, id string) {
				_, _ = r.world.Claim(t.Context(), trip.Claim{CarID: "c", ID: id, Account: "1", Kind: trip.ForTrip})
				_ = r.world.Hold(t.Context(), id, "1", trip.Standard().Fare(trip.Usage{}).Total)
			},
		} {
			r := newRig(t)
			kept := r.reserve(t)
			if _, err := r.store.Update(t.Context(), kept.ID, func(n *trip.Trip) error { return n.RequestStart(idem.Key{}, r.clock.Now()) }); err != nil {
				t.Fatal(err)
			}
			done(r, kept.ID)
			for _, kind := range []trip.ClaimKind{trip.ForReservation, trip.ForTrip} {
				if live, err := r.Live(t.Context(), kept.ID, kind); err != nil || !live {
					t.Errorf("%s: the claim of a %s is questioned meanwhile: %t, %v", name, kind, live, err)
				}
			}
			r.recover(t)
			r.has(t, kept.ID, trip.ForReservation)
			r.active(t, kept.ID)
			if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			r.has(t, kept.ID, trip.ForTrip)
		}
	})
	t.Run("while lapsing: the car is free in the end", func(t *testing.T) {
		for _, at := range []string{"before", "after"} {
			r := newRig(t)
			kept := r.reserve(t)
			map[string]map[string]error{"before": r.world.before, "after": r.world.after}[at]["release car"] = crash
			r.clock.Advance(policy.ReservationFor)
			r.recover(t)
			r.recover(t)
			r.has(t, kept.ID, "")
			r.untouched(t)
			r.start(t)
		}
	})
	t.Run("a claim for a start that was given up, and came late, is the reservation's", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		r.world.before["claim"] = crash
		if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); !errors.Is(err, crash) {
			t.Fatal(err)
		}
		r.active(t, kept.ID)
		if _, err := r.world.Claim(t.Context(), trip.Claim{CarID: "c", ID: kept.ID, Account: "1", Kind: trip.ForTrip}); err != nil {
			t.Fatal(err)
		}
		if live, err := r.Live(t.Context(), kept.ID, trip.ForTrip); err != nil || !live {
			t.Errorf("the car of a reservation that stands is let go: %t, %v", live, err)
		}
		if err := r.CancelReservation(t.Context(), "1", kept.ID); err != nil {
			t.Fatal(err)
		}
		r.has(t, kept.ID, "")
		if live, err := r.Live(t.Context(), kept.ID, trip.ForTrip); err != nil || live {
			t.Errorf("over: %t, %v", live, err)
		}
	})
	t.Run("a claim lives as what it says that it is", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		want := func(reservation, begun bool) {
			t.Helper()
			for kind, want := range map[trip.ClaimKind]bool{trip.ForReservation: reservation, trip.ForTrip: begun} {
				if got, err := r.Live(t.Context(), kept.ID, kind); err != nil || got != want {
					t.Errorf("as a %s: %t, %v", kind, got, err)
				}
			}
		}
		want(true, false)
		if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); err != nil {
			t.Fatal(err)
		}
		want(false, true)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, kept.ID)
		want(false, false)
	})
}

func TestIdempotentReservation(t *testing.T) {
	r := newRig(t)
	c := trip.ReserveCar{Account: "1", CarID: "c", Key: idem.Key{Principal: "1", Operation: "trip.Reserve", Value: "k", BodyHash: "h"}}
	first, err := r.Reserve(t.Context(), c)
	if err != nil || first.Replayed {
		t.Fatal(first, err)
	}
	if err := r.CancelReservation(t.Context(), "1", first.Reservation.ID); err != nil {
		t.Fatal(err)
	}
	again, err := r.Reserve(t.Context(), c)
	if err != nil || !again.Replayed || again.Reservation.ID != first.Reservation.ID || again.Reservation.State != trip.ReservationActive {
		t.Errorf("got %+v, %v", again, err)
	}
	c.Key.BodyHash = "other"
	if _, err := r.Reserve(t.Context(), c); errs.KindOf(err) != errs.KeyReused {
		t.Errorf("another body: got %v", err)
	}
}
