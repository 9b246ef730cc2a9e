package user_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openStore(t *testing.T) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "user.db"), endpoint.Events{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
