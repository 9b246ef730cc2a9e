package sqlitebus

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/clock"
	"freecar/internal/events"
)

// TestWhatIsToldIsSo: the log says of an event what the file says of it.
func TestWhatIsToldIsSo(t *testing.T) {
	const consumer = "a"
	fails := func(context.Context, events.Event) error { return errors.New("no room") }
	begin := func(t *testing.T) (*Bus, delivery, *strings.Builder) {
		told := &strings.Builder{}
		b := openWith(t, filepath.Join(t.TempDir(), "bus.db"), clock.NewManual(time.Unix(1_000_000, 0)))
		b.LogTo(log.NewLogfmtLogger(told))
		publishOne(t, b, consumer)
		return b, takeOne(t, b, consumer), told
	}
	told := func(t *testing.T, got *strings.Builder, want string) {
		t.Helper()
		if strings.Count(got.String(), "\n") != 1 || !strings.Contains(got.String(), want) {
			t.Errorf("told was %q", got)
		}
	}
	t.Run("a last try that lost its lease gives nothing up", func(t *testing.T) {
		b, d, got := begin(t)
		d.attempts = attempts // the file knows of another one
		b.deliver(t.Context(), consumer, d, newHeld(), fails)
		told(t, got, "comes again")
		if page, err := b.DeadLetters().List(t.Context(), events.DeadLetterFilter{Limit: 1}); err != nil || len(page.Letters) != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	for what, handle := range map[string]events.Handler{"well": func(context.Context, events.Event) error { return nil }, "badly": fails} {
		t.Run("what ended "+what+" and cannot be recorded comes again", func(t *testing.T) {
			b, d, got := begin(t)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			d.attempts = attempts
			b.deliver(t.Context(), consumer, d, newHeld(), handle)
			told(t, got, "could not be recorded; it comes again")
		})
	}
	t.Run("what is given up at a stop is told", func(t *testing.T) {
		b, d, got := begin(t)
		for ; d.attempts < attempts; d = takeOne(t, b, consumer) {
			b.clock.(*clock.Manual).Advance(lease)
		}
		stopping, stop := context.WithCancel(t.Context())
		b.deliver(stopping, consumer, d, newHeld(), func(ctx context.Context, _ events.Event) error { stop(); return ctx.Err() })
		told(t, got, "it is a dead letter")
	})
}
