// Package refunds takes the user service's news of what finance paid back of trips.
package refunds

import (
	"context"

	"freecar/internal/events"
	"freecar/trip"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

const consumer = tripapi.Name + ".refunds"

var types = []string{events.Type(userapi.Name, "hold_refunded")}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus) error { return bus.Declare(ctx, consumer, types) }

// Consume hears the bus until ctx ends.
func Consume(ctx context.Context, bus events.Bus, refunds trip.Refunds) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, e events.Event) error {
		var hold userapi.HoldEvent
		if err := e.Decode(&hold); err != nil {
			return err
		}
		return refunds.Save(ctx, trip.Refund{TripID: hold.TripID, Total: hold.Refunded.ToMoney(), Version: hold.Version})
	})
}
