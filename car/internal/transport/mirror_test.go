package transport_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-kit/log"

	"freecar/car"
	"freecar/car/internal/transport"
	"freecar/internal/events"
)

// feedBus has one feed, into which a test puts events.
type feedBus struct {
	events.Bus
	fed chan events.Event
}

func (b feedBus) Feed(ctx context.Context, types []string, ready, _ func(), handle func(events.Event)) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-b.fed:
			for _, t := range types {
				if t == e.Type {
					handle(e)
				}
			}
		}
	}
}

// loads tells of each loading since when it asked.
type loads chan time.Time

func (l loads) Learn(car.Car)                { panic("no car was in the feed") }
func (l loads) Spotted(string, car.Sighting) { panic("no car was in the feed") }
func (l loads) Load(_ context.Context, since time.Time) (time.Time, error) {
	l <- since
	return time.Unix(1, 0), nil
}

func TestAPurgeLoadsAllCarsAnew(t *testing.T) {
	bus, loaded := feedBus{fed: make(chan events.Event)}, make(loads, 9)
	m := transport.NewMirror(bus, loaded, log.NewNopLogger())
	m.PurgeOn("freecar.user.cache_purged.v1", func(e events.Event) bool { return e.Subject == "cars" })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	if since := <-loaded; !since.IsZero() {
		t.Errorf("first loaded since %v", since)
	}
	bus.fed <- events.Event{Type: "freecar.user.cache_purged.v1", Subject: "zones"}
	bus.fed <- events.Event{Type: "freecar.user.cache_purged.v1", Subject: "cars"}
	if since := <-loaded; !since.IsZero() {
		t.Errorf("loaded anew since %v, want all", since)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(loaded) != 0 {
		t.Error("a purge of something else loaded cars")
	}
}
