package profile

import (
	"context"
	"errors"

	"freecar/internal/idem"
)

// AttachPhoto makes room for a photo. A crash after the room was made leaves one that
// nobody knows of and that vanishes, since no upload comes.
func (r *Registry) AttachPhoto(ctx context.Context, c AttachPhoto) (Attached, error) {
	if before, err := r.replay(ctx, c.Key); err != nil || before.Replayed {
		return before, err
	}
	upload, err := r.photos.Create(ctx, c.Account, c.ContentType, c.Size)
	if err != nil {
		return Attached{}, err
	}
	now := r.clock.Now()
	_, err = r.licences.Update(ctx, c.Account, func(l *Licence) error {
		l.AttachPhoto(Answer{Key: c.Key, Upload: upload}, now)
		return nil
	})
	if errors.Is(err, ErrDuplicateKey) { // the same request, a moment earlier
		return r.replay(ctx, c.Key)
	}
	if err != nil {
		return Attached{}, err
	}
	return Attached{PhotoUpload: upload}, nil
}

// replay answers a key that was seen before; a zero Attached is a new one.
func (r *Registry) replay(ctx context.Context, k idem.Key) (Attached, error) {
	if k.IsZero() {
		return Attached{}, nil
	}
	a, err := r.licences.Answer(ctx, k, r.clock.Now())
	if isMissing(err) {
		return Attached{}, nil
	}
	if err == nil {
		err = k.Check(a.Key.BodyHash)
	}
	if err != nil {
		return Attached{}, err
	}
	return Attached{PhotoUpload: a.Upload, Replayed: true}, nil
}

// Photo is where the photo can be read.
func (r *Registry) Photo(ctx context.Context, account string) (PhotoLink, error) {
	l, err := r.licences.Licence(ctx, account)
	if isMissing(err) || err == nil && l.PhotoID == "" {
		return PhotoLink{}, ErrNoPhoto
	}
	if err != nil {
		return PhotoLink{}, err
	}
	link, err := r.photos.Link(ctx, l.PhotoID)
	if isMissing(err) {
		return PhotoLink{}, ErrNoPhoto
	}
	return link, err
}

// RemovePhoto takes the photo away. Its bytes go when the event of it is handled.
func (r *Registry) RemovePhoto(ctx context.Context, account string) error {
	now := r.clock.Now()
	_, err := r.licences.Update(ctx, account, func(l *Licence) error { return l.RemovePhoto(now) })
	return err
}

// DropPhoto deletes a photo that the licence no longer has.
func (r *Registry) DropPhoto(ctx context.Context, account, blobID string) error {
	l, err := r.licences.Licence(ctx, account)
	if err != nil && !isMissing(err) {
		return err
	}
	if l.PhotoID == blobID {
		return nil
	}
	return r.photos.Delete(ctx, blobID)
}
