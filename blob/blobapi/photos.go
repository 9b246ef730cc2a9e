package blobapi

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/photo"
)

// Photos is the photos of one purpose, as a service that has some uses them.
type Photos struct {
	peer    kitx.Peer
	purpose string
}

// NewPhotos calls the blob service through the peer.
func NewPhotos(peer kitx.Peer, purpose string) *Photos { return &Photos{peer: peer, purpose: purpose} }

// Create makes room for a photo of at most size bytes, which vanishes when its upload does
// not come. Errors: Invalid for a content_type or size that no such photo may have,
// Unavailable.
func (p *Photos) Create(ctx context.Context, owner, contentType string, size int64) (photo.Upload, error) {
	room, err := Create.Call(ctx, p.peer, CreateRequest{OwnerID: owner, Purpose: p.purpose, ContentType: contentType, Size: size})
	if err != nil {
		return photo.Upload{}, err
	}
	return room.ToPhotoUpload(), nil
}

// errNoPhoto is what a photo without bytes is to its service.
var errNoPhoto = errs.Missing("photo")

// Link is where an uploaded photo can be read for a while. Errors: NotFound, also before
// the upload; Unavailable.
func (p *Photos) Link(ctx context.Context, blobID string) (photo.Link, error) {
	link, err := GetURL.Call(ctx, p.peer, ObjectRequest{ID: blobID})
	switch {
	case err != nil:
		return photo.Link{}, err
	case link.State != StateStored:
		return photo.Link{}, errNoPhoto
	}
	return photo.Link{URL: link.URL, ExpiresAt: link.ExpiresAt.Time}, nil
}

// Delete removes a photo, if it is there. Errors: Unavailable.
func (p *Photos) Delete(ctx context.Context, blobID string) error {
	_, err := Delete.Call(ctx, p.peer, ObjectRequest{ID: blobID})
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// Uploads is the news that the bytes of a purpose's photos have come, for one consumer.
type Uploads struct{ Consumer, Purpose string }

var stored = []string{ObjectStored}

// Declare makes the bus keep what Consume will want.
func (u Uploads) Declare(ctx context.Context, bus events.Bus) error {
	return bus.Declare(ctx, u.Consumer, stored)
}

// Consume tells of each photo, at least once, until ctx ends; it acts for the owner.
func (u Uploads) Consume(ctx context.Context, bus events.Bus, tell func(ctx context.Context, owner, blobID string) error) error {
	return bus.Consume(ctx, u.Consumer, stored, func(ctx context.Context, e events.Event) error {
		var object Event
		if err := e.Decode(&object); err != nil {
			return err
		}
		if object.Purpose != u.Purpose {
			return nil
		}
		return tell(auth.OnBehalf(ctx, object.OwnerID), object.OwnerID, object.ID)
	})
}
