package trip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/photo"
)

// Helpdesk is what the service offers about issues with cars.
type Helpdesk interface {
	// Report reports something of one of the account's trips, while it goes on or up to 7
	// days after its end, and says where the bytes of its photos go. Errors: NotFound,
	// ErrTripTooOld, Invalid (text, photos), KeyReused, ErrErased, Unavailable.
	Report(ctx context.Context, r ReportIssue) (Reported, error)
	// Issues lists issues, newest first. Errors: Invalid (cursor).
	Issues(ctx context.Context, f IssueFilter) (IssuePage, error)
	// Issue finds one. Errors: NotFound.
	Issue(ctx context.Context, id string) (Issue, error)
	// IssuePhoto is where a photo of an issue can be read. Errors: NotFound, also before
	// its upload; Unavailable.
	IssuePhoto(ctx context.Context, id, blobID string) (photo.Link, error)
	// CloseIssue says that it is looked after; twice is once. What the note says of a
	// person who is erased is not kept. Errors: NotFound.
	CloseIssue(ctx context.Context, id, by, note string) (Issue, error)
	// EraseIssues forgets what an account wrote and showed, and has it report nothing any
	// more. It may come twice.
	EraseIssues(ctx context.Context, account string) error
}

// ReportIssue is what a rider reports.
type ReportIssue struct {
	Account, TripID string
	Kind            IssueKind
	Text            string
	Photos          []NewPhoto
	Key             idem.Key
}

// NewPhoto is a photo that is to come.
type NewPhoto struct {
	ContentType string
	Size        int64 // bytes
}

// Reported is the answer, and whether it was given before.
type Reported struct {
	Issue    Issue
	Uploads  []photo.Upload // of its photos, in their order
	Replayed bool
}

// IssueFilter chooses one page of issues. Empty fields are all.
type IssueFilter struct {
	Account       string
	TripID, CarID string
	State         IssueState
	Limit         int
	Cursor        string
}

// IssuePage is one page; an empty Next is the last.
type IssuePage struct {
	Issues []Issue
	Next   string
}

// Issues keeps issues. It saves each change as an event in the same write.
type Issues interface {
	// Create saves a new issue and keeps its answer under the key, unless that is zero.
	// Errors: ErrDuplicateKey when the key has an answer younger than idem.Keep; ErrErased.
	Create(ctx context.Context, i Issue, key idem.Key, uploads []photo.Upload) error
	// ByKey finds what was kept under a key: Key has the recorded hash. Errors: NotFound,
	// also for one that at now is older than idem.Keep.
	ByKey(ctx context.Context, key idem.Key, now time.Time) (KeptReport, error)
	// Issue finds an issue. Errors: NotFound.
	Issue(ctx context.Context, id string) (Issue, error)
	// Issues lists by creation, newest first. Errors: Invalid for a cursor that no page
	// gave.
	Issues(ctx context.Context, f IssueFilter) (IssuePage, error)
	// Refuse has Create answer ErrErased for the account from now on. It may come twice.
	Refuse(ctx context.Context, account string) error
	// OfAccount is the ids of the account's issues, in any order.
	OfAccount(ctx context.Context, account string) ([]string, error)
	// Update changes an issue atomically and returns it as saved; change may run more than
	// once, its error is returned as it is and saves nothing, and neither does a change
	// that recorded nothing. The answer of an issue that is Erased is forgotten; uploads
	// that are Renewed take the place of those in it.
	// Errors: NotFound.
	Update(ctx context.Context, id string, change func(*Issue) error) (Issue, error)
}

// KeptReport is what was kept under a key.
type KeptReport struct {
	Key     idem.Key
	Issue   Issue // as it is now
	Uploads []photo.Upload
}

// Pictures keeps the bytes of photos. One whose upload never comes vanishes by itself.
type Pictures interface {
	// Create makes room for a photo of at most size bytes. Errors: Invalid for a
	// content_type or size that no photo may have, Unavailable.
	Create(ctx context.Context, owner, contentType string, size int64) (photo.Upload, error)
	// Link is where an uploaded photo can be read for a while. Errors: NotFound, also
	// before the upload; Unavailable.
	Link(ctx context.Context, blobID string) (photo.Link, error)
}

// DeskConfig is what the Helpdesk works with.
type DeskConfig struct {
	Issues   Issues
	Trips    Repository
	Pictures Pictures
	Clock    clock.Clock
	IDs      ids.Source
}

// Desk is the Helpdesk.
type Desk struct{ config DeskConfig }

var _ Helpdesk = (*Desk)(nil)

// NewDesk makes the Helpdesk.
func NewDesk(c DeskConfig) *Desk { return &Desk{config: c} }

// Report makes room for the photos before it saves the issue: a crash in between leaves
// room that vanishes.
func (d *Desk) Report(ctx context.Context, r ReportIssue) (Reported, error) {
	switch before, err := d.replay(ctx, r.Key); {
	case err != nil:
		return Reported{}, err
	case before.Replayed:
		return d.renewed(ctx, r, before)
	}
	if err := checkText(r.Text); err != nil {
		return Reported{}, err
	}
	t, err := d.config.Trips.Trip(ctx, r.TripID)
	if err != nil {
		return Reported{}, err
	}
	now := d.config.Clock.Now()
	if err := t.mayReport(r.Account, now); err != nil {
		return Reported{}, err
	}
	uploads, blobIDs, err := d.makeRoom(ctx, r)
	if err != nil {
		return Reported{}, err
	}
	i := NewIssue(d.config.IDs.New(), t, r, blobIDs, now)
	err = d.config.Issues.Create(ctx, i, r.Key, uploads)
	if errors.Is(err, ErrDuplicateKey) { // the same request, a moment earlier
		return d.replay(ctx, r.Key)
	}
	return Reported{Issue: i, Uploads: uploads}, err
}

func (d *Desk) makeRoom(ctx context.Context, r ReportIssue) (uploads []photo.Upload, blobIDs []string, err error) {
	for n, p := range r.Photos {
		upload, err := d.config.Pictures.Create(ctx, r.Account, p.ContentType, p.Size)
		if err != nil {
			return nil, nil, ofPhoto(n, err)
		}
		uploads, blobIDs = append(uploads, upload), append(blobIDs, upload.BlobID)
	}
	return uploads, blobIDs, nil
}

// ofPhoto names the photo that a refusal is about.
func ofPhoto(n int, err error) error {
	refused, ok := errors.AsType[*errs.Error](err)
	if !ok || refused.Kind != errs.Invalid {
		return err
	}
	var fields []errs.Field
	for _, f := range refused.Fields {
		f.Field = fmt.Sprintf("photos[%d].%s", n, f.Field)
		fields = append(fields, f)
	}
	return errs.InvalidFields(fields...).Because(err)
}

// replay answers a key that was seen before; a zero Reported is a new one.
func (d *Desk) replay(ctx context.Context, k idem.Key) (Reported, error) {
	if k.IsZero() {
		return Reported{}, nil
	}
	kept, err := d.config.Issues.ByKey(ctx, k, d.config.Clock.Now())
	if errs.KindOf(err) == errs.NotFound {
		return Reported{}, nil
	}
	if err == nil {
		err = k.Check(kept.Key.BodyHash)
	}
	if err != nil {
		return Reported{}, err
	}
	return Reported{Issue: kept.Issue, Uploads: kept.Uploads, Replayed: true}, nil
}

// renewed is the answer to a repetition, with new room for each photo that never came and
// whose own room is gone: the address of the first answer takes no bytes any more.
func (d *Desk) renewed(ctx context.Context, r ReportIssue, before Reported) (Reported, error) {
	now, uploads, fresh := d.config.Clock.Now(), slices.Clone(before.Uploads), ""
	for n, u := range before.Uploads {
		lost, err := d.lost(ctx, u, now)
		if err != nil {
			return Reported{}, err
		}
		if !lost {
			continue
		}
		if uploads[n], err = d.config.Pictures.Create(ctx, r.Account, r.Photos[n].ContentType, r.Photos[n].Size); err != nil {
			return Reported{}, ofPhoto(n, err)
		}
		fresh = uploads[n].BlobID
	}
	if fresh == "" {
		return before, nil
	}
	i, err := d.config.Issues.Update(ctx, before.Issue.ID, func(i *Issue) error { i.Renew(before.Uploads, uploads, now); return nil })
	switch {
	case err != nil:
		return Reported{}, err
	case i.HasPhoto(fresh):
		return Reported{Issue: i, Uploads: uploads, Replayed: true}, nil
	case len(i.PhotoIDs) == 0:
		return Reported{}, ErrErased
	}
	return d.replay(ctx, r.Key) // another repetition was faster
}

// lost says that an upload did not come, and cannot any more.
func (d *Desk) lost(ctx context.Context, u photo.Upload, now time.Time) (bool, error) {
	if now.Before(u.ExpiresAt) {
		return false, nil
	}
	_, err := d.config.Pictures.Link(ctx, u.BlobID)
	if isMissing(err) {
		return true, nil
	}
	return false, err
}

// Issues lists issues.
func (d *Desk) Issues(ctx context.Context, f IssueFilter) (IssuePage, error) {
	return d.config.Issues.Issues(ctx, f)
}

// Issue finds an issue.
func (d *Desk) Issue(ctx context.Context, id string) (Issue, error) {
	return d.config.Issues.Issue(ctx, id)
}

// IssuePhoto is where a photo of an issue can be read.
func (d *Desk) IssuePhoto(ctx context.Context, id, blobID string) (photo.Link, error) {
	i, err := d.Issue(ctx, id)
	if err != nil {
		return photo.Link{}, err
	}
	if !i.HasPhoto(blobID) {
		return photo.Link{}, errNoSuchPhoto
	}
	return d.config.Pictures.Link(ctx, blobID)
}

// CloseIssue says that an issue is looked after.
func (d *Desk) CloseIssue(ctx context.Context, id, by, note string) (Issue, error) {
	now := d.config.Clock.Now()
	return d.config.Issues.Update(ctx, id, func(i *Issue) error { i.Close(by, note, now); return nil })
}

// EraseIssues forgets what an account wrote and showed; the blob service deletes the
// photos by itself. It reports nothing any more before its issues are listed: none can
// slip in behind the list.
func (d *Desk) EraseIssues(ctx context.Context, account string) error {
	if err := d.config.Issues.Refuse(ctx, account); err != nil {
		return err
	}
	now := d.config.Clock.Now()
	list, err := d.config.Issues.OfAccount(ctx, account)
	if err != nil {
		return err
	}
	for _, id := range list {
		if _, err := d.config.Issues.Update(ctx, id, func(i *Issue) error { i.Erase(now); return nil }); err != nil {
			return err
		}
	}
	return nil
}
