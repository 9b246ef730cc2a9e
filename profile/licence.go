package profile

import "time"

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
	// PhotoID is the photo's blob; empty for none.
	PhotoID string
	// Reason tells the rider why it was rejected.
	Reason string

	SubmittedAt time.Time // the last time it became pending; zero when unsubmitted
	DecidedAt   time.Time // of the last decision on what is there now; zero for none
	DecidedBy   string    // the account of who decided

	Version int64 // 0 for a licence that was never saved
	change  *Change
}

// New is the licence of an account that we know nothing of.
func New(account string) Licence { return Licence{Account: account, Status: Unsubmitted} }

// Submit makes the licence pending, unless it says what is pending or verified already.
func (l *Licence) Submit(s Submission, now time.Time) {
	if l.Submission == s && (l.Status == Pending || l.Status == Verified) {
		return
	}
	l.Submission, l.Status, l.SubmittedAt = s, Pending, now
	l.Reason, l.DecidedAt, l.DecidedBy = "", time.Time{}, ""
	l.record(Change{Kind: Submitted, At: now})
}

// Evidence is what a decision stands on beside the data.
type Evidence struct {
	// Required says that there must be a photo.
	Required bool
	// PhotoID is the photo that was found uploaded; empty for none.
	PhotoID string
}

// Approve verifies a pending licence; one that is verified stays so.
// Errors: ErrNotSubmitted, ErrNotPending, ErrPhotoMissing.
func (l *Licence) Approve(by string, e Evidence, now time.Time) error {
	switch {
	case l.Status == Verified:
		return nil
	case l.Status == Unsubmitted:
		return ErrNotSubmitted
	case l.Status != Pending:
		return ErrNotPending
	case e.Required && (l.PhotoID == "" || l.PhotoID != e.PhotoID):
		return ErrPhotoMissing
	}
	l.Status, l.DecidedAt, l.DecidedBy = Verified, now, by
	l.record(Change{Kind: Approved, At: now})
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

// AttachPhoto replaces the photo. The status stays: a photo is looked at, not decided on.
func (l *Licence) AttachPhoto(a Answer, now time.Time) {
	dropped := l.PhotoID
	l.PhotoID = a.Upload.BlobID
	l.record(Change{Kind: PhotoAttached, At: now, DroppedPhoto: dropped, Answer: a})
}

// RemovePhoto takes the photo away. Errors: ErrNoPhoto.
func (l *Licence) RemovePhoto(now time.Time) error {
	if l.PhotoID == "" {
		return ErrNoPhoto
	}
	dropped := l.PhotoID
	l.PhotoID = ""
	l.record(Change{Kind: PhotoRemoved, At: now, DroppedPhoto: dropped})
	return nil
}
