package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"freecar/internal/events"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/adaptertest"
	"freecar/trip/internal/endpoint"
)

// file gives a way to open the same new file again and again.
func file(t *testing.T) func() *sqlite.Trips {
	path := filepath.Join(t.TempDir(), "trip.db")
	return func() *sqlite.Trips {
		trips, err := sqlite.NewTrips(t.Context(), path, endpoint.Event)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := trips.Close(); err != nil {
				t.Error(err)
			}
		})
		return trips
	}
}

func TestPlans(t *testing.T) {
	adaptertest.Plans(t, func(t *testing.T) (adaptertest.PlanStore, func() adaptertest.PlanStore) {
		trips := file(t)
		open := func() adaptertest.PlanStore {
			s := trips()
			return adaptertest.PlanStore{PlanStore: sqlite.NewPlans(s, endpoint.PlanEvent), History: func(ctx context.Context, id string) ([]events.Event, error) {
				return s.Outbox().History(ctx, "pricing-plan/"+id)
			}}
		}
		return open(), open
	})
}

func TestZones(t *testing.T) {
	adaptertest.Zones(t, func(t *testing.T) (adaptertest.ZoneStore, func() adaptertest.ZoneStore) {
		trips := file(t)
		open := func() adaptertest.ZoneStore {
			s := trips()
			return adaptertest.ZoneStore{ZoneStore: sqlite.NewZones(s, endpoint.ZonesEvent), History: func(ctx context.Context) ([]events.Event, error) {
				return s.Outbox().History(ctx, "zones")
			}}
		}
		return open(), open
	})
}

func TestPromotions(t *testing.T) {
	adaptertest.Promotions(t, func(t *testing.T) (adaptertest.PromotionStore, func() adaptertest.PromotionStore) {
		trips := file(t)
		open := func() adaptertest.PromotionStore {
			s := trips()
			return adaptertest.PromotionStore{PromotionStore: sqlite.NewPromotions(s, endpoint.PromotionEvent), History: s.Outbox().History}
		}
		return open(), open
	})
}

func TestRefunds(t *testing.T) {
	adaptertest.Refunds(t, func(t *testing.T) trip.Refunds { return sqlite.NewRefunds(file(t)()) })
}
