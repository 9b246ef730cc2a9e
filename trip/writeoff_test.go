package trip_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/trip"
)

// unpayable takes a trip to where its fare is due and the wallet refuses it, however often
// it is asked.
func (r *rig) unpayable(t *testing.T) string {
	t.Helper()
	id := r.drive(t).ID
	r.clock.Advance(10 * time.Minute)
	r.world.drive(3000, 0, r.clock.Now())
	r.world.away["capture"] = errs.E(errs.Internal, "internal", "no such hold")
	r.end(t, id)
	r.world.acknowledge(trip.CommandDone)
	if err := r.Advance(t.Context(), id); err == nil {
		t.Fatal("the fare was paid")
	}
	return id
}

func TestWriteOff(t *testing.T) {
	t.Run("a fare that cannot be paid is seen after a minute, and given up", func(t *testing.T) {
		r := newRig(t)
		id := r.unpayable(t)
		r.stuck(t)
		if _, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id, Reason: "too early"}); !errors.Is(err, trip.ErrNotStuck) {
			t.Fatalf("a fare that may yet be paid: %v", err)
		}
		r.clock.Advance(trip.StuckAfter + 2*time.Second)
		r.recover(t) // to no avail
		r.stuck(t, id)
		owed := r.trip(t, id).Fare
		if _, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id, By: "1"}); !errors.Is(err, trip.ErrOwnFare) {
			t.Fatalf("one's own fare: %v", err)
		}
		for range 2 {
			got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id, Reason: "restored from a copy"})
			if err != nil || got.State != trip.Finished || got.Fare.Total.Amount != 0 || got.End.Note != "restored from a copy" {
				t.Fatalf("written off: %+v, %v", got, err)
			}
			lines, sum := got.Fare.Lines, int64(0)
			for _, l := range lines {
				sum += l.Amount.Amount
			}
			if owed.Total.Amount == 0 || len(lines) != len(owed.Lines)+1 || sum != 0 {
				t.Errorf("the fare does not say why it is 0: %+v", lines)
			}
		}
		if len(r.world.claims) != 0 || len(r.world.held) != 0 || len(r.world.captured) != 0 {
			t.Errorf("left behind: claims %v, held %v, captured %v", r.world.claims, r.world.held, r.world.captured)
		}
		r.stuck(t)
		if left, err := r.store.LastLapse(t.Context(), "1", "c"); err != nil || !left.IsZero() {
			t.Errorf("the rider counts as one who did not drive: %v, %v", left, err)
		}
		r.start(t) // the account and the car are free
	})
	t.Run("what was taken all the same stays for finance to give back", func(t *testing.T) {
		r := newRig(t)
		id := r.unpayable(t)
		r.world.captured[id] = 1
		r.clock.Advance(trip.StuckAfter + 2*time.Second)
		if got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id}); err != nil || got.State != trip.Finished {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("when its car cannot be freed just now, recovery does it", func(t *testing.T) {
		r := newRig(t)
		id := r.unpayable(t)
		r.clock.Advance(trip.StuckAfter + 2*time.Second)
		r.world.before["release car"] = errs.E(errs.Unavailable, "unavailable", "")
		if got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id}); err != nil || got.State != trip.Ending {
			t.Errorf("got %+v, %v", got, err)
		}
		r.recover(t)
		if got := r.trip(t, id); got.State != trip.Finished || len(r.world.claims) != 0 || len(r.world.captured) != 0 {
			t.Errorf("got %+v, claims %v", got, r.world.claims)
		}
	})
	t.Run("no other trip", func(t *testing.T) {
		r := newRig(t)
		id := r.drive(t).ID
		r.clock.Advance(time.Hour)
		if _, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id}); !errors.Is(err, trip.ErrNotStuck) {
			t.Errorf("one under way: %v", err)
		}
		if _, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: "none"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("none: %v", err)
		}
	})
}

// stuck holds what staff are told to be stuck against what has to be.
func (r *rig) stuck(t *testing.T, want ...string) {
	t.Helper()
	n, err := r.Stuck(t.Context())
	page, listed := r.AllTrips(t.Context(), trip.Filter{Stuck: true, Limit: 10})
	if err != nil || listed != nil || n != len(want) || len(page.Trips) != len(want) || len(want) > 0 && page.Trips[0].ID != want[0] {
		t.Errorf("stuck are %d, listed %+v (%v, %v); want %v", n, page.Trips, err, listed, want)
	}
}
