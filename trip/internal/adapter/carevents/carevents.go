// Package carevents takes the car service's events: what became of a trip's commands, and
// that a paused car drives.
package carevents

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car/carapi"
	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/trip"
)

// Trips is told which trip may go on.
type Trips interface {
	Advance(ctx context.Context, tripID string) error
	Unlocked(ctx context.Context, tripID string, at time.Time) error
}

var types = []string{
	events.Type(carapi.Name, carapi.EventUnlocked),
	events.Type(carapi.Name, carapi.EventLocked),
	events.Type(carapi.Name, carapi.EventCommandFailed),
	events.Type(carapi.Name, carapi.EventDroveOff),
}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus, consumer string) error {
	return bus.Declare(ctx, consumer, types)
}

// Consume hears the bus until ctx ends.
func Consume(ctx context.Context, bus events.Bus, consumer string, trips Trips) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, e events.Event) error {
		var car carapi.CarEvent
		if err := json.Unmarshal(e.Data, &car); err != nil {
			return err
		}
		if car.Claim == nil || car.Claim.Kind != "trip" {
			return nil
		}
		if at, begins := began(car); begins {
			return trips.Unlocked(ctx, car.Claim.ID, at)
		}
		return trips.Advance(auth.OnBehalf(ctx, car.Claim.AccountID), car.Claim.ID)
	})
}

// began says that the event is about the unlock of its trip's start, which the car did, and
// when.
func began(car carapi.CarEvent) (at time.Time, begins bool) {
	c := car.Command
	if c == nil || c.ClaimID != car.Claim.ID || c.Step != string(trip.Unlocking) || c.State != "done" || c.SettledAt == nil {
		return time.Time{}, false
	}
	return c.SettledAt.Time, true
}
