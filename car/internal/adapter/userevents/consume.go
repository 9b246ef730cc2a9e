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

// Binder gives cars to devices and takes them back; see car.Service.
type Binder interface {
	Bind(ctx context.Context, deviceID string, carIDs []string, at time.Time) error
	Unbind(ctx context.Context, deviceID string) error
}

// deviceRevoked is the type of the event that ends what a device may do.
var deviceRevoked = events.Type(userapi.Name, "device_revoked")

var types = []string{userapi.DeviceRegistered, deviceRevoked}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus, consumer string) error {
	return bus.Declare(ctx, consumer, types)
}

// Consume binds the cars of devices as they are registered and unbinds them as they are
// revoked, until ctx ends.
func Consume(ctx context.Context, bus events.Bus, consumer string, b Binder) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, e events.Event) error {
		var d userapi.DeviceEvent
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		if d.DeviceID == "" {
			return fmt.Errorf("userevents: %s names no device", e.ID())
		}
		if e.Type == deviceRevoked {
			return b.Unbind(ctx, d.DeviceID)
		}
		return b.Bind(ctx, d.DeviceID, d.CarIDs, e.Time)
	})
}
