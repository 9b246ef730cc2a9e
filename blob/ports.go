package blob

import (
	"context"
	"io"
	"time"
)

// Service is what the blob service offers to other services.
type Service interface {
	// Create makes room for an object and says how its bytes are sent. An object whose
	// upload does not come vanishes, so a repeated Create does no harm. Errors: Invalid,
	// ErrErased.
	Create(ctx context.Context, d Draft) (Room, error)
	// Link is where an object can be read for a while, and whether it is there yet.
	// Errors: NotFound, also when v may not see it.
	Link(ctx context.Context, id string, v Viewer) (View, error)
	// Content gives the bytes of a stored object; the caller closes them. Errors:
	// NotFound, also when v may not see it.
	Content(ctx context.Context, id string, v Viewer) (Bytes, error)
	// Owned lists what an account has stored, by id and above after, each with a link; a
	// page may be short, and next is empty on the last one.
	Owned(ctx context.Context, account, after string, limit int) (views []View, next string, err error)
	// EraseOwner ends all objects of an account, which gets no more. It may come twice.
	EraseOwner(ctx context.Context, account string) error
	// Delete ends an object. Errors: NotFound, also when v may not see it.
	Delete(ctx context.Context, id string, v Viewer) error
}

// Door is where holders of our own links come. A store that signs links to itself has no
// need of it.
type Door interface {
	// Receive stores the bytes of an upload, whole or not at all. Errors:
	// ErrBadSignature, ErrLinkExpired (also when the upload outlasts the link),
	// ErrUploaded, ErrTooLarge, ErrWrongType, ErrTruncated, NotFound.
	Receive(ctx context.Context, u Incoming) error
	// Open gives the bytes of an object; the caller closes them. Errors:
	// ErrBadSignature, ErrLinkExpired, NotFound.
	Open(ctx context.Context, g Grant) (Bytes, error)
}

// Room is a new object and the way to fill it.
type Room struct {
	Object
	Upload
}

// View is an object and the way to see it.
type View struct {
	Object
	Link
}

// Viewer is who wants to see an object: its owner may, and whoever may see all.
type Viewer struct {
	Account string
	All     bool
}

func (v Viewer) may(o Object) bool { return v.All || v.Account == o.Owner }

// Incoming is an upload.
type Incoming struct {
	Grant
	// Length is what the sender says it has, in bytes; below 0 when it does not say.
	Length int64
	Body   io.Reader
}

// Bytes are the bytes of an object.
type Bytes struct {
	io.ReadCloser
	Object
}

// Repository keeps the rows of objects. It saves each change as an event in the same
// write.
type Repository interface {
	// Create saves a new object. Errors: Conflict for an id that is there, ErrErased.
	Create(ctx context.Context, o Object) error
	// Object finds an object, deleted ones too. Errors: NotFound.
	Object(ctx context.Context, id string) (Object, error)
	// Update changes an object atomically and returns it as saved; change may run more
	// than once. An error of change is returned as it is and nothing is saved; neither is
	// a change that recorded nothing. Errors: NotFound; ErrErased, unless the change
	// deletes the object.
	Update(ctx context.Context, id string, change func(*Object) error) (Object, error)
	// Due lists objects with NextAt at or before now and an id above after, by id.
	Due(ctx context.Context, now time.Time, after string, limit int) ([]Object, error)
	// OwnedBy lists the objects of an account that are not deleted, by id and above
	// after.
	OwnedBy(ctx context.Context, account, after string, limit int) ([]Object, error)
	// Refuse has Create and Update answer ErrErased for an account's objects from now on.
	// It may come twice.
	Refuse(ctx context.Context, account string) error
	// Forget removes the row of a deleted object; any other stays. It may come twice.
	Forget(ctx context.Context, id string) error
}

// Store keeps the bytes of objects, each written once under the object's id.
type Store interface {
	// Put keeps all of body, safe from a power cut, or nothing of it. Of several at once
	// the first to be complete wins. Errors: ErrUploaded when there are bytes,
	// ErrTooLarge, ErrWrongType (by the bytes themselves), ErrTruncated when body is
	// empty or fails; an error of body that has a kind is returned as it is.
	Put(ctx context.Context, id string, limits Limits, body io.Reader) (Content, error)
	// Stat looks what the bytes really are. Errors: NotFound.
	Stat(ctx context.Context, id string) (Content, error)
	// Open reads the bytes; the caller closes them. Errors: NotFound.
	Open(ctx context.Context, id string) (io.ReadCloser, error)
	// Delete removes the bytes, if they are there.
	Delete(ctx context.Context, id string) error
}

// Links makes addresses whose holder needs no other proof.
type Links interface {
	// Upload takes bytes within the object's limits, until it expires.
	Upload(o Object, expires time.Time) (Upload, error)
	// Download shows the object's bytes until it expires.
	Download(o Object, expires time.Time) (Link, error)
}

// Upload says how bytes are sent.
type Upload struct {
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
}

// Link is an address that shows an object.
type Link struct {
	URL       string
	ExpiresAt time.Time
}
