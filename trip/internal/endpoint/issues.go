package endpoint

import (
	"context"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Issues are the operations of issues with cars.
type Issues struct{ desk trip.Helpdesk }

// NewIssues wraps the service.
func NewIssues(d trip.Helpdesk) Issues { return Issues{desk: d} }

// Report reports something of one of the caller's trips.
func (e Issues) Report(ctx context.Context, r tripapi.ReportIssueRequest) (tripapi.ReportedIssue, error) {
	report := trip.ReportIssue{Account: account(ctx), TripID: r.ID, Kind: trip.IssueKind(r.Kind), Text: r.Text,
		Key: kitx.KeyOf(ctx, tripapi.ReportIssue.Spec().Op, r.Keyed)}
	for _, p := range r.Photos {
		report.Photos = append(report.Photos, trip.NewPhoto{ContentType: p.ContentType, Size: p.Size})
	}
	reported, err := e.desk.Report(ctx, report)
	if err == nil && reported.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromReported(reported), err
}

// List lists issues.
func (e Issues) List(ctx context.Context, r tripapi.OpsIssuesRequest) (wire.Page[tripapi.OpsIssue], error) {
	page, err := e.desk.Issues(ctx, trip.IssueFilter{TripID: r.TripID, CarID: r.CarID, State: trip.IssueState(r.State), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Issues, page.Next, fromOpsIssue), err
}

// Owned lists the issues of the caller.
func (e Issues) Owned(ctx context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.OwnIssue], error) {
	page, err := e.desk.Issues(ctx, trip.IssueFilter{Account: account(ctx), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Issues, page.Next, fromOwnIssue), err
}

// Photo is where a photo of an issue can be read.
func (e Issues) Photo(ctx context.Context, r tripapi.IssuePhotoRequest) (wire.PhotoLink, error) {
	link, err := e.desk.IssuePhoto(ctx, r.ID, r.BlobID)
	return wire.FromPhotoLink(link), err
}

// Close says that an issue is looked after.
func (e Issues) Close(ctx context.Context, r tripapi.CloseIssueRequest) (tripapi.OpsIssue, error) {
	i, err := e.desk.CloseIssue(ctx, r.ID, account(ctx), r.Note)
	return fromOpsIssue(i), err
}

func fromIssue(i trip.Issue) tripapi.Issue {
	return tripapi.Issue{ID: i.ID, TripID: i.TripID, CarID: i.CarID, Kind: string(i.Kind), Text: i.Text,
		State: string(i.State), CreatedAt: wire.FromTime(i.CreatedAt)}
}

func fromReported(r trip.Reported) tripapi.ReportedIssue {
	w := tripapi.ReportedIssue{Issue: fromIssue(r.Issue), Photos: make([]wire.PhotoUpload, 0, len(r.Uploads))}
	for _, u := range r.Uploads {
		w.Photos = append(w.Photos, wire.FromPhotoUpload(u))
	}
	return w
}

func fromOwnIssue(i trip.Issue) tripapi.OwnIssue {
	w := tripapi.OwnIssue{Issue: fromIssue(i), ClosedAt: wire.FromTimeOrNil(i.ClosedAt),
		PhotoBlobIDs: append(make([]string, 0, len(i.PhotoIDs)), i.PhotoIDs...)}
	if i.Note != "" {
		w.Note = &i.Note
	}
	return w
}

func fromOpsIssue(i trip.Issue) tripapi.OpsIssue {
	own := fromOwnIssue(i)
	w := tripapi.OpsIssue{Issue: own.Issue, AccountID: i.Account, PhotoBlobIDs: own.PhotoBlobIDs, ClosedAt: own.ClosedAt, Note: own.Note}
	if i.ClosedBy != "" {
		w.ClosedBy = &i.ClosedBy
	}
	return w
}

// IssueEvent writes what is published of an issue's change.
func IssueEvent(ctx context.Context, i trip.Issue, c trip.Change) (events.Event, error) {
	data, err := json.Marshal(tripapi.IssueEvent{ID: i.ID, TripID: i.TripID, CarID: i.CarID, AccountID: i.Account,
		Kind: string(i.Kind), State: string(i.State), PhotoBlobIDs: i.PhotoIDs, CreatedAt: wire.FromTime(i.CreatedAt), Version: i.Version})
	return events.Event{Type: events.Type(tripapi.Name, c.Name), Subject: i.ID, Version: c.Version, Time: c.At,
		Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data}, err
}
