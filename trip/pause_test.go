package trip_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

func (r *rig) pause(t *testing.T, id string) trip.Trip {
	t.Helper()
	got, err := r.Pause(t.Context(), "1", id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (r *rig) resume(t *testing.T, id string) trip.Trip {
	t.Helper()
	got, err := r.Resume(t.Context(), "1", id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// parked is a trip that is paused.
func (r *rig) parked(t *testing.T) trip.Trip {
	t.Helper()
	begun := r.drive(t)
	r.pause(t, begun.ID)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	return r.trip(t, begun.ID)
}

func (r *rig) fare(t *testing.T, id string) money.Money {
	t.Helper()
	got, err := r.Trip(t.Context(), "1", id)
	if err != nil {
		t.Fatal(err)
	}
	return got.Fare.Total
}

func TestPauses(t *testing.T) {
	r := newRig(t)
	begun := r.drive(t)
	r.world.car.OdometerM = 6000
	r.clock.Advance(10 * time.Minute)
	if asked := r.pause(t, begun.ID); asked.State != trip.InProgress {
		t.Errorf("before the car is locked it is %s", asked.State)
	}
	r.clock.Advance(20 * time.Second) // the car takes its time
	r.pause(t, begun.ID)              // asked again
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	if again := r.pause(t, begun.ID); again.State != trip.Paused || len(r.world.commands[begun.ID]) != 2 {
		t.Fatalf("got %+v, commands %v", again, r.world.commands)
	}
	r.clock.Advance(4*time.Minute + 40*time.Second)
	if got := r.fare(t, begun.ID); got != money.Of(100+10*29+5*9) {
		t.Errorf("paused: %v", got)
	}
	if asked := r.resume(t, begun.ID); asked.State != trip.Paused {
		t.Errorf("before the car is unlocked it is %s", asked.State)
	}
	r.world.settled["resuming-1"] = r.clock.Now().Add(10 * time.Second)
	r.clock.Advance(time.Minute) // the answer is heard of late
	if got := r.fare(t, begun.ID); got != money.Of(100+10*29+5*9) {
		t.Errorf("while it waits for the car the fare moved: %v", got)
	}
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Pause.For != 5*time.Minute+10*time.Second || !got.Pause.At.IsZero() {
		t.Fatalf("got %+v", got)
	}
	if again := r.resume(t, begun.ID); again.State != trip.InProgress {
		t.Errorf("resuming again: %+v", again)
	}
	r.clock.Advance(10 * time.Second) // a minute of driving since the unlock
	r.end(t, begun.ID)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+11*29+6*9) {
		t.Errorf("got %+v", got)
	}
}

// TestCarServiceAway: what was seen of the distance when something was asked for stays.
func TestCarServiceAway(t *testing.T) {
	away := func(r *rig) { r.world.away["car"] = errs.E(errs.Unavailable, "unavailable", "") }
	long := int64(205_000) // the plan charges kilometres from the hundredth on
	for name, ask := range map[string]func(r *rig, id string){
		"after a pause":      func(r *rig, id string) { r.pause(t, id) },
		"after an end":       func(r *rig, id string) { r.end(t, id) },
		"after a failed end": func(r *rig, id string) { r.end(t, id); r.world.acknowledge(trip.CommandFailed); r.advance(t, id) },
	} {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(time.Minute)
		r.world.drive(long, 0, r.clock.Now())
		ask(r, begun.ID)
		want := r.fare(t, begun.ID)
		away(r)
		if got, err := r.Trip(t.Context(), "1", begun.ID); err != nil || got.DistanceM != long-1000 || got.Fare.Total != want {
			t.Errorf("%s: %d m, %v, %v, want %v", name, got.DistanceM, got.Fare.Total, err, want)
		}
		page, err := r.AllTrips(t.Context(), trip.Filter{Limit: 1})
		if err != nil || page.Trips[0].DistanceM != long-1000 || page.Trips[0].Fare.Total != want {
			t.Errorf("%s, for staff: %+v, %v", name, page.Trips, err)
		}
	}
	t.Run("who drove on after a failed end pays for it all the same", func(t *testing.T) {
		r := newRig(t)
		id := r.failedEnd(t)
		r.world.drive(long, 0, r.clock.Now())
		r.attention(t, policy.EndAgain)
		r.clock.Advance(time.Hour)
		want := r.fare(t, id)
		away(r)
		if got := r.fare(t, id); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestPausedEnds(t *testing.T) {
	t.Run("at once: the car is locked already", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(5 * time.Minute)
		ended, err := r.End(t.Context(), "1", begun.ID)
		if err != nil || ended.State != trip.Finished || ended.Fare.Total != money.Of(100+5*9) || len(r.world.claims) != 0 {
			t.Errorf("got %+v, %v", ended, err)
		}
	})
	t.Run("while the car locks for the pause: one lock does for both", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(5 * time.Minute)
		r.pause(t, begun.ID)
		r.world.away["command"] = errs.E(errs.Conflict, "command_waiting", "")
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+5*29) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("while the car unlocks: it is locked again after", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(5 * time.Minute)
		r.resume(t, begun.ID)
		r.world.car.Locked = false // unlocking
		r.world.before["command"] = errs.E(errs.Conflict, "command_waiting", "")
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone) // the unlock
		r.recover(t)                          // sends the lock
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+5*9) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRefusedPause(t *testing.T) {
	r := newRig(t)
	begun := r.start(t)
	codes := func(err error) (all []string) {
		if e, ok := errors.AsType[*errs.Error](err); ok {
			all = append(all, e.Code)
			for _, f := range e.Fields {
				all = append(all, f.Code)
			}
		}
		return all
	}
	want := func(what string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
		}
	}
	want("pausing while starting", codes(second(r.Pause(t.Context(), "1", begun.ID))), "pause_refused", "not_started")
	want("resuming while starting", codes(second(r.Resume(t.Context(), "1", begun.ID))), "resume_refused", "not_started")
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	r.world.car.SpeedKMH, r.world.car.DoorsOpen, r.world.car.ReadAt = 30, true, r.clock.Now()

	before := r.trip(t, begun.ID)
	for name, may := range map[string]func() ([]errs.Field, error){
		"pause": func() ([]errs.Field, error) { return r.MayPause(t.Context(), "1", begun.ID) },
		"end":   func() ([]errs.Field, error) { return r.MayEnd(t.Context(), "1", begun.ID) },
	} {
		reasons, err := may()
		if err != nil || len(reasons) != 2 || reasons[0].Code != "moving" || reasons[1].Code != "doors_open" {
			t.Errorf("dry %s: %v, %v", name, reasons, err)
		}
	}
	if got := r.trip(t, begun.ID); got.Version != before.Version || r.world.stops(begun.ID) != 0 {
		t.Errorf("a dry run changed the trip to %+v, or asked to stop", got)
	}
	want("pausing while moving", codes(second(r.Pause(t.Context(), "1", begun.ID))), "pause_refused", "moving", "doors_open")
	if got := r.trip(t, begun.ID); got.Version != before.Version || r.world.stops(begun.ID) != 1 {
		t.Errorf("a refusal changed the trip to %+v, or did not ask to stop", got)
	}
	r.world.car.DoorsOpen, r.world.car.SpeedKMH = false, 0
	if reasons, err := r.MayPause(t.Context(), "1", begun.ID); err != nil || len(reasons) != 0 {
		t.Errorf("standing and closed: %v, %v", reasons, err)
	}
	r.end(t, begun.ID)
	want("pausing while ending", codes(second(r.Pause(t.Context(), "1", begun.ID))), "pause_refused", "not_in_progress")
	want("resuming while ending", codes(second(r.Resume(t.Context(), "1", begun.ID))), "resume_refused", "not_in_progress")
	for name, err := range map[string]error{
		"pause":  second(r.Pause(t.Context(), "2", begun.ID)),
		"resume": second(r.Resume(t.Context(), "2", begun.ID)),
		"dry":    second(r.MayEnd(t.Context(), "2", begun.ID)),
	} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("another's %s: %v", name, err)
		}
	}
}

func TestSilentCarInAPause(t *testing.T) {
	t.Run("no lock in time: driving again, and it was never paused", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(3 * time.Minute)
		r.pause(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.clock.Advance(trip.AckAtMost)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Reason != "lock_failed" || got.Pause.For != 0 || !got.Pause.At.IsZero() {
			t.Fatalf("got %+v", got)
		}
		if got := r.fare(t, begun.ID); got != money.Of(100+4*29) {
			t.Errorf("the fare is %v", got)
		}
		r.pause(t, begun.ID) // again, with a command of its own
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Paused || got.Reason != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("no unlock in time: still paused", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.resume(t, begun.ID)
		clear(r.world.commands) // it never got there
		r.world.away["command"] = errs.E(errs.Unavailable, "unavailable", "")
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Paused || got.Reason != "unlock_failed" || got.Step != trip.Parked {
			t.Errorf("got %+v", got)
		}
		delete(r.world.away, "command")
		r.resume(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("commands and answers that got lost are found by recovery", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		for range 2 {
			r.world.before["command"] = errs.E(errs.Unavailable, "crash", "")
			r.pause(t, begun.ID)
			r.recover(t)
			r.world.acknowledge(trip.CommandDone)
			r.recover(t)
			if got := r.trip(t, begun.ID); got.State != trip.Paused {
				t.Fatalf("got %+v", got)
			}
			r.world.before["command"] = errs.E(errs.Unavailable, "crash", "")
			r.resume(t, begun.ID)
			r.recover(t)
			r.world.acknowledge(trip.CommandDone)
			r.recover(t)
			if got := r.trip(t, begun.ID); got.State != trip.InProgress {
				t.Fatalf("got %+v", got)
			}
		}
	})
}

func TestDrivingWhilePaused(t *testing.T) {
	off := func(r *rig, at time.Time) {
		r.world.car.Locked, r.world.car.Open, r.world.car.DroveOffAt = false, true, at
	}
	t.Run("resumes the trip from that reading, however late and often it is told", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(3 * time.Minute)
		off(r, r.clock.Now())
		r.clock.Advance(2 * time.Minute)
		if got := r.fare(t, begun.ID); got != money.Of(100+2*29+3*9) {
			t.Errorf("before the event came: %v", got)
		}
		for range 3 {
			r.advance(t, begun.ID)
		}
		got := r.trip(t, begun.ID)
		if got.State != trip.InProgress || got.Pause.For != 3*time.Minute || r.fare(t, begun.ID) != money.Of(100+2*29+3*9) {
			t.Errorf("got %+v, %v", got, r.fare(t, begun.ID))
		}
		r.pause(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		r.advance(t, begun.ID) // the first pause's event, once more
		if got := r.trip(t, begun.ID); got.State != trip.Paused {
			t.Errorf("a new pause ended by the old one's event: %+v", got)
		}
	})
	t.Run("while it is asked to resume", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(time.Minute)
		r.resume(t, begun.ID)
		off(r, r.clock.Now())
		r.clock.Advance(time.Minute)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Pause.For != time.Minute {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an open car is no pause: an unlock that was given up happened after all", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(time.Minute)
		r.resume(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, begun.ID)
		r.world.car.Locked, r.world.car.Open = false, true
		r.clock.Advance(time.Minute)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Pause.For != 2*time.Minute || got.Reason != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("after an end was asked for: the failed end closes the pause", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(time.Minute)
		off(r, r.clock.Now())
		r.clock.Advance(time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Pause.For != time.Minute || !got.Pause.At.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("another server's time is taken as far as it can be", func(t *testing.T) {
		for name, tc := range map[string]struct{ at, want time.Duration }{
			"before the pause": {-time.Hour, 0},
			"in the future":    {time.Hour, 2 * time.Minute},
		} {
			r := newRig(t)
			begun := r.parked(t)
			off(r, r.clock.Now().Add(tc.at))
			r.clock.Advance(2 * time.Minute)
			r.advance(t, begun.ID)
			if got := r.trip(t, begun.ID); got.Pause.For != tc.want {
				t.Errorf("%s: paused for %v", name, got.Pause.For)
			}
		}
	})
}
