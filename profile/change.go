package profile

import (
	"time"

	"freecar/internal/idem"
	"freecar/internal/photo"
)

// ChangeKind says what happened to a licence.
type ChangeKind string

// What happens to licences.
const (
	Submitted      ChangeKind = "licence_submitted"
	Approved       ChangeKind = "licence_approved"
	Refused        ChangeKind = "licence_rejected"
	PhotoRequested ChangeKind = "licence_photo_requested"
	PhotoAttached  ChangeKind = "licence_photo_attached"
	PhotoRemoved   ChangeKind = "licence_photo_removed"
	PhotoRead      ChangeKind = "licence_read"
	Erased         ChangeKind = "licence_erased"
)

// Change is one saved step of a licence's life, published as freecar.profile.<Kind>.v1.
type Change struct {
	Kind ChangeKind
	At   time.Time
	// DroppedPhotos are those that the licence no longer has.
	DroppedPhotos []string
	// Answer is what a repetition of the request gets; its key may be zero.
	Answer Answer
}

// Answer is what a request got under an idempotency key.
type Answer struct {
	Key    idem.Key
	Upload photo.Upload
	// Replaces is the photo of the key's answer before, whose upload never came; empty for
	// none.
	Replaces string
}

// Recorded is the change made since the licence was loaded, if any.
func (l *Licence) Recorded() (Change, bool) {
	if l.change == nil {
		return Change{}, false
	}
	return *l.change, true
}

// Saved forgets the change: the store calls it.
func (l *Licence) Saved() { l.change = nil }

// record makes the change official. A second one before the save would need a second
// event, so it is a mistake of the program.
func (l *Licence) record(c Change) {
	if l.change != nil {
		panic("profile: two changes in one save: " + string(l.change.Kind) + " and " + string(c.Kind))
	}
	l.Version++
	l.change = &c
}
