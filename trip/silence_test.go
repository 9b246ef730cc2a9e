package trip_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

func TestSilentCar(t *testing.T) {
	down := errs.E(errs.Unavailable, "unavailable", "")
	t.Run("no unlock in time: cancelled, released, nothing charged", func(t *testing.T) {
		for name, silence := range map[string]func(r *rig){
			"the car service gives up":         func(r *rig) { r.world.acknowledge(trip.CommandFailed) },
			"the command never reached a soul": func(r *rig) { clear(r.world.commands) },
		} {
			r := newRig(t)
			begun := r.start(t)
			silence(r)
			r.world.away["command"] = down
			r.clock.Advance(trip.AckAtMost)
			r.recover(t)
			got := r.trip(t, begun.ID)
			if got.State != trip.Cancelled || got.Reason != "unlock_failed" || len(r.world.claims)+len(r.world.held)+len(r.world.captured) != 0 {
				t.Errorf("%s: got %+v, claims %v, held %v", name, got, r.world.claims, r.world.held)
			}
			if _, err := r.Receipt(t.Context(), "1", begun.ID); !errors.Is(err, trip.ErrNothingToPay) || !strings.Contains(err.(*errs.Error).Detail, "cancelled") {
				t.Errorf("%s: its receipt: %v", name, err)
			}
			r.world.claims["c"] = trip.Claim{CarID: "c", ID: begun.ID, Account: "1", Kind: trip.ForTrip} // even if the car had not let go
			r.world.commands[begun.ID] = map[string]trip.CommandState{"unlocking": trip.CommandDone}
			r.advance(t, begun.ID)
			if late := r.trip(t, begun.ID); late.Version != got.Version {
				t.Errorf("%s: a cancelled trip changed: %+v", name, late)
			}
		}
	})
	t.Run("no lock in time: in progress again, and it can end again", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.OdometerM = 6000
		r.clock.Advance(time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Reason != "lock_failed" {
			t.Fatalf("got %+v", got)
		}
		r.clock.Advance(time.Hour) // stands there: not the rider's fault
		if live, err := r.Trip(t.Context(), "1", begun.ID); err != nil || live.Fare.Total != money.Of(100+29) {
			t.Errorf("standing after a failed lock: %+v, %v", live.Fare, err)
		}
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+29) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("who drives on after a failed lock pays for it", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.OdometerM = 6000
		r.clock.Advance(time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, begun.ID)
		r.world.car.OdometerM = 7000
		r.clock.Advance(9 * time.Minute)
		if live, err := r.Trip(t.Context(), "1", begun.ID); err != nil || live.Fare.Total != money.Of(100+10*29) {
			t.Errorf("driving on: %+v, %v", live.Fare, err)
		}
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+10*29) || got.DistanceM != 6000 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a lock command that waits is the car service's to give up, not ours", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.end(t, begun.ID)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Ending {
			t.Fatalf("got %+v", got)
		}
		r.world.acknowledge(trip.CommandDone)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a car that is locked already ends the trip", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.Locked = true
		r.world.away["command"] = errs.E(errs.Conflict, "lock_state", "")
		r.end(t, begun.ID)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a car that is not the trip's any more ends the trip, at what it had driven", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.claims["c"] = taken("c")
		r.world.car.OdometerM = 9_000_000
		r.end(t, begun.ID)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.DistanceM != 0 || r.world.claims["c"] != taken("c") {
			t.Errorf("got %+v, claims %v", got, r.world.claims)
		}
	})
	t.Run("a car service away for too long: driving again, and the car is not locked behind it", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.before["command"] = down
		r.end(t, begun.ID)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || len(r.world.commands[begun.ID]) != 1 {
			t.Errorf("got %+v, commands %v", got, r.world.commands)
		}
	})
}
