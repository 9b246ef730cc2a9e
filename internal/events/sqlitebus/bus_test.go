package sqlitebus_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/events/bustest"
	"freecar/internal/events/sqlitebus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string, c clock.Clock) *sqlitebus.Bus {
	t.Helper()
	bus, err := sqlitebus.Open(t.Context(), path, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	return bus
}

func TestContract(t *testing.T) {
	bustest.Run(t, func(t *testing.T) (events.Bus, func() events.Bus) {
		path := filepath.Join(t.TempDir(), "bus.db")
		return open(t, path, clock.System{}), func() events.Bus { return open(t, path, clock.System{}) }
	})
}

// stepping is a clock that runs an hour at each look: every wait is over at once.
type stepping struct{ *clock.Manual }

func (s stepping) Now() time.Time { s.Advance(time.Hour); return s.Manual.Now() }

func TestDeadLetters(t *testing.T) {
	bus := open(t, filepath.Join(t.TempDir(), "bus.db"), stepping{clock.NewManual(time.Unix(0, 0))})
	ctx, cancel := context.WithCancel(t.Context())
	var tries atomic.Int64
	done := make(chan error, 1)
	go func() {
		done <- bus.Consume(ctx, "a", []string{"freecar.test.made.v1"}, func(context.Context, events.Event) error {
			tries.Add(1)
			return errors.New("never")
		})
	}()
	for version := int64(1); tries.Load() == 0; version++ { // until the consumer is known
		if err := bus.Publish(ctx, []events.Event{{Type: "freecar.test.made.v1", Subject: "x", Version: version, Data: []byte("{}")}}); err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	for n := 0; n == 0; {
		var err error
		if n, err = bus.DeadLetters(ctx, "a"); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := tries.Load(); n < 20 {
		t.Errorf("given up after %d tries, want at least 20", n)
	}
}
