package trip_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

// inGrace starts the trip of a rider, or of his reservation, and ends it in its grace.
func (r *rig) inGrace(t *testing.T, c trip.StartTrip) trip.Trip {
	t.Helper()
	id := r.begun(t, c)
	r.clock.Advance(110 * time.Second)
	r.end(t, id)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, id)
	return r.trip(t, id)
}

// TestNobodyKeepsACarForNothing: reservations, graces and failures in a row.
func TestNobodyKeepsACarForNothing(t *testing.T) {
	again := trip.ReserveCar{Account: "1", CarID: "c"}
	direct := trip.StartTrip{Account: "1", CarID: "c"}
	refused := func(t *testing.T, r *rig, left time.Duration) {
		t.Helper()
		_, err := r.Reserve(t.Context(), again)
		if e, ok := errors.AsType[*errs.Error](err); !ok || !errors.Is(err, trip.ErrReservedLately) || e.RetryAfter != left {
			t.Errorf("got %v", err)
		}
	}
	t.Run("a reservation whose trip ended in its grace", func(t *testing.T) {
		r := newRig(t)
		done := r.inGrace(t, trip.StartTrip{Account: "1", ReservationID: r.reserve(t).ID})
		if done.State != trip.Finished || done.Fare.Total != money.Of(0) {
			t.Fatalf("got %s, %v", done.State, done.Fare.Total)
		}
		refused(t, r, policy.ReserveAgain)
		r.clock.Advance(policy.ReserveAgain)
		r.reserve(t)
	})
	t.Run("a trip in its grace after another: the second has none", func(t *testing.T) {
		r := newRig(t)
		first := r.inGrace(t, direct)
		second := r.inGrace(t, direct)
		if first.Fare.Total != money.Of(0) || second.Fare.Total != money.Of(100+2*29) {
			t.Errorf("got %v and %v", first.Fare.Total, second.Fare.Total)
		}
		other, car := direct, direct
		other.Account, car.CarID = "2", "d"
		if got := r.trip(t, r.begun(t, other)); got.Plan.Grace != trip.Standard().Grace {
			t.Errorf("another rider has the grace %v", got.Plan.Grace)
		}
		if got := r.trip(t, r.begun(t, car)); got.Plan.Grace != trip.Standard().Grace {
			t.Errorf("with another car it is %v", got.Plan.Grace)
		}
	})
	t.Run("the grace is there again after a while, and after a trip that was paid", func(t *testing.T) {
		r := newRig(t)
		r.inGrace(t, direct)
		r.clock.Advance(policy.ReserveAgain)
		if got := r.inGrace(t, direct); got.Fare.Total != money.Of(0) {
			t.Errorf("got %v", got.Fare.Total)
		}
		r = newRig(t)
		begun := r.drive(t)
		r.clock.Advance(10 * time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		r.reserve(t)
	})
	t.Run("a reservation that was cancelled, and a trip at once", func(t *testing.T) {
		r := newRig(t)
		if err := r.CancelReservation(t.Context(), "1", r.reserve(t).ID); err != nil {
			t.Fatal(err)
		}
		if got := r.inGrace(t, direct); got.Fare.Total != money.Of(100+2*29) {
			t.Errorf("got %v", got.Fare.Total)
		}
	})
	t.Run("a car that did not unlock", func(t *testing.T) {
		r := newRig(t)
		begun := r.start(t)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, begun.ID)
		refused(t, r, policy.ReserveAgain)
	})
}

// begun starts a trip and unlocks its car.
func (r *rig) begun(t *testing.T, c trip.StartTrip) string {
	t.Helper()
	started, err := r.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, started.Trip.ID)
	return started.Trip.ID
}
