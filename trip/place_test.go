package trip_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/money"
	"freecar/trip"
)

// TestEndInZones is about where trips may end, and what zones have no say in.
func TestEndInZones(t *testing.T) {
	outsideBerlin, inBerlin, museum := geo.Position{Latitude: 52.39, Longitude: 13.06}, geo.Position{Latitude: 52.51, Longitude: 13.45}, geo.Position{Latitude: 52.52, Longitude: 13.4}
	begun := func(t *testing.T) (*rig, trip.Trip) {
		t.Helper()
		r := newRig(t)
		if _, err := r.office.zoning.Replace(t.Context(), trip.ReplaceZones{Outlines: []trip.Outline{
			single("berlin", true, square(13.4, 52.52, 0.2)), single("museum", false, square(13.4, 52.52, 0.01))}}); err != nil {
			t.Fatal(err)
		}
		return r, r.drive(t)
	}
	codes := func(t *testing.T, err error) (list []string) {
		t.Helper()
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Code != "end_refused" {
			t.Fatalf("got %v", err)
		}
		for _, f := range e.Fields {
			list = append(list, f.Code)
		}
		return list
	}
	stand := func(r *rig, at geo.Position) {
		r.world.mu.Lock()
		defer r.world.mu.Unlock()
		r.world.car.Position, r.world.car.ReadAt = at, r.clock.Now()
	}
	t.Run("refused outside, with all reasons at once, and in a dry run, too", func(t *testing.T) {
		r, n := begun(t)
		stand(r, outsideBerlin)
		r.world.car.DoorsOpen = true
		want := []string{"doors_open", "outside_zone"}
		if _, err := r.End(t.Context(), "1", n.ID); !slices.Equal(codes(t, err), want) {
			t.Errorf("got %v", err)
		}
		reasons, err := r.MayEnd(t.Context(), "1", n.ID)
		if err != nil || len(reasons) != 2 || reasons[1].Code != "outside_zone" {
			t.Errorf("dry run: %+v, %v", reasons, err)
		}
		if got := r.trip(t, n.ID); got.State != trip.InProgress || got.End.Asked != 0 {
			t.Errorf("something changed: %+v", got)
		}
	})
	t.Run("a car that rolls on after its end", func(t *testing.T) {
		for name, tc := range map[string]struct {
			metres int64
			to     geo.Position
			want   trip.State
			reason string
		}{
			"where it cannot be left: paused": {50, outsideBerlin, trip.Paused, "outside_zone"},
			"where it can be left":            {900, inBerlin, trip.Finished, ""},
			"no further than brakes give":     {49, outsideBerlin, trip.Finished, ""},
		} {
			r, n := begun(t)
			stand(r, inBerlin)
			r.clock.Advance(10 * time.Minute)
			r.end(t, n.ID)
			r.clock.Advance(20 * time.Second)
			r.world.drive(1000+tc.metres, 0, r.clock.Now())
			stand(r, tc.to)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, n.ID)
			got := r.trip(t, n.ID)
			if got.State != tc.want || got.Reason != tc.reason || got.DistanceM != tc.metres {
				t.Fatalf("%s: %s, %q, %d m", name, got.State, got.Reason, got.DistanceM)
			}
			if tc.want == trip.Finished {
				continue
			}
			r.clock.Advance(time.Minute)
			if fare := r.fare(t, n.ID); fare != money.Of(100+11*29+9) { // ten minutes and twenty seconds, and one paused
				t.Errorf("%s: %v", name, fare)
			}
			if _, err := r.End(t.Context(), "1", n.ID); !slices.Equal(codes(t, err), []string{"outside_zone"}) {
				t.Errorf("%s: got %v", name, err)
			}
			r.resume(t, n.ID)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, n.ID)
			stand(r, inBerlin)
			r.end(t, n.ID)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, n.ID)
			if got := r.trip(t, n.ID); got.State != trip.Finished {
				t.Errorf("%s: back in the zone: %s", name, got.State)
			}
		}
	})
	t.Run("what staff end is left where it is", func(t *testing.T) {
		r, n := begun(t)
		stand(r, inBerlin)
		if _, err := r.EndByStaff(t.Context(), trip.StaffEnd{TripID: n.ID, Reason: "called us"}); err != nil {
			t.Fatal(err)
		}
		r.world.drive(2000, 0, r.clock.Now())
		stand(r, outsideBerlin)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, n.ID)
		if got := r.trip(t, n.ID); got.State != trip.Finished {
			t.Errorf("got %s, %q", got.State, got.Reason)
		}
	})
	t.Run("refused in a zone that forbids it, allowed beside it", func(t *testing.T) {
		r, n := begun(t)
		stand(r, museum)
		if _, err := r.End(t.Context(), "1", n.ID); !slices.Equal(codes(t, err), []string{"no_parking"}) {
			t.Errorf("got %v", err)
		}
		stand(r, inBerlin)
		if reasons, err := r.MayEnd(t.Context(), "1", n.ID); err != nil || len(reasons) != 0 {
			t.Errorf("dry run: %+v, %v", reasons, err)
		}
		r.end(t, n.ID)
	})
	t.Run("a pause may be anywhere, and its trip ends only inside", func(t *testing.T) {
		r, n := begun(t)
		stand(r, outsideBerlin)
		if _, err := r.Pause(t.Context(), "1", n.ID); err != nil {
			t.Fatal(err)
		}
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, n.ID)
		if _, err := r.End(t.Context(), "1", n.ID); !slices.Equal(codes(t, err), []string{"outside_zone"}) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("staff judge for themselves", func(t *testing.T) {
		r, n := begun(t)
		stand(r, outsideBerlin)
		if got, err := r.EndByStaff(t.Context(), trip.StaffEnd{TripID: n.ID, Reason: "broken down"}); err != nil || got.State != trip.Ending {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a trip that nobody ends does not go on for ever outside", func(t *testing.T) {
		r, n := begun(t)
		stand(r, outsideBerlin)
		r.clock.Advance(policy.TripAtMost)
		r.recover(t)
		if got := r.trip(t, n.ID); got.State != trip.Ending {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an end that was accepted is asked for again from anywhere", func(t *testing.T) {
		r, n := begun(t)
		stand(r, inBerlin)
		r.end(t, n.ID)
		stand(r, outsideBerlin)
		r.end(t, n.ID)
	})
	t.Run("what staff change holds for the next end", func(t *testing.T) {
		r, n := begun(t)
		stand(r, outsideBerlin)
		if _, err := r.office.zoning.Replace(t.Context(), trip.ReplaceZones{}); err != nil {
			t.Fatal(err)
		}
		r.end(t, n.ID)
	})
	t.Run("a car that never said where it is", func(t *testing.T) {
		r, n := begun(t)
		r.world.car.ReadAt = time.Time{}
		r.end(t, n.ID)
	})
}
