package sqlitebus

import (
	"path/filepath"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/events"
)

// TestLeases: who lives keeps what it handles however long that takes, and who is killed
// loses it within a lease.
func TestLeases(t *testing.T) {
	const consumer, made = "a", "freecar.test.made.v1"
	now := clock.NewManual(time.Unix(1_000_000, 0))
	path := filepath.Join(t.TempDir(), "bus.db")
	open := func() *Bus {
		b, err := Open(t.Context(), path, now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one, other := open(), open()
	must(one.Declare(t.Context(), consumer, []string{made}))
	must(one.Publish(t.Context(), []events.Event{{Type: made, Subject: "x", Version: 1, Data: []byte("{}")}}))
	take := func(b *Bus) []delivery {
		t.Helper()
		batch, err := b.take(t.Context(), consumer, 10)
		must(err)
		return batch
	}
	batch := take(one)
	if len(batch) != 1 {
		t.Fatalf("got %d deliveries", len(batch))
	}
	mine := newHeld()
	mine.add(batch[0])
	for range 3 * int(lease/renewEvery) {
		must(one.renew(t.Context(), consumer, mine))
		now.Advance(renewEvery)
		if got := take(other); len(got) != 0 {
			t.Fatal("what is being handled was given to another")
		}
	}
	t.Run("what is not held any more is not renewed: the record of its try stands", func(t *testing.T) {
		mine.remove(batch[0])
		mine.add(delivery{seq: 4711, attempts: 1}) // and something else is
		must(one.renew(t.Context(), consumer, mine))
		must(one.renew(t.Context(), consumer, mine))
	})
	now.Advance(lease)
	if got := take(other); len(got) != 1 || got[0].attempts != 2 {
		t.Errorf("after a lease without renewal the other got %+v", got)
	}
}
