package user

import (
	"context"
	"errors"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/photo"
)

// Gallery is what the service offers about avatars.
type Gallery interface {
	// RequestAvatar makes room for a picture and says where its bytes go; the one before
	// stays until they have come. A call without an answer leaves room that vanishes.
	// Errors: Invalid, Unavailable.
	RequestAvatar(ctx context.Context, accountID, contentType string, size int64) (photo.Upload, error)
	// Avatar is where the account's picture can be read. Errors: ErrNoAvatar, Unavailable.
	Avatar(ctx context.Context, accountID string) (photo.Link, error)
	// RemoveAvatar takes it away. Errors: ErrNoAvatar.
	RemoveAvatar(ctx context.Context, accountID string) error
	// AvatarStored says that the bytes of a picture have come. It may come twice, or late,
	// also when the account is erased.
	AvatarStored(ctx context.Context, accountID, blobID string) error
	// DropAvatars deletes pictures that the account no longer shows; those that it shows
	// stay. It may come twice. Errors: Unavailable.
	DropAvatars(ctx context.Context, accountID string, blobIDs []string) error
}

// Avatars keeps avatars. It saves each change as an event in the same write.
type Avatars interface {
	// Avatar finds an account's; the zero Photo and Version 0 when there never was one.
	Avatar(ctx context.Context, accountID string) (Avatar, error)
	// Update changes an avatar, or a new one, and returns it as saved. change may run more
	// than once; its error saves nothing and is returned as it is, and so does no change.
	// Errors: Conflict account_erased.
	Update(ctx context.Context, accountID string, change func(*Avatar) (AvatarChange, error)) (Avatar, error)
}

// Pictures keeps the bytes of avatars. One whose upload never comes vanishes by itself.
type Pictures interface {
	// Create makes room for a picture of at most size bytes. Errors: Invalid for a
	// content_type or size that no avatar may have, Unavailable.
	Create(ctx context.Context, owner, contentType string, size int64) (photo.Upload, error)
	// Link is where an uploaded picture can be read for a while. Errors: NotFound, also
	// before the upload; Unavailable.
	Link(ctx context.Context, blobID string) (photo.Link, error)
	// Delete removes a picture, if it is there. Errors: Unavailable.
	Delete(ctx context.Context, blobID string) error
}

type gallery struct {
	avatars  Avatars
	pictures Pictures
	clock    clock.Clock
}

// NewGallery makes the service.
func NewGallery(a Avatars, p Pictures, c clock.Clock) Gallery {
	return &gallery{avatars: a, pictures: p, clock: c}
}

func (g *gallery) RequestAvatar(ctx context.Context, accountID, contentType string, size int64) (photo.Upload, error) {
	upload, err := g.pictures.Create(ctx, accountID, contentType, size)
	if err != nil {
		return photo.Upload{}, err
	}
	now := g.clock.Now()
	_, err = g.avatars.Update(ctx, accountID, func(a *Avatar) (AvatarChange, error) { return a.Request(upload.BlobID, now), nil })
	return upload, err
}

// Avatar looks whether the picture that is waited for is there: the news of it may be
// late.
func (g *gallery) Avatar(ctx context.Context, accountID string) (photo.Link, error) {
	a, err := g.avatars.Avatar(ctx, accountID)
	if err != nil {
		return photo.Link{}, err
	}
	if a.Photo.Next != "" {
		link, err := g.pictures.Link(ctx, a.Photo.Next)
		if err == nil {
			return link, g.AvatarStored(ctx, accountID, a.Photo.Next)
		}
		if errs.KindOf(err) != errs.NotFound {
			return photo.Link{}, err
		}
	}
	if a.Photo.Current == "" {
		return photo.Link{}, ErrNoAvatar
	}
	link, err := g.pictures.Link(ctx, a.Photo.Current)
	if errs.KindOf(err) == errs.NotFound {
		err = ErrNoAvatar
	}
	return link, err
}

func (g *gallery) RemoveAvatar(ctx context.Context, accountID string) error {
	now := g.clock.Now()
	_, err := g.avatars.Update(ctx, accountID, func(a *Avatar) (AvatarChange, error) {
		c := a.Remove(now)
		if c.IsZero() {
			return c, ErrNoAvatar
		}
		return c, nil
	})
	return err
}

func (g *gallery) AvatarStored(ctx context.Context, accountID, blobID string) error {
	now := g.clock.Now()
	_, err := g.avatars.Update(ctx, accountID, func(a *Avatar) (AvatarChange, error) { return a.Arrive(blobID, now), nil })
	if errors.Is(err, ErrAccountErased) {
		return nil // nobody waits for it any more; the blob service forgets it by itself
	}
	return err
}

func (g *gallery) DropAvatars(ctx context.Context, accountID string, blobIDs []string) error {
	a, err := g.avatars.Avatar(ctx, accountID)
	if err != nil {
		return err
	}
	for _, id := range blobIDs {
		if a.Photo.Holds(id) {
			continue
		}
		if err := g.pictures.Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
