package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/endpoint"
)

// BenchmarkTrip is what one trip costs the ledger: a hold and its capture, with their
// events, under 64 riders at once.
func BenchmarkTrip(b *testing.B) {
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "user.db"), endpoint.Events{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	holds, newID, now := sqlite.Holds{Store: store}, ids.Random{}.New, time.UnixMilli(1_900_000_000_000).UTC()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		account := ids.NewAccount()
		for pb.Next() {
			trip := newID()
			_, err := holds.Place(b.Context(), trip, account, func(w user.Wallet) (user.Hold, user.Change, error) {
				w.Available = money.Of(10_000) // as if it were topped up
				return user.NewHold(newID, trip, w, money.Of(2000), now)
			})
			if err != nil {
				b.Error(err)
			}
			if _, err := holds.Update(b.Context(), trip, func(h *user.Hold) (user.Change, error) {
				return h.Capture(newID, money.Of(700), now)
			}); err != nil {
				b.Error(err)
			}
		}
	})
}
