package sqlitebus_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
	bustest.DeadLetters(t, func(t *testing.T) (events.Bus, events.DeadLetters) {
		bus := open(t, filepath.Join(t.TempDir(), "bus.db"), stepping{clock.NewManual(time.Unix(0, 0))})
		return bus, bus.DeadLetters()
	})
}

func TestAnEventIsTriedOftenBeforeItIsDead(t *testing.T) {
	bus := open(t, filepath.Join(t.TempDir(), "bus.db"), stepping{clock.NewManual(time.Unix(0, 0))})
	ctx, cancel := context.WithCancel(t.Context())
	if err := bus.Declare(ctx, "a", []string{"freecar.test.made.v1"}); err != nil {
		t.Fatal(err)
	}
	if err := bus.Publish(ctx, []events.Event{{Type: "freecar.test.made.v1", Subject: "x", Version: 1, Data: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- bus.Consume(ctx, "a", []string{"freecar.test.made.v1"}, func(context.Context, events.Event) error {
			return errors.New("never " + strings.Repeat("é", 500))
		})
	}()
	var page events.DeadLetterPage
	for len(page.Letters) == 0 {
		runtime.Gosched()
		var err error
		if page, err = bus.DeadLetters().List(ctx, events.DeadLetterFilter{Limit: 1}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if d := page.Letters[0]; d.Attempts < 20 || len(d.Error) > 500 || !utf8.ValidString(d.Error) || !strings.HasPrefix(d.Error, "never é") {
		t.Errorf("got %+v", d)
	}
}
