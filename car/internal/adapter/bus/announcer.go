// Package bus announces sightings on the event bus.
package bus

import (
	"context"
	"time"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/events"
)

// Encoder writes what is broadcast of a sighting.
type Encoder func(ctx context.Context, carID string, s car.Sighting, now time.Time) (events.Event, error)

// Announcer broadcasts. What fails is logged and lost.
type Announcer struct {
	bus    events.Bus
	encode Encoder
	clock  clock.Clock
	log    func(ctx context.Context, msg, carID string, err error)
}

var _ car.Announcer = (*Announcer)(nil)

// NewAnnouncer makes an announcer.
func NewAnnouncer(b events.Bus, encode Encoder, c clock.Clock, log func(ctx context.Context, msg, carID string, err error)) *Announcer {
	return &Announcer{bus: b, encode: encode, clock: c, log: log}
}

// Announce tells the other instances.
func (a *Announcer) Announce(ctx context.Context, spotted map[string]car.Sighting) {
	batch := make([]events.Event, 0, len(spotted))
	now := a.clock.Now()
	for carID, s := range spotted {
		e, err := a.encode(ctx, carID, s, now)
		if err != nil {
			a.log(ctx, "a sighting cannot be announced", carID, err)
			continue
		}
		batch = append(batch, e)
	}
	if err := a.bus.Broadcast(ctx, batch); err != nil {
		a.log(ctx, "sightings were not announced", "", err)
	}
}
