package trip

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"freecar/internal/errs"
	"freecar/internal/photo"
)

// IssueKind says what is wrong.
type IssueKind string

// The kinds.
const (
	Damage      IssueKind = "damage"
	Cleanliness IssueKind = "cleanliness"
	Technical   IssueKind = "technical"
	Accident    IssueKind = "accident"
	OtherIssue  IssueKind = "other"
)

// IssueState says whether staff still have to look after an issue.
type IssueState string

// The states: open ──close──▶ closed.
const (
	IssueOpen   IssueState = "open"
	IssueClosed IssueState = "closed"
)

// Issue is what a rider reports of the car of a trip. It is an aggregate of its own: the
// trip does not change with it.
type Issue struct {
	ID, TripID, CarID, Account string
	Kind                       IssueKind
	Text                       string
	PhotoIDs                   []string // blobs; their bytes may have come or not
	State                      IssueState
	CreatedAt                  time.Time

	ClosedAt time.Time // zero while open
	ClosedBy string    // the account of who closed it
	Note     string    // what staff did about it

	Version int64
	change  *Change
	renewed []photo.Upload
}

// What happens to issues.
const (
	issueReported = "issue_reported"
	issueClosed   = "issue_closed"
	issueErased   = "issue_erased"
	issueRenewed  = "issue_photos_renewed"
)

// reportable is how long after its end a trip can be reported of.
const reportable = 7 * 24 * time.Hour

// What riders and staff are told of issues.
var (
	ErrNoIssue     = errs.Missing("issue")
	ErrTripTooOld  = errs.E(errs.Conflict, "trip_too_old", "This trip ended more than 7 days ago; write to our support instead.")
	ErrErased      = errs.E(errs.Conflict, "account_erased", "This account was erased.")
	errNoSuchPhoto = errs.Missing("photo")
)

// mayReport says whether something can be reported of the trip. Errors: ErrNoTrip for
// one that is not the account's or never became a trip, ErrTripTooOld.
func (t *Trip) mayReport(account string, now time.Time) error {
	switch {
	case t.Account != account || !t.Accepted:
		return ErrNoTrip
	case t.State.Terminal() && now.Sub(t.EndedAt) > reportable:
		return ErrTripTooOld
	}
	return nil
}

// checkText refuses what nobody can read. Errors: Invalid.
func checkText(s string) error {
	unreadable := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case strings.TrimSpace(s) == "":
		return errs.Invalidf("text", "required", "Say what is wrong.")
	case strings.ContainsFunc(s, unreadable):
		return errs.Invalidf("text", "invalid", "It must have no control characters.")
	}
	return nil
}

// NewIssue reports something of a trip.
func NewIssue(id string, t Trip, r ReportIssue, photoIDs []string, now time.Time) Issue {
	i := Issue{ID: id, TripID: t.ID, CarID: t.Car.ID, Account: t.Account, Kind: r.Kind, Text: r.Text,
		PhotoIDs: photoIDs, State: IssueOpen, CreatedAt: now}
	i.changed(issueReported, now)
	return i
}

// Close says that staff have looked after the issue. One that is closed stays as it is; one
// whose person is forgotten takes no note.
func (i *Issue) Close(by, note string, now time.Time) {
	if i.State == IssueClosed {
		return
	}
	if i.Text == "" { // nobody can report without a word
		note = ""
	}
	i.State, i.ClosedAt, i.ClosedBy, i.Note = IssueClosed, now, by, note
	i.changed(issueClosed, now)
}

// Erase forgets what was written and shown; that there was an issue with the car stays.
// Doing it twice does nothing.
func (i *Issue) Erase(now time.Time) {
	if i.Text == "" && i.Note == "" && i.PhotoIDs == nil {
		return
	}
	i.Text, i.Note, i.PhotoIDs = "", "", nil
	i.changed(issueErased, now)
}

// Erased says that the issue's last change forgot its person.
func (i *Issue) Erased() bool { return i.change != nil && i.change.Name == issueErased }

// Renew puts uploads in the place of those before, one for one, when their time was over. It
// does nothing to an issue that has others by now, or none.
func (i *Issue) Renew(before, uploads []photo.Upload, now time.Time) {
	photos := slices.Clone(i.PhotoIDs)
	for n, u := range uploads {
		at := slices.Index(photos, before[n].BlobID)
		if at < 0 {
			return
		}
		photos[at] = u.BlobID
	}
	i.PhotoIDs, i.renewed = photos, uploads
	i.changed(issueRenewed, now)
}

// Renewed is what takes the place of the uploads that were answered; nil when they stay.
func (i *Issue) Renewed() []photo.Upload { return i.renewed }

// HasPhoto says that a blob is one of the issue's photos.
func (i *Issue) HasPhoto(blobID string) bool { return slices.Contains(i.PhotoIDs, blobID) }

// Recorded is the change made since the issue was made or loaded, if any.
func (i *Issue) Recorded() (Change, bool) {
	if i.change == nil {
		return Change{}, false
	}
	return *i.change, true
}

// Saved forgets the change: the store calls it.
func (i *Issue) Saved() { i.change, i.renewed = nil, nil }

func (i *Issue) changed(name string, now time.Time) {
	i.Version++
	i.change = &Change{Name: name, Version: i.Version, At: now}
}
