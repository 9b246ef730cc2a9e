// Package userevents takes what the user service says of devices.
package userevents

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/events"
	"freecar/user/userapi"
)

// Binder gives cars to devices; see car.Service.
type Binder interface {
	Bind(ctx context.Context, deviceID string, carIDs []string, at time.Time) error
}

var types = []string{userapi.DeviceRegistered}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus, consumer string) error {
	return bus.Declare(ctx, consumer, types)
}

// Consume binds the cars of devices as they are registered, until ctx ends.
func Consume(ctx context.Context, bus events.Bus, consumer string, b Binder) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, e events.Event) error {
		var d userapi.DeviceEvent
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		if d.DeviceID == "" {
			return fmt.Errorf("userevents: %s names no device", e.ID())
		}
		return b.Bind(ctx, d.DeviceID, d.CarIDs, e.Time)
	})
}
