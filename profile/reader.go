package profile

import (
	"context"
	"errors"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// Reader reads photos of licences. Where there is none, a person looks at them.
type Reader interface {
	// Name is the reader's, where a decision is said to be its.
	Name() string
	// Read says what the photo of a licence says. Errors: ErrUnreadable when it finds no
	// licence or takes no such picture, which asking again does not change; anything else
	// may be asked again: Unavailable, Timeout.
	Read(ctx context.Context, p Picture) (Text, error)
}

// Picture is the bytes of a photo.
type Picture struct {
	ContentType string
	Bytes       []byte
}

// ErrUnreadable says that a reader can make nothing of a photo.
var ErrUnreadable = errs.E(errs.UnsupportedMedia, "photo_unreadable", "No licence can be read on this photo.")

// Waiting is a licence whose photo waits to be read.
type Waiting struct {
	Account, PhotoID string
	Attempts         int // this one included
}

const (
	readBatch     = 10
	readAttempts  = 8 // over two hours
	readPause     = time.Minute
	readPauseMost = time.Hour
)

// readAgain is how long after an attempt the next one comes: longer than an attempt can
// take, since another instance then believes that the first has died.
func readAgain(attempts int) time.Duration {
	return min(readPause<<min(attempts-1, 10), readPauseMost)
}

// ReadPhotos reads what waits and is due. What fails is tried again later, and after some
// attempts left to a person. Several may run. Errors: those of the repository.
func (r *Registry) ReadPhotos(ctx context.Context) error {
	if r.reader == nil {
		return nil
	}
	for {
		waiting, err := r.licences.ClaimUnread(ctx, r.clock.Now(), readAgain, readBatch)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			if err := r.readOne(auth.OnBehalf(ctx, w.Account), w); err != nil {
				return err
			}
		}
		if len(waiting) < readBatch || ctx.Err() != nil {
			return nil
		}
	}
}

func (r *Registry) readOne(ctx context.Context, w Waiting) error {
	reading := Reading{PhotoID: w.PhotoID, By: r.reader.Name(), Outcome: OutcomeRead}
	text, err := r.readPhoto(ctx, w.PhotoID)
	switch {
	case err == nil:
		reading.Read = text
	case errors.Is(err, ErrUnreadable), isMissing(err):
		reading.Outcome = OutcomeUnreadable
	case ctx.Err() != nil || w.Attempts < readAttempts:
		r.log(ctx, "a licence photo is read later", w.Account, err)
		return nil
	default:
		r.log(ctx, "a licence photo is left to a person", w.Account, err)
		reading.Outcome = OutcomeGaveUp
	}
	return r.takeReading(ctx, w.Account, reading)
}

func (r *Registry) readPhoto(ctx context.Context, blobID string) (Text, error) {
	picture, err := r.photos.Bytes(ctx, blobID)
	if err != nil {
		return Text{}, err
	}
	return r.reader.Read(ctx, picture)
}

// takeReading saves a reading. A licence that another account is verified with is never
// approved by the reader.
func (r *Registry) takeReading(ctx context.Context, account string, reading Reading) error {
	now := r.clock.Now()
	reading.At = now
	take := func(approve bool) error {
		_, err := r.licences.Update(ctx, account, func(l *Licence) error {
			l.TakeReading(reading, r.policy, approve, now)
			return nil
		})
		return err
	}
	err := take(r.policy.ApproveMatching)
	if errors.Is(err, ErrNumberTaken) {
		return take(false)
	}
	return err
}
