package profile

import (
	"context"
	"time"

	"freecar/internal/idem"
)

// Service is what the profile service offers.
type Service interface {
	// Submit sends or corrects the account's licence. Errors: Invalid.
	Submit(ctx context.Context, account string, f Form) (Licence, error)
	// Licence is the account's. Errors: NotFound until it was submitted.
	Licence(ctx context.Context, account string) (Licence, error)

	// AttachPhoto makes room for a photo in place of the one before and says where its
	// bytes go. Errors: Invalid, KeyReused, Unavailable.
	AttachPhoto(ctx context.Context, c AttachPhoto) (Attached, error)
	// Photo is where the account's photo can be read. Errors: NotFound until it is
	// uploaded, Unavailable.
	Photo(ctx context.Context, account string) (PhotoLink, error)
	// RemovePhoto takes the photo away. Errors: NotFound when there is none.
	RemovePhoto(ctx context.Context, account string) error
	// DropPhoto deletes a photo that the account's licence no longer has; one that it
	// has stays. It may come twice. Errors: Unavailable.
	DropPhoto(ctx context.Context, account, blobID string) error

	// Licences lists submitted licences, newest submission first. Errors: Invalid (cursor).
	Licences(ctx context.Context, f Filter) (Page, error)
	// Approve verifies a pending licence, for good measure also one that is verified.
	// Errors: NotFound, ErrNotPending, ErrPhotoMissing.
	Approve(ctx context.Context, account, by string) (Licence, error)
	// Reject refuses a pending licence, for good measure also one that is rejected.
	// Errors: NotFound, ErrNotPending.
	Reject(ctx context.Context, account, by, reason string) (Licence, error)

	// Check judges the account at this moment.
	Check(ctx context.Context, account string) (Verdict, error)
}

// AttachPhoto asks for room for a photo.
type AttachPhoto struct {
	Account     string
	ContentType string
	Size        int64 // bytes
	Key         idem.Key
}

// Attached is the answer, and whether it was given before.
type Attached struct {
	PhotoUpload
	Replayed bool
}

// Filter chooses one page of licences. An empty Status is all but Unsubmitted.
type Filter struct {
	Status Status
	Limit  int
	Cursor string
}

// Page is one page; an empty Next is the last.
type Page struct {
	Licences []Licence
	Next     string
}

// Repository keeps licences. It saves a licence's change as an event in the same write.
type Repository interface {
	// Licence finds the account's licence, unsubmitted ones too. Errors: NotFound.
	Licence(ctx context.Context, account string) (Licence, error)
	// Licences lists submitted licences by SubmittedAt and then account, both falling.
	// Errors: Invalid for a cursor that no page gave.
	Licences(ctx context.Context, f Filter) (Page, error)
	// Update changes a licence atomically and returns it as saved; change gets New for
	// an account without one, and may run more than once. An error of change is returned
	// as it is and nothing is saved; neither is a change that recorded nothing. The
	// change's answer is kept under its key. Errors: ErrDuplicateKey when that key has an
	// answer younger than idem.Keep.
	Update(ctx context.Context, account string, change func(*Licence) error) (Licence, error)
	// Answer finds what was kept under a key, whatever its hash: Answer.Key has the
	// recorded one. Errors: NotFound, also when it is older than idem.Keep at now.
	Answer(ctx context.Context, k idem.Key, now time.Time) (Answer, error)
}

// ErrDuplicateKey is the repository's word for an idempotency key that has an answer.
var ErrDuplicateKey = idem.ErrInProgress

// Photos keeps the bytes of photos. A photo whose upload never comes vanishes by itself.
type Photos interface {
	// Create makes room for a photo of at most size bytes. Errors: Invalid for a
	// content_type or size that no photo may have, Unavailable.
	Create(ctx context.Context, owner, contentType string, size int64) (PhotoUpload, error)
	// Link is where an uploaded photo can be read for a while. Errors: NotFound, also
	// before the upload; Unavailable.
	Link(ctx context.Context, blobID string) (PhotoLink, error)
	// Delete removes a photo, if it is there. Errors: Unavailable.
	Delete(ctx context.Context, blobID string) error
}

// PhotoUpload says how the bytes of a photo are sent.
type PhotoUpload struct {
	BlobID    string
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
}

// PhotoLink is an address that shows a photo for a while.
type PhotoLink struct {
	URL       string
	ExpiresAt time.Time
}
