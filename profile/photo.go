package profile

import (
	"context"
	"errors"

	"freecar/internal/idem"
	"freecar/internal/photo"
)

// AttachPhoto makes room for a photo, also for a repetition whose own can get no bytes any
// more. A crash after the room was made leaves one that nobody knows of and that vanishes,
// since no upload comes.
func (r *Registry) AttachPhoto(ctx context.Context, c AttachPhoto) (Attached, error) {
	before, err := r.replay(ctx, c.Key)
	if err != nil {
		return Attached{}, err
	}
	if before.Replayed {
		if lost, err := r.lost(ctx, c.Account, before.Upload); err != nil || !lost {
			return before, err
		}
	}
	upload, err := r.photos.Create(ctx, c.Account, c.ContentType, c.Size)
	if err != nil {
		return Attached{}, err
	}
	now := r.clock.Now()
	_, err = r.licences.Update(ctx, c.Account, func(l *Licence) error {
		return l.RequestPhoto(Answer{Key: c.Key, Upload: upload, Replaces: before.BlobID}, now)
	})
	if errors.Is(err, ErrDuplicateKey) { // the same request, a moment earlier
		return r.replay(ctx, c.Key)
	}
	if err != nil {
		return Attached{}, err
	}
	return Attached{Upload: upload}, nil
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
	return Attached{Upload: a.Upload, Replayed: true}, nil
}

// lost says that the account waits for an upload whose time is over.
func (r *Registry) lost(ctx context.Context, account string, u photo.Upload) (bool, error) {
	if r.clock.Now().Before(u.ExpiresAt) {
		return false, nil
	}
	l, err := r.withArrived(ctx, account)
	return err == nil && l.Photo.Next == u.BlobID && !l.Photo.Arrived, err
}

// Photo is where the photo can be read.
func (r *Registry) Photo(ctx context.Context, account string) (photo.Link, error) {
	l, err := r.withArrived(ctx, account)
	if isMissing(err) || err == nil && l.Photo.Current == "" {
		return photo.Link{}, ErrNoPhoto
	}
	if err != nil {
		return photo.Link{}, err
	}
	link, err := r.photos.Link(ctx, l.Photo.Current)
	if isMissing(err) {
		return photo.Link{}, ErrNoPhoto
	}
	return link, err
}

// withArrived finds a licence, after a look whether the photo that it waits for is there:
// the news of it may be late.
func (r *Registry) withArrived(ctx context.Context, account string) (Licence, error) {
	l, err := r.licences.Licence(ctx, account)
	if err != nil || l.Photo.Next == "" || l.Photo.Arrived {
		return l, err
	}
	switch _, err := r.photos.Link(ctx, l.Photo.Next); {
	case isMissing(err):
		return l, nil
	case err != nil:
		return l, err
	}
	return r.photoArrived(ctx, account, l.Photo.Next)
}

func (r *Registry) photoArrived(ctx context.Context, account, blobID string) (Licence, error) {
	now := r.clock.Now()
	return r.licences.Update(ctx, account, func(l *Licence) error {
		l.PhotoArrived(blobID, now)
		return nil
	})
}

// PhotoStored says that the bytes of a photo have come.
func (r *Registry) PhotoStored(ctx context.Context, account, blobID string) error {
	_, err := r.photoArrived(ctx, account, blobID)
	return err
}

// RemovePhoto takes the photo away. Its bytes go when the event of it is handled.
func (r *Registry) RemovePhoto(ctx context.Context, account string) error {
	now := r.clock.Now()
	_, err := r.licences.Update(ctx, account, func(l *Licence) error { return l.RemovePhoto(now) })
	return err
}

// DropPhotos deletes photos that the licence no longer has.
func (r *Registry) DropPhotos(ctx context.Context, account string, blobIDs []string) error {
	l, err := r.licences.Licence(ctx, account)
	if err != nil && !isMissing(err) {
		return err
	}
	for _, id := range blobIDs {
		if l.Photo.Holds(id) {
			continue
		}
		if err := r.photos.Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Erase forgets a person; the photos go when the event of it is handled.
func (r *Registry) Erase(ctx context.Context, account string) error {
	now := r.clock.Now()
	if _, err := r.licences.Update(ctx, account, func(l *Licence) error { l.Erase(now); return nil }); err != nil {
		return err
	}
	return r.licences.ForgetAnswers(ctx, account)
}
