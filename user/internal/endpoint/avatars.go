package endpoint

import (
	"context"

	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// Avatars are the operations of riders' pictures.
type Avatars struct{ gallery user.Gallery }

// NewAvatars wraps the service.
func NewAvatars(g user.Gallery) Avatars { return Avatars{gallery: g} }

// Add makes room for a picture.
func (e Avatars) Add(ctx context.Context, r userapi.AddAvatarRequest) (wire.PhotoUpload, error) {
	upload, err := e.gallery.RequestAvatar(ctx, caller(ctx), r.ContentType, r.Size)
	return wire.FromPhotoUpload(upload), err
}

// Get is where the picture can be read.
func (e Avatars) Get(ctx context.Context, _ kitx.None) (wire.PhotoLink, error) {
	link, err := e.gallery.Avatar(ctx, caller(ctx))
	return wire.FromPhotoLink(link), err
}

// Delete takes the picture away.
func (e Avatars) Delete(ctx context.Context, _ kitx.None) (kitx.None, error) {
	return kitx.None{}, e.gallery.RemoveAvatar(ctx, caller(ctx))
}

// Avatar writes an avatar's event.
func (Events) Avatar(ctx context.Context, c user.AvatarChange, a user.Avatar) (events.Event, error) {
	return event(ctx, c.Event, AvatarSubject(a.AccountID), a.Version, c.At, userapi.AvatarEvent{
		AccountID: a.AccountID, BlobID: a.Photo.Current, NextBlobID: a.Photo.Next, DroppedBlobIDs: c.Dropped, Version: a.Version,
	})
}

// AvatarSubject tells an account's avatar from the account.
func AvatarSubject(accountID string) string { return "avatar-" + accountID }

// Dropped deletes the pictures that an account lost. It may have gone on since: only
// those that it still does not show are deleted.
func (e Avatars) Dropped(ctx context.Context, event events.Event) error {
	var data userapi.AvatarEvent
	if err := event.Decode(&data); err != nil {
		return err
	}
	if len(data.DroppedBlobIDs) == 0 {
		return nil
	}
	return e.gallery.DropAvatars(ctx, data.AccountID, data.DroppedBlobIDs)
}
