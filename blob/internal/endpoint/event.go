package endpoint

import (
	"context"

	"github.com/go-json-experiment/json"
	zipkin "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/propagation/b3"

	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/internal/events"
)

// Event writes what is published of a change.
func Event(ctx context.Context, o blob.Object, c blob.Change) (events.Event, error) {
	data, err := json.Marshal(blobapi.Event{
		ID: o.ID, OwnerID: o.Owner, Purpose: string(o.Purpose), ContentType: o.ContentType,
		Size: o.Size, State: string(o.State), Version: o.Version,
	})
	return events.Event{Type: events.Type(blobapi.Name, string(c.Kind)), Subject: o.ID, Version: o.Version,
		Time: c.At, Trace: trace(ctx), Data: data}, err
}

// trace is the b3 header of the request behind a change.
func trace(ctx context.Context) string {
	if span := zipkin.SpanFromContext(ctx); span != nil {
		return b3.BuildSingleHeader(span.Context())
	}
	return ""
}
