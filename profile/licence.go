package profile

import (
	"time"

	"freecar/internal/photo"
)

// Status says what became of a licence.
type Status string

// The states; doc.go has the picture.
const (
	Unsubmitted Status = "unsubmitted"
	Pending     Status = "pending"
	Verified    Status = "verified"
	Rejected    Status = "rejected"
)

// Licence is what an account says of its driver's licence. The zero Submission goes with
// Unsubmitted and no other status.
type Licence struct {
	Account string
	Status  Status
	Submission
	// Photo is the picture of it. While the licence is verified, the current one is what
	// it was verified with: another waits until the licence is sent again.
	Photo photo.Slot
	// Reading is what was read of the current photo; zero for nothing.
	Reading Reading
	// Revision rises with what is decided on: what the rider said, and the current photo.
	Revision int64
	// Reason tells the rider why it was rejected.
	Reason string

	SubmittedAt time.Time // the last time it became pending; zero when unsubmitted
	DecidedAt   time.Time // of the last decision on what is there now; zero for none
	DecidedBy   string    // the account of who decided, or the name of the reader
	// ErasedAt is when the person was erased, zero for never: nothing is written any more.
	ErasedAt time.Time

	Version int64 // 0 for a licence that was never saved
	change  *Change
}

// New is the licence of an account that we know nothing of.
func New(account string) Licence { return Licence{Account: account, Status: Unsubmitted} }

// Submit makes the licence pending, unless it says what is pending or verified already.
// A photo that waited for this takes its place. Errors: ErrErased.
func (l *Licence) Submit(s Submission, now time.Time) error {
	if l.Erased() {
		return ErrErased
	}
	if l.Submission == s && (l.Status == Pending || l.Status == Verified && !l.Photo.Arrived) {
		return nil
	}
	l.Submission, l.Status, l.SubmittedAt = s, Pending, now
	l.Reason, l.DecidedAt, l.DecidedBy = "", time.Time{}, ""
	l.revise()
	l.record(Change{Kind: Submitted, At: now, DroppedPhotos: l.Photo.Promote()})
	return nil
}

// revise says that there is something else to look at, of which nothing was read yet.
func (l *Licence) revise() { l.Revision, l.Reading = l.Revision+1, Reading{} }

// Evidence is what a decision stands on beside the data.
type Evidence struct {
	// Required says that there must be a photo.
	Required bool
	// PhotoID is the photo that was found uploaded; empty for none.
	PhotoID string
}

// Approve verifies a pending licence; one that is verified stays so. Errors:
// ErrNotSubmitted, ErrNotPending, ErrExpired, ErrUnderage, ErrPhotoMissing.
func (l *Licence) Approve(by string, e Evidence, p Policy, now time.Time) error {
	if l.Status == Verified {
		return nil
	}
	if err := l.approvable(e, p, now); err != nil {
		return err
	}
	l.Status, l.DecidedAt, l.DecidedBy = Verified, now, by
	l.record(Change{Kind: Approved, At: now})
	return nil
}

func (l *Licence) approvable(e Evidence, p Policy, now time.Time) error {
	switch today := DateOf(now); {
	case l.Status == Unsubmitted:
		return ErrNotSubmitted
	case l.Status != Pending:
		return ErrNotPending
	case l.ExpiresOn.Before(today): // while it waited
		return ErrExpired
	case !p.adult(l.BirthDate, today): // the company asks for more years by now
		return ErrUnderage
	case e.Required && (l.Photo.Current == "" || l.Photo.Current != e.PhotoID):
		return ErrPhotoMissing
	}
	return nil
}

// Reject refuses a pending licence; one that is rejected stays so, with its first reason.
// Errors: ErrNotSubmitted, ErrNotPending.
func (l *Licence) Reject(by, reason string, now time.Time) error {
	switch {
	case l.Status == Rejected:
		return nil
	case l.Status == Unsubmitted:
		return ErrNotSubmitted
	case l.Status != Pending:
		return ErrNotPending
	}
	l.Status, l.Reason, l.DecidedAt, l.DecidedBy = Rejected, reason, now, by
	l.record(Change{Kind: Refused, At: now})
	return nil
}

// Erase forgets the person, and keeps that there is to be nothing of it: what was asked for
// before may come after. Doing it twice does nothing.
func (l *Licence) Erase(now time.Time) {
	if l.Erased() {
		return
	}
	dropped := l.Photo.Clear()
	*l = Licence{Account: l.Account, Status: Unsubmitted, ErasedAt: now, Version: l.Version}
	l.record(Change{Kind: Erased, At: now, DroppedPhotos: dropped})
}

// Erased says that the person was erased.
func (l *Licence) Erased() bool { return !l.ErasedAt.IsZero() }
