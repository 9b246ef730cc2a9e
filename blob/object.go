package blob

import "time"

// State says where an object stands.
type State string

// The states; doc.go has the picture.
const (
	Pending State = "pending"
	Stored  State = "stored"
	Deleted State = "deleted"
)

// How long things last.
const (
	// UploadLife is how long an address takes an upload.
	UploadLife = 15 * time.Minute
	// LinkLife is how long an address shows an object.
	LinkLife = 5 * time.Minute
	// settling is how long after UploadBefore the sweep waits: another instance, with a
	// clock that is a little late, may just be finishing an upload.
	settling = time.Minute
)

// Object is one file.
type Object struct {
	ID          string
	Owner       string // an account
	Purpose     Purpose
	ContentType string
	// MaxSize is the most that may be uploaded, in bytes.
	MaxSize int64
	// Size is what was uploaded, in bytes; 0 until stored.
	Size  int64
	State State

	CreatedAt    time.Time
	UploadBefore time.Time
	StoredAt     time.Time // zero until confirmed
	// NextAt is when the sweep looks after the object; zero for never.
	NextAt time.Time

	Version int64
	change  *Change
}

// Draft is what an object is to be.
type Draft struct {
	Owner       string
	Purpose     Purpose
	ContentType string
	Size        int64 // bytes, at most
}

// NewObject makes room for an upload. Errors: Invalid.
func NewObject(id string, d Draft, now time.Time) (Object, error) {
	if err := d.Purpose.check(d.ContentType, d.Size); err != nil {
		return Object{}, err
	}
	before := now.Add(UploadLife)
	o := Object{
		ID: id, Owner: d.Owner, Purpose: d.Purpose, ContentType: d.ContentType, MaxSize: d.Size,
		State: Pending, CreatedAt: now, UploadBefore: before, NextAt: before.Add(settling),
	}
	o.record(Created, now)
	return o, nil
}

// Content is what the bytes of an object really are.
type Content struct {
	ContentType string
	Size        int64 // bytes
}

// Limits are what bytes may be.
type Limits struct {
	ContentType string
	MaxSize     int64 // bytes
}

// Limits are what the object's bytes may be.
func (o *Object) Limits() Limits { return Limits{ContentType: o.ContentType, MaxSize: o.MaxSize} }

// Confirm makes the object stored, now that its bytes were found; wrong ones delete it.
// Confirming twice does nothing. Errors: ErrNoObject when it is deleted.
func (o *Object) Confirm(c Content, now time.Time) error {
	switch {
	case o.State == Deleted:
		return ErrNoObject
	case o.State == Stored:
		return nil
	case c.ContentType != o.ContentType || c.Size > o.MaxSize:
		return o.Delete(now)
	}
	o.State, o.Size, o.StoredAt, o.NextAt = Stored, c.Size, now, time.Time{}
	o.record(Confirmed, now)
	return nil
}

// Delete ends the object. The sweep forgets it when no upload can come any more.
// Errors: ErrNoObject when it is deleted already.
func (o *Object) Delete(now time.Time) error {
	if o.State == Deleted {
		return ErrNoObject
	}
	o.State, o.NextAt = Deleted, now
	if closed := o.UploadBefore.Add(settling); now.Before(closed) {
		o.NextAt = closed
	}
	o.record(Removed, now)
	return nil
}

// Expire deletes an object whose upload never came. Errors: errMovedOn when somebody was
// faster, or it is too early to say.
func (o *Object) Expire(now time.Time) error {
	if o.State != Pending || now.Before(o.NextAt) {
		return errMovedOn
	}
	return o.Delete(now)
}
