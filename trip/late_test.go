package trip_test

import (
	"context"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

// asleep are the cars of an instance that is paused just before its claim goes out, and
// wakes when others have gone on.
type asleep struct {
	*world
	meanwhile func()
}

func (a *asleep) Claim(ctx context.Context, c trip.Claim) (trip.ClaimedCar, error) {
	if happens := a.meanwhile; happens != nil {
		a.meanwhile = nil
		happens()
	}
	return a.world.Claim(ctx, c)
}

// TestLateClaim: an instance that was paused before its claim, and claims after recovery
// gave everything back, gives the car back itself.
func TestLateClaim(t *testing.T) {
	for name, ask := range map[string]func(*rig, *trip.Rentals) error{
		"start": func(_ *rig, s *trip.Rentals) error {
			return second(s.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"}))
		},
		"reservation": func(_ *rig, s *trip.Rentals) error {
			return second(s.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"}))
		},
	} {
		r := newRig(t)
		late := r.with(r.store, &asleep{r.world, func() { r.recover(t) }})
		if err := ask(r, late); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%s: got %v", name, err)
		}
		r.untouched(t)
		r.start(t) // the car is there for the next
	}
	t.Run("a start of a reservation that has expired meanwhile", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		late := r.with(r.store, &asleep{r.world, func() {
			r.recover(t)
			r.clock.Advance(policy.ReservationFor)
			r.recover(t)
		}})
		if err := second(late.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})); err == nil {
			t.Error("it was started")
		}
		r.untouched(t)
	})
	t.Run("one that fails to is left to the car service", func(t *testing.T) {
		r := newRig(t)
		late := r.with(r.store, &asleep{r.world, func() {
			r.recover(t)
			r.world.before["release car"] = errs.E(errs.Unavailable, "down", "")
		}})
		if err := second(late.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		if len(r.world.claims) != 1 {
			t.Errorf("claims %v", r.world.claims)
		}
	})
}

// TestLateAccept: an instance that was paused in a start that recovery refused does not
// decide about the next start of the same reservation.
func TestLateAccept(t *testing.T) {
	r := newRig(t)
	kept := r.reserve(t)
	again := idem.Key{Principal: "1", Operation: "o", Value: "again", BodyHash: "h"}
	late := r.with(r.store, &asleep{r.world, func() {
		r.recover(t)
		if _, err := r.store.Update(t.Context(), kept.ID, func(t *trip.Trip) error { return t.RequestStart(again, r.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
	}})
	if err := second(late.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("got %v", err)
	}
	if got := r.trip(t, kept.ID); got.Accepted || got.Step != trip.Requesting || got.StartKey != again {
		t.Errorf("the next start was decided by the one before: %+v", got)
	}
	r.has(t, kept.ID, trip.ForTrip) // the late claim may be what the next start stands on
}

// TestLateReturn: an instance that was paused while it gave a refused start back, and does so
// when the next start has been accepted, does not keep that from its car.
func TestLateReturn(t *testing.T) {
	r := newRig(t)
	kept := r.reserve(t)
	r.world.away["hold"] = trip.ErrFunds
	var begun trip.Started
	sleeper := &asleep{world: r.world}
	late := r.with(r.store, sleeper)
	sleeper.meanwhile = func() { // the claim of the start; the next is that of the return
		sleeper.meanwhile = func() {
			delete(r.world.away, "hold")
			r.recover(t)
			r.world.before["command"] = errs.E(errs.Unavailable, "down", "")
			var err error
			if begun, err = r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := second(late.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})); errs.CodeOf(err) != "insufficient_funds" {
		t.Errorf("got %v", err)
	}
	r.recover(t)
	r.has(t, begun.Trip.ID, trip.ForTrip)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.Trip.ID)
	if got := r.trip(t, begun.Trip.ID); got.State != trip.InProgress {
		t.Errorf("got %s, %s", got.State, got.Reason)
	}
}
