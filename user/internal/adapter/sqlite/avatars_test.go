package sqlite_test

import (
	"path/filepath"
	"testing"

	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/adaptertest"
	"freecar/user/internal/endpoint"
)

func TestAvatars(t *testing.T) {
	adaptertest.Avatars(t, func(t *testing.T) (user.Avatars, func() user.Avatars) {
		path := filepath.Join(t.TempDir(), "user.db")
		again := func() user.Avatars {
			store, err := sqlite.Open(t.Context(), path, endpoint.Events{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
			return sqlite.Avatars{Store: store, Encode: endpoint.Events{}.Avatar}
		}
		return again(), again
	})
}
