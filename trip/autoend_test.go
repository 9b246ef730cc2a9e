package trip_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

// stale lists a trip as due that another instance has taken on since.
type stale struct {
	trip.Repository
	id string
}

func (s stale) Due(_ context.Context, now time.Time, after trip.Due, _ int) ([]trip.Due, error) {
	if after.ID == s.id {
		return nil, nil
	}
	return []trip.Due{{ID: s.id, At: now}}, nil
}

// attention lets recovery look until nothing more is due, some time later.
func (r *rig) attention(t *testing.T, later time.Duration) {
	t.Helper()
	r.clock.Advance(later)
	r.Recover(t.Context())
}

func TestTripsThatNobodyEnds(t *testing.T) {
	t.Run("a trip that lasts too long is ended when its car stands and is closed", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.attention(t, policy.TripAtMost-time.Second)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Version != 3 {
			t.Fatalf("too early: %+v", got)
		}
		r.world.car.SpeedKMH, r.world.car.ReadAt = 50, r.clock.Now().Add(time.Second)
		r.attention(t, time.Second)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Reason != "moving" {
			t.Fatalf("moving: %+v", got)
		}
		r.attention(t, policy.EndAgain-time.Second)
		if got := r.trip(t, begun.ID); got.Version != 4 {
			t.Errorf("again before its time: %+v", got)
		}
		r.world.car.SpeedKMH, r.world.car.DoorsOpen = 0, true
		r.attention(t, time.Second)
		if got := r.trip(t, begun.ID); got.Reason != "doors_open" {
			t.Fatalf("open: %+v", got)
		}
		r.world.car.DoorsOpen = false
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, begun.ID); got.State != trip.Ending || got.End.By != trip.ByPlatform {
			t.Fatalf("closed: %+v", got)
		}
		r.world.acknowledge(trip.CommandFailed) // and again, when the lock fails
		r.advance(t, begun.ID)
		r.attention(t, policy.EndAgain)
		r.world.acknowledge(trip.CommandDone)
		r.attention(t, trip.RequestAtMost)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(8900) || got.End.Asked != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a car that stands at this moment has to stand until the next look", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.drive(200_000, 0, r.clock.Now())
		r.attention(t, policy.TripAtMost) // at a red light
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Reason != "moving" {
			t.Fatalf("at a red light: %s, %q", got.State, got.Reason)
		}
		r.world.drive(200_100, 0, r.clock.Now())
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress {
			t.Fatalf("at the next: %s", got.State)
		}
		r.world.drive(200_149, 0, r.clock.Now())
		r.attention(t, policy.EndAgain)
		if got := r.trip(t, begun.ID); got.State != trip.Ending || got.End.By != trip.ByPlatform {
			t.Errorf("parked: %s, %+v", got.State, got.End)
		}
	})
	t.Run("a pause that lasts too long ends the trip, by one of two instances", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.clock.Advance(policy.PausedAtMost)
		r.recover(t)
		got := r.trip(t, begun.ID)
		if got.State != trip.Finished || got.End.By != trip.ByPlatform || got.End.Asked != 1 || len(r.world.claims) != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a trip that moved on since it was listed is left alone", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.over(stale{r.store, begun.ID}).Recover(t.Context())
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.End.Asked != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// hanging is a car service that does not answer about one car.
type hanging struct {
	*world
	car string
}

func (h hanging) Car(ctx context.Context, carID string) (trip.CarState, error) {
	if carID == h.car {
		<-ctx.Done()
		return trip.CarState{}, ctx.Err()
	}
	return h.world.Car(ctx, carID)
}

func TestRecoveryIsNotHeldUp(t *testing.T) {
	r := newRig(t)
	stuck := r.start(t)
	begun, err := r.Start(t.Context(), trip.StartTrip{Account: "2", CarID: "d"})
	if err != nil {
		t.Fatal(err)
	}
	r.world.acknowledge(trip.CommandDone)
	r.clock.Advance(trip.RequestAtMost)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second) // less than it hangs for
	defer cancel()
	wg.Go(func() { r.with(r.store, hanging{r.world, "c"}).Recover(ctx) })
	for r.trip(t, begun.Trip.ID).State != trip.InProgress {
		if ctx.Err() != nil {
			t.Fatal("it waited for the one that hangs")
		}
		runtime.Gosched()
	}
	if got := r.trip(t, stuck.ID); got.State != trip.Starting {
		t.Errorf("got %+v", got)
	}
}

// pages gives what is due two at a time.
type pages struct{ trip.Repository }

func (p pages) Due(ctx context.Context, now time.Time, after trip.Due, _ int) ([]trip.Due, error) {
	return p.Repository.Due(ctx, now, after, 2)
}

// TestRecoveryGetsToAll: more rentals than a page has cannot go on.
func TestRecoveryGetsToAll(t *testing.T) {
	r := newRig(t)
	for _, account := range []string{"2", "3", "4"} {
		started, err := r.Start(t.Context(), trip.StartTrip{Account: account, CarID: "car of " + account})
		if err != nil {
			t.Fatal(err)
		}
		r.world.acknowledge(trip.CommandFailed)
		r.world.away["release hold"] = errs.E(errs.Unavailable, "unavailable", "")
		if err := r.Advance(t.Context(), started.Trip.ID); err == nil {
			t.Fatal("the money was given back")
		}
	}
	kept := r.reserve(t)
	r.clock.Advance(policy.ReservationFor)
	r.over(pages{r.store}).Recover(t.Context())
	if got := r.trip(t, kept.ID); got.Step != trip.Done {
		t.Errorf("it waits behind those that cannot go on: %s", got.Step)
	}
}

// broken is a car service whose answer about one car breaks us.
type broken struct {
	*world
	car string
}

func (b broken) Car(ctx context.Context, carID string) (trip.CarState, error) {
	if carID == b.car {
		panic("a mistake of ours")
	}
	return b.world.Car(ctx, carID)
}

func TestRecoveryOutlivesAMistake(t *testing.T) {
	r := newRig(t)
	r.start(t)
	begun, err := r.Start(t.Context(), trip.StartTrip{Account: "2", CarID: "d"})
	if err != nil {
		t.Fatal(err)
	}
	r.world.acknowledge(trip.CommandDone)
	r.clock.Advance(trip.RequestAtMost)
	if err := r.with(r.store, broken{r.world, "c"}).Recover(t.Context()); err != nil {
		t.Error(err)
	}
	if got := r.trip(t, begun.Trip.ID); got.State != trip.InProgress {
		t.Errorf("got %+v", got)
	}
}

func TestStaffEnd(t *testing.T) {
	end := func(r *rig, t *testing.T, id string, withoutLock bool) (trip.Trip, error) {
		return r.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "called us", WithoutLock: withoutLock})
	}
	t.Run("goes the way of every end", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(3 * time.Minute)
		if got, err := end(r, t, begun.ID, false); err != nil || got.State != trip.Ending || got.End.By != trip.ByStaff || got.End.Note != "called us" {
			t.Fatalf("got %+v, %v", got, err)
		}
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		got := r.trip(t, begun.ID)
		if got.State != trip.Finished || got.Fare.Total != money.Of(100+3*29) || got.End.Unlocked || r.world.out["c"] != "" {
			t.Errorf("got %+v", got)
		}
		if again, err := end(r, t, begun.ID, true); err != nil || again.Version != got.Version {
			t.Errorf("again: %+v, %v", again, err)
		}
	})
	t.Run("a car that does not answer is left as it is, and goes out of service", func(t *testing.T) {
		for name, before := range map[string]func(r *rig, t *testing.T, id string){
			"driving": func(*rig, *testing.T, string) {},
			"ending":  func(r *rig, t *testing.T, id string) { r.end(t, id); r.clock.Advance(20 * time.Second) },
			"pausing": func(r *rig, t *testing.T, id string) { r.pause(t, id) },
			"resuming": func(r *rig, t *testing.T, id string) {
				r.pause(t, id)
				r.world.acknowledge(trip.CommandDone)
				r.advance(t, id)
				r.resume(t, id)
				r.world.car.Locked = false // unlocking
			},
			"open": func(r *rig, _ *testing.T, _ string) { r.world.car.DoorsOpen = true },
		} {
			r := newRig(t)
			begun := r.drive(t)
			r.clock.Advance(3 * time.Minute)
			before(r, t, begun.ID)
			got, err := end(r, t, begun.ID, true)
			if err != nil || got.State != trip.Finished || got.Fare.Total != money.Of(100+3*29) || !got.End.Unlocked || len(r.world.claims) != 0 || r.world.out["c"] == "" {
				t.Errorf("%s: got %+v, %v, claims %v, out of service %q", name, got, err, r.world.claims, r.world.out)
			}
		}
	})
	t.Run("a car that turns out to be locked and closed stays in service", func(t *testing.T) {
		for name, open := range map[string]bool{"closed": false, "with open doors": true} {
			r := newRig(t)
			begun := r.drive(t)
			r.clock.Advance(3 * time.Minute)
			r.world.car.Locked, r.world.car.Open, r.world.car.DoorsOpen = true, false, open
			got, err := end(r, t, begun.ID, true)
			if err != nil || got.State != trip.Finished || got.End.Unlocked != open || (r.world.out["c"] != "") != open {
				t.Errorf("%s: got %s, %+v, %v, out of service %q", name, got.State, got.End, err, r.world.out)
			}
		}
	})
	t.Run("an end that the rider asked for before keeps what staff say of it", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.end(t, begun.ID)
		asked := r.trip(t, begun.ID)
		for range 2 {
			got, err := end(r, t, begun.ID, false)
			if err != nil || got.State != trip.Ending || got.End.By != trip.ByRider || got.End.Note != "called us" || got.Version != asked.Version+1 {
				t.Errorf("got %s, version %d, %+v, %v", got.State, got.Version, got.End, err)
			}
		}
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.End.Note != "called us" {
			t.Errorf("got %s, %+v", got.State, got.End)
		}
	})
	t.Run("and is paid once when that stops halfway", func(t *testing.T) {
		for _, at := range []string{"capture", "release car"} {
			r := newRig(t)
			begun := r.drive(t)
			r.clock.Advance(3 * time.Minute)
			r.world.after[at] = errs.E(errs.Unavailable, "crash", "")
			if got, err := end(r, t, begun.ID, true); err != nil || got.State != trip.Ending {
				t.Fatalf("%s: got %+v, %v", at, got, err)
			}
			r.recover(t)
			if got := r.trip(t, begun.ID); got.State != trip.Finished || r.world.captured[begun.ID] != 100+3*29 || r.world.out["c"] == "" {
				t.Errorf("%s: got %+v", at, got)
			}
		}
	})
	t.Run("nobody leaves a car that moves; open doors need a word", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.SpeedKMH, r.world.car.ReadAt = 30, r.clock.Now()
		for _, withoutLock := range []bool{false, true} {
			if _, err := end(r, t, begun.ID, withoutLock); !errors.Is(err, trip.ErrEndRefused) {
				t.Errorf("moving: %v", err)
			}
		}
		if r.world.stops(begun.ID) != 1 {
			t.Errorf("%d stop requests", r.world.stops(begun.ID))
		}
		r.world.car.SpeedKMH, r.world.car.DoorsOpen = 0, true
		if _, err := end(r, t, begun.ID, false); !errors.Is(err, trip.ErrEndRefused) {
			t.Errorf("open: %v", err)
		}
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Version != 3 {
			t.Errorf("the refusals changed it to %+v", got)
		}
	})
	t.Run("there has to be a trip", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		if _, err := end(r, t, kept.ID, false); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a reservation: %v", err)
		}
		started, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := end(r, t, started.Trip.ID, true); !errors.Is(err, trip.ErrEndRefused) {
			t.Errorf("one that is starting: %v", err)
		}
	})
}

func TestStaffSeesAllTrips(t *testing.T) {
	r := newRig(t)
	begun := r.drive(t)
	r.clock.Advance(2*time.Minute + time.Second)
	page, err := r.AllTrips(t.Context(), trip.Filter{CarID: "c", Limit: 10})
	if err != nil || len(page.Trips) != 1 || page.Trips[0].ID != begun.ID || page.Trips[0].Fare.Total != money.Of(100+3*29) {
		t.Errorf("got %+v, %v", page, err)
	}
	if got, err := r.AnyTrip(t.Context(), begun.ID); err != nil || got.Account != "1" {
		t.Errorf("got %+v, %v", got, err)
	}
}
