package trip_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"freecar/internal/geo"
	"freecar/trip"
)

// unread is a store that cannot be read.
type unread struct{ trip.Repository }

func (unread) Trip(context.Context, string) (trip.Trip, error) { return trip.Trip{}, errAway }

func (unread) Current(context.Context, string) (trip.Trip, error) { return trip.Trip{}, errAway }

func TestReservationsThatCannotBeRead(t *testing.T) {
	r := newRig(t)
	kept := r.reserve(t)
	s := r.over(unread{r.store})
	for name, err := range map[string]error{
		"current": second(s.CurrentReservation(t.Context(), "1")),
		"extend":  second(s.Extend(t.Context(), trip.ExtendReservation{Account: "1", ID: kept.ID})),
		"cancel":  s.CancelReservation(t.Context(), "1", kept.ID),
	} {
		if !errors.Is(err, errAway) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAdvance(t *testing.T) {
	t.Run("of a trip that is not there it is nothing", func(t *testing.T) { newRig(t).advance(t, "gone") })
	t.Run("a trip that drives asks nothing of its car", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.away["car"] = errAway
		r.advance(t, begun.ID)
	})
	t.Run("a paused trip does not follow the car of somebody else", func(t *testing.T) {
		r := newRig(t)
		begun := r.parked(t)
		r.world.claims["c"] = taken("c")
		r.world.car.Locked, r.world.car.Open, r.world.car.DroveOffAt = false, true, r.clock.Now()
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.Step != trip.Parked {
			t.Errorf("it is %s", got.Step)
		}
	})
	t.Run("a trip that begins meanwhile is not cancelled", func(t *testing.T) {
		r := newRig(t)
		begun := r.start(t)
		r.world.acknowledge(trip.CommandFailed)
		s := r.over(&meanwhile{r.store, func() {
			if err := r.Unlocked(t.Context(), begun.ID, r.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}})
		if err := s.Advance(t.Context(), begun.ID); err != nil {
			t.Fatal(err)
		}
		r.has(t, begun.ID, trip.ForTrip)
		if _, held := r.world.held[begun.ID]; !held {
			t.Error("its money was given back")
		}
	})
	t.Run("a fare is not taken before it is known", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.clock.Advance(10 * time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		s := r.over(&meanwhile{r.store, func() {
			if _, err := r.EndByStaff(t.Context(), trip.StaffEnd{TripID: begun.ID, Reason: "called us"}); err != nil {
				t.Fatal(err)
			}
		}})
		if err := s.Advance(t.Context(), begun.ID); err != nil {
			t.Fatal(err)
		}
		if fare, taken := r.world.captured[begun.ID]; taken {
			t.Errorf("%d were taken", fare)
		}
		r.has(t, begun.ID, trip.ForTrip)
	})
}

// TestManyZones: a refusal names a few of them.
func TestManyZones(t *testing.T) {
	for n, want := range map[int]string{
		3: "A trip can end here alone: Zone a, Zone b, Zone c.",
		4: "A trip can end here alone: Zone a, Zone b, Zone c and others.",
	} {
		o := newOffice(t)
		var outlines []trip.Outline
		for i := range n {
			outlines = append(outlines, single(string(rune('a'+i)), true, square(float64(i), 0, 0.1)))
		}
		if _, err := o.zoning.Replace(t.Context(), trip.ReplaceZones{Outlines: outlines}); err != nil {
			t.Fatal(err)
		}
		if reasons, err := o.zoning.EndRefusals(t.Context(), geo.Position{Latitude: 50}); err != nil || len(reasons) != 1 || reasons[0].Detail != want {
			t.Errorf("of %d: got %+v, %v", n, reasons, err)
		}
	}
}
