package trip_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/trip"
)

// seen is a store whose list of what is due was read before somebody else went on.
type seen struct {
	trip.Repository
	due []trip.Due
}

func (s *seen) Due(context.Context, time.Time, trip.Due, int) ([]trip.Due, error) {
	page := s.due
	s.due = nil
	return page, nil
}

// told are the rentals of which recovery says that they cannot go on.
func (r *rig) told(t *testing.T, trips trip.Repository) (list []string) {
	t.Helper()
	var mu sync.Mutex
	s := trip.NewRentals(trip.Config{Trips: trips, Cars: r.world, Licences: r.world, Wallet: wallet{r.world},
		Tariffs: r.office.pricing, Places: r.office.zoning, Promotions: promotions{r.world, r.office.campaigns},
		Clock: r.clock, IDs: ids.Random{}, Policy: policy, Log: func(_ context.Context, _, id string, _ error) {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, id)
		}})
	if err := s.Recover(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return list
}

func TestRecoveryThatCannotGoOn(t *testing.T) {
	t.Run("a trip that another instance has ended is left alone", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		r.world.away["car"] = errAway
		if list := r.told(t, &seen{r.store, []trip.Due{{ID: begun.ID}}}); len(list) != 0 {
			t.Errorf("told of %v", list)
		}
	})
	t.Run("a start that cannot be given up is told of", func(t *testing.T) {
		r := newRig(t)
		r.world.after["claim"] = errAway
		r.world.away["release car"] = errAway
		_, _ = r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})
		r.clock.Advance(trip.RequestAtMost + time.Second)
		if list := r.told(t, r.store); len(list) != 1 {
			t.Errorf("told of %v", list)
		}
		left := trip.NewTrip("left", "2", "d", idem.Key{}, r.clock.Now().Add(-time.Minute))
		if err := r.store.Create(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		if list := r.told(t, unsaved{r.store}); !slices.Contains(list, "left") {
			t.Errorf("told of %v", list)
		}
	})
	t.Run("a reservation that was extended meanwhile keeps its car", func(t *testing.T) {
		r := newRig(t)
		kept := r.reserve(t)
		inTime := r.clock.Now()
		r.clock.Advance(policy.ReservationFor)
		s := r.over(&meanwhile{r.store, func() {
			if _, err := r.store.Update(t.Context(), kept.ID, func(t *trip.Trip) error { return t.Extend(idem.Key{}, policy, inTime) }); err != nil {
				t.Fatal(err)
			}
		}})
		if err := s.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.has(t, kept.ID, trip.ForReservation)
	})
	t.Run("a car that the trip lost is not taken again for a pause", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.pause(t, begun.ID)
		delete(r.world.claims, "c")
		r.attention(t, 3*time.Second)
		if len(r.world.claims) != 0 {
			t.Errorf("claims %v", r.world.claims)
		}
	})
}
