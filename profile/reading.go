package profile

import (
	"strings"
	"time"
)

// Outcome says what became of reading a photo.
type Outcome string

// The outcomes.
const (
	OutcomeRead       Outcome = "read"
	OutcomeUnreadable Outcome = "unreadable" // the reader finds no licence on the photo
	OutcomeGaveUp     Outcome = "gave_up"    // the reader was away for too long
)

// Reading is what a reader made of a photo. It helps staff; it decides only where the
// company wants it to.
type Reading struct {
	// PhotoID is the photo that was read; empty for no reading.
	PhotoID string
	At      time.Time
	By      string // the name of the reader
	Outcome Outcome
	Read    Text
}

// Text is what a photo says; a field that was not found is zero.
type Text struct {
	// Country is whose licence it is: ISO 3166-1 alpha-2.
	Country   string
	Number    string
	FullName  string
	BirthDate Date
	ExpiresOn Date
}

// FieldReading holds a field of the photo against what the rider said.
type FieldReading struct {
	Field   string
	Read    string // empty when it was not found
	Matches bool
}

// Compare holds what was read against what the rider said, field by field. Letter case,
// spaces and what stands between the characters of a number do not count.
func (r Reading) Compare(s Submission) []FieldReading {
	if r.Outcome != OutcomeRead {
		return nil
	}
	number, name := bareNumber(r.Read.Number), words(r.Read.FullName)
	return []FieldReading{
		{"number", r.Read.Number, number != "" && number == bareNumber(s.Number)},
		{"full_name", r.Read.FullName, name != "" && name == words(s.FullName)},
		{"birth_date", r.Read.BirthDate.String(), r.Read.BirthDate != Date{} && r.Read.BirthDate == s.BirthDate},
		{"expires_on", r.Read.ExpiresOn.String(), r.Read.ExpiresOn != Date{} && r.Read.ExpiresOn == s.ExpiresOn},
		{"country", r.Read.Country, r.Read.Country != "" && r.Read.Country == s.Country},
	}
}

// Matches says that all of it was read and is what the rider said.
func (r Reading) Matches(s Submission) bool {
	fields := r.Compare(s)
	for _, f := range fields {
		if !f.Matches {
			return false
		}
	}
	return len(fields) > 0
}

func words(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Unread says that the licence waits for its photo to be read.
func (l *Licence) Unread() bool {
	return l.Status == Pending && l.Photo.Current != "" && l.Reading.PhotoID != l.Photo.Current
}

// TakeReading keeps what was read of the current photo of a pending licence, and approves
// the licence when it may; a reading that comes too late changes nothing.
func (l *Licence) TakeReading(r Reading, p Policy, approve bool, now time.Time) {
	if !l.Unread() || r.PhotoID != l.Photo.Current {
		return
	}
	l.Reading = r
	seen := Evidence{Required: true, PhotoID: r.PhotoID}
	if approve && r.Matches(l.Submission) && l.Approve(r.By, seen, p, now) == nil {
		return
	}
	l.record(Change{Kind: PhotoRead, At: now})
}
