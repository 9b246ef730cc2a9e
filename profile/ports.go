package profile

import (
	"context"
	"time"

	"freecar/internal/idem"
	"freecar/internal/photo"
)

// Service is what the profile service offers.
type Service interface {
	// Submit sends or corrects the account's licence. Errors: Invalid, ErrErased.
	Submit(ctx context.Context, account string, f Form) (View, error)
	// Licence is the account's. Errors: NotFound until it was submitted.
	Licence(ctx context.Context, account string) (View, error)

	// AttachPhoto makes room for a photo and says where its bytes go; the one before
	// stays until they have come, and while it is what the licence was verified with. A key
	// whose upload did not come in time gets room once more.
	// Errors: Invalid, KeyReused, ErrErased, Unavailable.
	AttachPhoto(ctx context.Context, c AttachPhoto) (Attached, error)
	// Photo is where the account's photo can be read. Errors: NotFound until it is
	// uploaded, Unavailable.
	Photo(ctx context.Context, account string) (photo.Link, error)
	// PhotoStored says that the bytes of a photo have come. It may come twice, or late.
	PhotoStored(ctx context.Context, account, blobID string) error
	// RemovePhoto takes the photo away. Errors: NotFound when there is none,
	// ErrPhotoInUse while the licence is verified with it.
	RemovePhoto(ctx context.Context, account string) error
	// DropPhotos deletes photos that the account's licence no longer has; those that it
	// has stay. It may come twice. Errors: Unavailable.
	DropPhotos(ctx context.Context, account string, blobIDs []string) error
	// ReadPhotos has the reader read what waits and is due.
	ReadPhotos(ctx context.Context) error
	// Erase forgets a person, for good. It may come twice.
	Erase(ctx context.Context, account string) error

	// Licences lists submitted licences, newest submission first. Errors: Invalid (cursor).
	Licences(ctx context.Context, f Filter) (Views, error)
	// Inspect is an account's licence for whoever decides on it. Errors: NotFound until
	// it was submitted.
	Inspect(ctx context.Context, account string) (Inspection, error)
	// Approve verifies a pending licence, for good measure also one that is verified.
	// Errors: ErrOwnLicence, NotFound, ErrChanged, ErrNotPending, ErrExpired, ErrUnderage,
	// ErrPhotoMissing, ErrNumberTaken.
	Approve(ctx context.Context, d Decision) (View, error)
	// Reject refuses a pending licence, for good measure also one that is rejected.
	// Errors: ErrOwnLicence, NotFound, ErrChanged, ErrNotPending.
	Reject(ctx context.Context, d Decision) (View, error)

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
	photo.Upload
	Replayed bool
}

// Filter chooses one page of licences. An empty Status is all but Unsubmitted.
type Filter struct {
	Status Status
	Limit  int
	Cursor string
}

// View is a licence and how it stands at the moment of asking.
type View struct {
	Licence
	Verdict Verdict
}

// Views is one page; an empty Next is the last.
type Views struct {
	Views []View
	Next  string
}

// Inspection is a licence as who decides on it sees it.
type Inspection struct {
	View
	// DuplicateOf is another account that is verified with the same number; empty for
	// none.
	DuplicateOf string
	// Fields hold the photo against what the rider said; empty where nothing was read.
	Fields []FieldReading
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
	// answer younger than idem.Keep that the change does not replace; ErrNumberTaken for a verified licence whose
	// NumberKey another account's verified licence has. A licence that is Unread waits
	// from the change on to be claimed, and no longer once it is not.
	Update(ctx context.Context, account string, change func(*Licence) error) (Licence, error)
	// Answer finds what was kept under a key, whatever its hash: Answer.Key has the
	// recorded one. Errors: NotFound, also when it is older than idem.Keep at now.
	Answer(ctx context.Context, k idem.Key, now time.Time) (Answer, error)
	// ForgetAnswers drops all that was kept under the account's keys.
	ForgetAnswers(ctx context.Context, account string) error
	// Holder is the account of the verified licence with a NumberKey. Errors: NotFound.
	Holder(ctx context.Context, numberKey string) (string, error)
	// ClaimUnread gives up to limit licences that wait and are due at now, the longest
	// due first, and makes each due again the given time after its so-and-so-many'th
	// attempt. Several may claim at once: nobody gets what another was given.
	ClaimUnread(ctx context.Context, now time.Time, again func(attempts int) time.Duration, limit int) ([]Waiting, error)
}

// ErrDuplicateKey is the repository's word for an idempotency key that has an answer.
var ErrDuplicateKey = idem.ErrInProgress

// Photos keeps the bytes of photos. A photo whose upload never comes vanishes by itself.
type Photos interface {
	// Create makes room for a photo of at most size bytes. Errors: Invalid for a
	// content_type or size that no photo may have, Unavailable.
	Create(ctx context.Context, owner, contentType string, size int64) (photo.Upload, error)
	// Link is where an uploaded photo can be read for a while. Errors: NotFound, also
	// before the upload; Unavailable.
	Link(ctx context.Context, blobID string) (photo.Link, error)
	// Bytes are those of an uploaded photo. Errors: as Link.
	Bytes(ctx context.Context, blobID string) (Picture, error)
	// Delete removes a photo, if it is there. Errors: Unavailable.
	Delete(ctx context.Context, blobID string) error
}
