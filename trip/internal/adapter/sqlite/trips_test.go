package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/adaptertest"
	"freecar/trip/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTrips(t *testing.T) {
	adaptertest.Trips(t, func(t *testing.T) (adaptertest.Store, func() adaptertest.Store) {
		path := filepath.Join(t.TempDir(), "trip.db")
		open := func() adaptertest.Store {
			trips, err := sqlite.NewTrips(t.Context(), path, endpoint.Event)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := trips.Close(); err != nil {
					t.Error(err)
				}
			})
			return adaptertest.Store{Repository: trips, History: trips.Outbox().History}
		}
		return open(), open
	})
}
