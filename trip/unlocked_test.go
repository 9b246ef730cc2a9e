package trip_test

import (
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/trip"
)

// TestUnlocked: the news of the unlock begins a trip once, and asks nobody.
func TestUnlocked(t *testing.T) {
	unlocked := func(t *testing.T, r *rig, id string) {
		t.Helper()
		if err := r.Unlocked(t.Context(), id, r.clock.Now()); err != nil {
			t.Error(err)
		}
	}
	t.Run("begins the trip at the car's time, though the car cannot be asked", func(t *testing.T) {
		r := newRig(t)
		begun := r.start(t)
		r.world.away["car"] = errs.E(errs.Unavailable, "unavailable", "")
		at := r.clock.Now()
		r.clock.Advance(3 * time.Second)
		if err := r.Unlocked(t.Context(), begun.ID, at); err != nil {
			t.Fatal(err)
		}
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || !got.StartedAt.Equal(at) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("twice, and when the trip is further, it changes nothing", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		before := r.trip(t, begun.ID)
		unlocked(t, r, begun.ID)
		if got := r.trip(t, begun.ID); got.Version != before.Version {
			t.Errorf("got %+v", got)
		}
		r.end(t, begun.ID)
		unlocked(t, r, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Ending {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("of a trip that is not there it is nothing", func(t *testing.T) {
		unlocked(t, newRig(t), "gone")
	})
}
