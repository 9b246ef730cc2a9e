package endpoint

import (
	"context"

	"github.com/go-json-experiment/json"

	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
)

// Event writes what is published of a change.
func Event(ctx context.Context, o blob.Object, c blob.Change) (events.Event, error) {
	data, err := json.Marshal(blobapi.Event{
		ID: o.ID, OwnerID: o.Owner, Purpose: string(o.Purpose), ContentType: o.ContentType,
		Size: o.Size, State: string(o.State), Version: o.Version,
	})
	return events.Event{Type: events.Type(blobapi.Name, string(c.Kind)), Subject: o.ID, Version: o.Version,
		Time: c.At, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data}, err
}
