package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/blob/internal/adapter/sqlite"
	"freecar/blob/internal/adaptertest"
	"freecar/blob/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestObjects(t *testing.T) {
	adaptertest.Objects(t, func(t *testing.T) (adaptertest.Rows, func() adaptertest.Rows) {
		path := filepath.Join(t.TempDir(), "blob.db")
		open := func() adaptertest.Rows {
			objects, err := sqlite.NewObjects(t.Context(), path, endpoint.Event)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := objects.Close(); err != nil {
					t.Error(err)
				}
			})
			return adaptertest.Rows{Repository: objects, History: objects.Outbox().History}
		}
		return open(), open
	})
}
