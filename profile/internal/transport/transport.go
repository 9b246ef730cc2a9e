// Package transport brings requests and events to the endpoints.
package transport

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/profile/internal/endpoint"
	"freecar/profile/profileapi"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints) {
	profileapi.GetLicence.Mount(s, e.GetLicence)
	profileapi.PutLicence.Mount(s, e.PutLicence)
	profileapi.AddPhoto.Mount(s, e.AddPhoto)
	profileapi.GetPhoto.Mount(s, e.GetPhoto)
	profileapi.DeletePhoto.Mount(s, e.DeletePhoto)
	profileapi.List.Mount(s, e.List)
	profileapi.Inspect.Mount(s, e.Inspect)
	profileapi.InspectPhoto.Mount(s, e.InspectPhoto)
	profileapi.Approve.Mount(s, e.Approve)
	profileapi.Reject.Mount(s, e.Reject)
	profileapi.GetPersonal.Mount(s, e.Personal)
	profileapi.Check.Mount(s, e.Check)
}

// consumer is the name under which this service gets its own events back.
const consumer = "profile.photos"

// types are the changes that may take photos away.
var types = []string{profileapi.Submitted, profileapi.PhotoRequested, profileapi.PhotoAttached, profileapi.PhotoRemoved, profileapi.Erased}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus) error { return bus.Declare(ctx, consumer, types) }

// Consume deletes dropped photos until ctx ends.
func Consume(ctx context.Context, bus events.Bus, e endpoint.Endpoints) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, event events.Event) error {
		return e.PhotosDropped(auth.OnBehalf(ctx, event.Subject), event)
	})
}
