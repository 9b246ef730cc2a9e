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

// TestConsumeWhileBusy: a process that stands still in the middle of a write, for longer
// than a write waits, keeps consumers of others waiting and ends none.
func TestConsumeWhileBusy(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as a write waits")
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bus.db")
	bus, err := Open(t.Context(), path, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	standing, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	e := events.Event{Type: events.Type("car", "claimed"), Subject: "c", Version: 1, Time: time.Now(), Data: []byte("{}")}
	ctx, end := context.WithCancel(t.Context())
	ended, handled := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- bus.Consume(ctx, "trip", []string{e.Type}, func(context.Context, events.Event) error { close(handled); return nil })
	}()
	select {
	case err := <-ended:
		t.Fatalf("the consumer ended: %v", err)
	case <-time.After(11 * time.Second): // a write waits for 10 s
	}
	if err := standing.Rollback(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(30 * time.Second); ; {
		if err := bus.Publish(t.Context(), []events.Event{e}); err != nil { // nobody asked for it before it is declared
			t.Fatal(err)
		}
		select {
		case <-handled:
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case err := <-ended:
			t.Fatalf("the consumer ended: %v", err)
		case <-deadline:
			t.Fatal("the event is not handled")
		case <-time.After(20 * time.Millisecond): // between two tries
		}
	}
}
