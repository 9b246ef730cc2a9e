package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/profile/internal/adapter/sqlite"
	"freecar/profile/internal/adaptertest"
	"freecar/profile/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLicences(t *testing.T) {
	adaptertest.Licences(t, func(t *testing.T) (adaptertest.Store, func() adaptertest.Store) {
		path := filepath.Join(t.TempDir(), "profile.db")
		open := func() adaptertest.Store {
			licences, err := sqlite.NewLicences(t.Context(), path, endpoint.Event)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := licences.Close(); err != nil {
					t.Error(err)
				}
			})
			return adaptertest.Store{Repository: licences, History: licences.Outbox().History}
		}
		return open(), open
	})
}
