package sqlitebus

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/events"
)

const testMade = "freecar.test.made.v1"

// openWith opens the bus of a file, to be closed with the test.
func openWith(t *testing.T, path string, c clock.Clock) *Bus {
	t.Helper()
	b, err := Open(t.Context(), path, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// publishOne has a consumer with one event to handle.
func publishOne(t *testing.T, b *Bus, consumer string) {
	t.Helper()
	if err := b.Declare(t.Context(), consumer, []string{testMade}); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), []events.Event{{Type: testMade, Subject: "x", Version: 1, Time: time.Unix(0, 0), Data: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
}

// takeOne takes the one delivery that there is.
func takeOne(t *testing.T, b *Bus, consumer string) delivery {
	t.Helper()
	batch, err := b.take(t.Context(), consumer, 10)
	if err != nil || len(batch) != 1 {
		t.Fatalf("took %+v, %v", batch, err)
	}
	return batch[0]
}

// watched is a clock that tells when it has been looked at.
type watched struct {
	*clock.Manual
	looked chan struct{}
}

func (w watched) Now() time.Time {
	now := w.Manual.Now()
	select {
	case w.looked <- struct{}{}:
	default:
	}
	return now
}

// TestLeaseOfABusyFile: a lease begins when the file is free, however long that took. One
// that began before would be over as it is written, and another would handle the event, too.
func TestLeaseOfABusyFile(t *testing.T) {
	const consumer = "a"
	now := clock.NewManual(time.Unix(1_000_000, 0))
	path := filepath.Join(t.TempDir(), "bus.db")
	one, other := openWith(t, path, now), openWith(t, path, now)
	publishOne(t, one, consumer)
	looked := make(chan struct{}, 1)
	one.clock = watched{now, looked}

	file, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	standing, err := file.Begin()
	if err != nil {
		t.Fatal(err)
	}
	type taken struct {
		batch []delivery
		err   error
	}
	got := make(chan taken)
	go func() {
		batch, err := one.take(context.Background(), consumer, 10)
		got <- taken{batch, err}
	}()
	<-looked // it has seen that there is something, and waits for the file now
	now.Advance(lease + time.Second)
	if err := standing.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := <-got; got.err != nil || len(got.batch) != 1 {
		t.Fatalf("took %+v, %v", got.batch, got.err)
	}
	if batch, err := other.take(t.Context(), consumer, 10); err != nil || len(batch) != 0 {
		t.Errorf("what was just taken is another's as well: %+v, %v", batch, err)
	}
}

// TestATryThatLostItsLease ends while a later one of the same process is under way.
func TestATryThatLostItsLease(t *testing.T) {
	const consumer = "a"
	begin := func(t *testing.T) (b *Bus, now *clock.Manual, first, second delivery) {
		now = clock.NewManual(time.Unix(1_000_000, 0))
		b = openWith(t, filepath.Join(t.TempDir(), "bus.db"), now)
		publishOne(t, b, consumer)
		first = takeOne(t, b, consumer)
		now.Advance(lease)
		return b, now, first, takeOne(t, b, consumer)
	}
	t.Run("the later one is renewed", func(t *testing.T) {
		b, now, first, second := begin(t)
		mine := newHeld()
		mine.add(first)
		mine.add(second)
		mine.remove(first)
		for range 2 * int(lease/renewEvery) {
			if err := b.renew(t.Context(), consumer, mine); err != nil {
				t.Fatal(err)
			}
			now.Advance(renewEvery)
		}
		if batch, err := b.take(t.Context(), consumer, 10); err != nil || len(batch) != 0 {
			t.Errorf("what is being handled was given away: %+v, %v", batch, err)
		}
	})
	t.Run("what was not begun is not given back: it is the later one's", func(t *testing.T) {
		b, _, first, second := begin(t)
		stopped, stop := context.WithCancel(t.Context())
		stop()
		b.deliver(stopped, consumer, first, newHeld(), func(context.Context, events.Event) error {
			t.Error("it was handled after the stop")
			return nil
		})
		if batch, err := b.take(t.Context(), consumer, 10); err != nil || len(batch) != 0 {
			t.Errorf("what is being handled was given away: %+v, %v", batch, err)
		}
		b.deliver(stopped, consumer, second, newHeld(), nil)
		if again := takeOne(t, b, consumer); again.attempts != second.attempts {
			t.Errorf("a try that was not begun counts: %d after %d", again.attempts, second.attempts)
		}
	})
}
