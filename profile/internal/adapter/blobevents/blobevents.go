// Package blobevents takes the blob service's events: that a photo has come.
package blobevents

import (
	"context"

	"github.com/go-json-experiment/json"

	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/events"
)

// Licences is told that the bytes of a photo are there.
type Licences interface {
	PhotoStored(ctx context.Context, account, blobID string) error
}

// consumer is the name under which this service hears of photos.
const consumer = "profile.uploads"

var types = []string{blobapi.ObjectStored}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus) error { return bus.Declare(ctx, consumer, types) }

// Consume hears the bus until ctx ends.
func Consume(ctx context.Context, bus events.Bus, licences Licences) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, e events.Event) error {
		var object blobapi.Event
		if err := json.Unmarshal(e.Data, &object); err != nil {
			return err
		}
		if object.Purpose != blobapi.LicencePhoto {
			return nil
		}
		return licences.PhotoStored(auth.OnBehalf(ctx, object.OwnerID), object.OwnerID, object.ID)
	})
}
