package trip_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

// meanwhile lets something happen just before the next change that an instance makes.
type meanwhile struct {
	trip.Repository
	happens func()
}

func (m *meanwhile) Update(ctx context.Context, id string, change func(*trip.Trip) error) (trip.Trip, error) {
	if happens := m.happens; happens != nil {
		m.happens = nil
		happens()
	}
	return m.Repository.Update(ctx, id, change)
}

// TestEndOnAnOldView: an end that found the car locked, and a resume that came before it
// was saved.
func TestEndOnAnOldView(t *testing.T) {
	ends := map[string]func(s *trip.Rentals, r *rig, id string) error{
		"rider": func(s *trip.Rentals, _ *rig, id string) error { return second(s.End(t.Context(), "1", id)) },
		"staff": func(s *trip.Rentals, _ *rig, id string) error {
			return second(s.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "called us"}))
		},
	}
	for name, end := range ends {
		r := newRig(t)
		begun := r.parked(t)
		s := r.over(&meanwhile{r.store, func() {
			r.resume(t, begun.ID)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, begun.ID)
		}})
		if err := end(s, r, begun.ID); err != nil {
			t.Fatal(name, err)
		}
		if got := r.trip(t, begun.ID); got.State != trip.Ending || got.Step != trip.Locking || len(r.world.captured) != 0 {
			t.Errorf("%s: the open car of a trip that drove on was left: %+v, captured %v", name, got, r.world.captured)
		}
		r.has(t, begun.ID, trip.ForTrip)
		r.world.acknowledge(trip.CommandDone) // the lock that it was told instead
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	t.Run("a car that cannot be looked at again is left to recovery", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		s := r.over(&meanwhile{r.store, func() { r.world.before["car"] = errs.E(errs.Unavailable, "unavailable", "") }})
		if got, err := s.End(t.Context(), "1", begun.ID); err != nil || got.State != trip.Ending {
			t.Fatalf("got %+v, %v", got, err)
		}
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("got %+v", got)
		}
	})
}

// TestOldFailureOfANewerStep: two instances hear of one failure, and the rider asks again
// between them.
func TestOldFailureOfANewerStep(t *testing.T) {
	for name, tc := range map[string]struct {
		ask  func(r *rig, id string)
		step trip.Step
	}{
		"end":   {func(r *rig, id string) { r.end(t, id) }, trip.Locking},
		"pause": {func(r *rig, id string) { r.pause(t, id) }, trip.Pausing},
		"resume": {func(r *rig, id string) {
			if r.trip(t, id).Step == trip.Driving {
				r.pause(t, id)
				r.world.acknowledge(trip.CommandDone)
				r.advance(t, id)
			}
			r.resume(t, id)
		}, trip.Resuming},
	} {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(time.Minute)
		tc.ask(r, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		late := r.over(&meanwhile{r.store, func() {
			r.advance(t, begun.ID)
			tc.ask(r, begun.ID)
		}})
		if err := late.Advance(t.Context(), begun.ID); err != nil {
			t.Fatal(name, err)
		}
		if got := r.trip(t, begun.ID); got.Step != tc.step {
			t.Errorf("%s: the old failure threw out the new request: %s", name, got.Step)
		}
	}
}

// TestRecoveryWasFaster: a request that took so long that recovery undid it can be made
// again.
func TestRecoveryWasFaster(t *testing.T) {
	key := idem.Key{Principal: "1", Operation: "o", Value: "k", BodyHash: "h"}
	for name, ask := range map[string]func(s *trip.Rentals) error{
		"start": func(s *trip.Rentals) error {
			return second(s.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c", Key: key}))
		},
		"reservation": func(s *trip.Rentals) error {
			return second(s.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c", Key: key}))
		},
	} {
		r := newRig(t)
		s := r.over(&meanwhile{r.store, func() { r.recover(t) }})
		err := ask(s)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter <= 0 {
			t.Errorf("%s: got %v", name, err)
		}
		r.untouched(t)
		if err := ask(s); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
	}
}

// TestAutoEndOnAnOldView: the rider goes on just as the platform ends the pause.
func TestAutoEndOnAnOldView(t *testing.T) {
	r := newRig(t)
	begun := r.parked(t)
	s := r.over(&meanwhile{r.store, func() { r.resume(t, begun.ID) }})
	r.clock.Advance(policy.PausedAtMost)
	s.Recover(t.Context())
	if got := r.trip(t, begun.ID); got.Step != trip.Resuming || got.End.Asked != 0 {
		t.Errorf("the platform ended a trip that goes on: %s, %+v", got.Step, got.End)
	}
}
