package trip_test

import (
	"errors"
	"reflect"
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
	t.Run("what support wrote of the end stays", func(t *testing.T) {
		r := newRig(t)
		id := r.drive(t).ID
		r.world.away["capture"] = errs.E(errs.Internal, "internal", "no such hold")
		if _, err := r.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "the phone is lost", WithoutLock: true}); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(trip.StuckAfter + 2*time.Second)
		for range 2 {
			got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id, Reason: "restored from a copy"})
			if err != nil || got.End.Note != "the phone is lost; restored from a copy" {
				t.Errorf("got %q, %v", got.End.Note, err)
			}
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

// TestWriteOffOfAPaidFare: a trip is stuck though its fare was taken. Giving it up ends the
// trip, and the receipt says what the rider was charged.
func TestWriteOffOfAPaidFare(t *testing.T) {
	away := errs.E(errs.Unavailable, "unavailable", "")
	for name, stuck := range map[string]func(r *rig) (back func()){
		"the car cannot be freed": func(r *rig) func() {
			r.world.away["release car"] = away
			return func() { delete(r.world.away, "release car") }
		},
		"the answer of the wallet was lost": func(r *rig) func() {
			r.world.after["capture"] = away
			return func() { delete(r.world.away, "capture"); delete(r.world.away, "release hold") }
		},
	} {
		// settling takes a trip to where its fare is taken, and it cannot end for a minute.
		settling := func(t *testing.T) (r *rig, paid trip.Trip, back func()) {
			r = newRig(t)
			id := r.drive(t).ID
			r.clock.Advance(10 * time.Minute)
			r.world.drive(3000, 0, r.clock.Now())
			r.end(t, id)
			r.world.acknowledge(trip.CommandDone)
			back = stuck(r)
			if err := r.Advance(t.Context(), id); !errors.Is(err, away) {
				t.Fatalf("it ended: %v", err)
			}
			if name != "the car cannot be freed" {
				r.world.away["capture"], r.world.away["release hold"] = away, away
			}
			r.clock.Advance(trip.StuckAfter + 2*time.Second)
			if paid = r.trip(t, id); paid.Step != trip.Settling || r.world.captured[id] != paid.Fare.Total.Amount || paid.Fare.Total.Amount == 0 {
				t.Fatalf("got %+v, captured %v", paid, r.world.captured)
			}
			return r, paid, back
		}
		ends := func(t *testing.T, r *rig, paid trip.Trip) {
			t.Helper()
			got, err := r.Receipt(t.Context(), "1", paid.ID)
			if err != nil || !reflect.DeepEqual(got.Fare, paid.Fare) || r.world.captured[paid.ID] != got.Paid().Amount {
				t.Errorf("the receipt: %+v, %v; want %+v, captured %v", got.Fare, err, paid.Fare, r.world.captured)
			}
			if len(r.world.claims) != 0 {
				t.Errorf("left behind: %v", r.world.claims)
			}
		}
		t.Run(name+", and all are back", func(t *testing.T) {
			r, paid, back := settling(t)
			back()
			if got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: paid.ID}); err != nil || got.State != trip.Finished {
				t.Errorf("got %+v, %v", got, err)
			}
			ends(t, r, paid)
			if _, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: paid.ID}); !errors.Is(err, trip.ErrNotStuck) {
				t.Errorf("again: %v", err)
			}
		})
		t.Run(name+" until later", func(t *testing.T) {
			r, paid, back := settling(t)
			if got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: paid.ID}); err != nil || got.State != trip.Ending {
				t.Errorf("got %+v, %v", got, err)
			}
			r.recover(t) // two instances, to no avail
			back()
			r.recover(t)
			ends(t, r, paid)
		})
	}
	t.Run("another refusal of the wallet is none of these", func(t *testing.T) {
		r := newRig(t)
		id := r.unpayable(t)
		r.clock.Advance(trip.StuckAfter + 2*time.Second)
		r.world.away["release hold"] = errs.E(errs.Conflict, "another", "")
		if got, err := r.WriteOff(t.Context(), trip.WriteOff{TripID: id}); err != nil || got.State != trip.Ending || r.world.held[id] == 0 {
			t.Errorf("got %+v, %v, held %v", got, err, r.world.held)
		}
		delete(r.world.away, "release hold")
		r.recover(t)
		if got := r.trip(t, id); got.State != trip.Finished || got.Fare.Total.Amount != 0 || r.world.held[id] != 0 {
			t.Errorf("got %+v, held %v", got, r.world.held)
		}
	})
}

// stuck holds what staff are told to be stuck against what has to be.
func (r *rig) stuck(t *testing.T, want ...string) {
	t.Helper()
	n, err := r.Stuck(t.Context())
	page, listed := r.StuckTrips(t.Context(), trip.Filter{Limit: 10})
	if err != nil || listed != nil || n != len(want) || len(page.Trips) != len(want) || len(want) > 0 && page.Trips[0].ID != want[0] {
		t.Errorf("stuck are %d, listed %+v (%v, %v); want %v", n, page.Trips, err, listed, want)
	}
}
