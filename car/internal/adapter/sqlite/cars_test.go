package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/car/internal/adapter/sqlite"
	"freecar/car/internal/adaptertest"
	"freecar/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRepository(t *testing.T) {
	adaptertest.Repository(t, func(t *testing.T, c clock.Clock) (adaptertest.Store, func() adaptertest.Store) {
		path := filepath.Join(t.TempDir(), "car.db")
		open := func() adaptertest.Store {
			cars, err := sqlite.NewCars(t.Context(), path, adaptertest.Encode, c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := cars.Close(); err != nil {
					t.Error(err)
				}
			})
			return adaptertest.Store{Repository: cars, History: cars.Outbox().History}
		}
		return open(), open
	})
}
