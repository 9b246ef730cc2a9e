package sqlitebus_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/obs"
)

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

// TestFailuresAreTold is what the person on call reads of an event that nobody can handle:
// each try, and that it was the last.
func TestFailuresAreTold(t *testing.T) {
	now := clock.NewManual(time.Unix(0, 0))
	bus := open(t, filepath.Join(t.TempDir(), "bus.db"), now)
	told := &journal{}
	logger, err := obs.NewLogger(told, "info")
	if err != nil {
		t.Fatal(err)
	}
	bus.LogTo(logger)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const made = "freecar.test.made.v1"
	if err := bus.Declare(ctx, "audit", []string{made}); err != nil {
		t.Fatal(err)
	}
	if err := bus.Publish(ctx, []events.Event{{Type: made, Subject: "7", Version: 1, Time: time.Unix(0, 0), Data: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		ended <- bus.Consume(ctx, "audit", []string{made}, func(_ context.Context, e events.Event) error {
			if e.Subject == "woken" {
				return nil
			}
			return errors.New("no room")
		})
	}()
	for tries := 1; told.count("dead letter") == 0; tries++ { // the longest wait passes when a try has ended
		for told.count("no room") < tries {
			time.Sleep(time.Millisecond)
		}
		now.Advance(time.Minute)
		woken := events.Event{Type: made, Subject: "woken", Version: int64(tries), Time: time.Unix(0, 0), Data: []byte("{}")}
		if err := bus.Publish(ctx, []events.Event{woken}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	again, last := told.count(`"msg":"an event was not handled and comes again","consumer":"audit","type":"freecar.test.made.v1","event":"test/7@1"`), told.count(`"level":"error"`)
	if again != 19 || last != 1 || told.count("no room") != 20 {
		t.Errorf("%d tries and %d ends are in %s", again, last, told.text.String())
	}
}
