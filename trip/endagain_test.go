package trip_test

import (
	"testing"
	"time"

	"freecar/internal/money"
	"freecar/trip"
)

// failedEnd is a trip of a minute whose end was accepted, and whose car did not lock.
func (r *rig) failedEnd(t *testing.T) string {
	t.Helper()
	begun := r.drive(t)
	r.world.car.OdometerM = 6000
	r.clock.Advance(time.Minute)
	r.end(t, begun.ID)
	r.world.acknowledge(trip.CommandFailed)
	r.advance(t, begun.ID)
	return begun.ID
}

func TestFailedEndIsTriedAgain(t *testing.T) {
	t.Run("while the car stands: its rider has walked off", func(t *testing.T) {
		r := newRig(t)
		id := r.failedEnd(t)
		r.attention(t, policy.EndAgain-time.Second)
		if got := r.trip(t, id); got.State != trip.InProgress || got.Reason != "lock_failed" {
			t.Fatalf("too early: %s, %q", got.State, got.Reason)
		}
		r.attention(t, time.Second)
		if got := r.trip(t, id); got.State != trip.Ending || got.End.Asked != 2 || got.End.By != trip.ByRider {
			t.Fatalf("it was not asked again: %s, %+v", got.State, got.End)
		}
		r.world.acknowledge(trip.CommandFailed) // out of reach still
		r.advance(t, id)
		r.attention(t, policy.EndAgain)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, id)
		if got := r.trip(t, id); got.State != trip.Finished || got.Fare.Total != money.Of(100+29) || got.End.Asked != 3 {
			t.Errorf("got %s, %v, %+v", got.State, got.Fare.Total, got.End)
		}
	})
	t.Run("at once when it turns out to be locked", func(t *testing.T) {
		r := newRig(t)
		id := r.failedEnd(t)
		r.world.car.Locked, r.world.car.Open = true, false // heard of late
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, id); got.State != trip.Finished || got.Fare.Total != money.Of(100+29) {
			t.Errorf("got %s, %v", got.State, got.Fare.Total)
		}
	})
	t.Run("a car that cannot be left is looked at again", func(t *testing.T) {
		r := newRig(t)
		id := r.failedEnd(t)
		r.world.car.DoorsOpen = true
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, id); got.State != trip.InProgress || got.Reason != "doors_open" {
			t.Fatalf("got %s, %q", got.State, got.Reason)
		}
		r.world.car.DoorsOpen = false
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, id); got.State != trip.Ending {
			t.Errorf("got %s", got.State)
		}
	})
	t.Run("never once the car has moved, until the trip lasts too long", func(t *testing.T) {
		r := newRig(t)
		id := r.failedEnd(t)
		r.world.drive(7000, 0, r.clock.Now())
		r.attention(t, policy.EndAgain)
		got := r.trip(t, id)
		if got.State != trip.InProgress || got.End.Asked != 1 || !got.NextAt.Equal(got.StartedAt.Add(policy.TripAtMost)) {
			t.Errorf("got %s, %+v, next at %v", got.State, got.End, got.NextAt)
		}
	})
}
