package adaptertest

import (
	"sync"
	"testing"

	"freecar/internal/money"
	"freecar/trip"
)

// Refunds is the contract of a store of refunds.
func Refunds(t *testing.T, open func(*testing.T) trip.Refunds) {
	expect := func(t *testing.T, s trip.Refunds, id string, want int64) {
		t.Helper()
		if got, err := s.Refunded(t.Context(), id); err != nil || got != money.Of(want) {
			t.Errorf("%s: got %v, %v; want %d", id, got, err, want)
		}
	}
	save := func(t *testing.T, s trip.Refunds, id string, total, version int64) {
		t.Helper()
		if err := s.Save(t.Context(), trip.Refund{TripID: id, Total: money.Of(total), Version: version}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("nothing was paid back of a trip that nobody heard of", func(t *testing.T) {
		expect(t, open(t), "a", 0)
	})
	t.Run("the latest news counts, late, twice and out of order", func(t *testing.T) {
		s := open(t)
		save(t, s, "a", 500, 4)
		save(t, s, "a", 200, 3)
		save(t, s, "a", 500, 4)
		save(t, s, "b", 100, 3)
		expect(t, s, "a", 500)
		expect(t, s, "b", 100)
		save(t, s, "a", 700, 5)
		expect(t, s, "a", 700)
	})
	t.Run("of many at once the latest stays", func(t *testing.T) {
		s := open(t)
		var wg sync.WaitGroup
		for v := range int64(32) {
			wg.Go(func() {
				if err := s.Save(t.Context(), trip.Refund{TripID: "a", Total: money.Of(100 * v), Version: v + 1}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		expect(t, s, "a", 3100)
	})
}
