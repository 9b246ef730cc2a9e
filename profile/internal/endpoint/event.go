package endpoint

import (
	"context"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
	"freecar/profile"
	"freecar/profile/profileapi"
)

// Event writes what is published of a change.
func Event(ctx context.Context, l profile.Licence, c profile.Change) (events.Event, error) {
	data, err := json.Marshal(profileapi.Event{
		AccountID: l.Account, Status: string(l.Status), PhotoBlobID: l.Photo.Current,
		NextBlobID: l.Photo.Next, DroppedBlobIDs: c.DroppedPhotos,
		DecidedBy: l.DecidedBy, Version: l.Version,
	})
	return events.Event{Type: events.Type(profileapi.Name, string(c.Kind)), Subject: l.Account, Version: l.Version,
		Time: c.At, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data}, err
}

// PhotosDropped deletes the photos that a licence lost. The licence may have gone on
// since: only those that it still does not have are deleted.
func (e Endpoints) PhotosDropped(ctx context.Context, event events.Event) error {
	var data profileapi.Event
	if err := event.Decode(&data); err != nil {
		return err
	}
	if len(data.DroppedBlobIDs) == 0 {
		return nil
	}
	return e.service.DropPhotos(ctx, data.AccountID, data.DroppedBlobIDs)
}
