package sqlite

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"freecar/internal/photo"
	"freecar/internal/sqlitex"
	"freecar/internal/wire"
	"freecar/trip"
)

// issueRow is the document of an issue. Times are unix milliseconds, 0 for none.
type issueRow struct {
	ID        string   `json:"id"`
	TripID    string   `json:"trip_id"`
	CarID     string   `json:"car_id"`
	Account   string   `json:"account"`
	Kind      string   `json:"kind"`
	Text      string   `json:"text,omitzero"`
	PhotoIDs  []string `json:"photo_ids,omitzero"`
	State     string   `json:"state"`
	CreatedAt int64    `json:"created_at"`
	ClosedAt  int64    `json:"closed_at,omitzero"`
	ClosedBy  string   `json:"closed_by,omitzero"`
	Note      string   `json:"note,omitzero"`
	Version   int64    `json:"version"`
}

func encodeIssue(i trip.Issue) ([]byte, error) {
	return json.Marshal(issueRow{ID: i.ID, TripID: i.TripID, CarID: i.CarID, Account: i.Account, Kind: string(i.Kind), Text: i.Text,
		PhotoIDs: i.PhotoIDs, State: string(i.State), CreatedAt: sqlitex.Millis(i.CreatedAt),
		ClosedAt: sqlitex.Millis(i.ClosedAt), ClosedBy: i.ClosedBy, Note: i.Note, Version: i.Version})
}

func decodeIssue(doc []byte) (trip.Issue, error) {
	var r issueRow
	if err := json.Unmarshal(doc, &r); err != nil {
		return trip.Issue{}, fmt.Errorf("sqlite: an issue that cannot be read: %w", err)
	}
	return trip.Issue{ID: r.ID, TripID: r.TripID, CarID: r.CarID, Account: r.Account, Kind: trip.IssueKind(r.Kind), Text: r.Text,
		PhotoIDs: r.PhotoIDs, State: trip.IssueState(r.State), CreatedAt: sqlitex.FromMillis(r.CreatedAt),
		ClosedAt: sqlitex.FromMillis(r.ClosedAt), ClosedBy: r.ClosedBy, Note: r.Note, Version: r.Version}, nil
}

func encodeUploads(uploads []photo.Upload) ([]byte, error) {
	rows := make([]wire.PhotoUpload, 0, len(uploads))
	for _, u := range uploads {
		rows = append(rows, wire.FromPhotoUpload(u))
	}
	return json.Marshal(rows)
}

func decodeUploads(doc []byte) (uploads []photo.Upload, err error) {
	var rows []wire.PhotoUpload
	if err := json.Unmarshal(doc, &rows); err != nil {
		return nil, fmt.Errorf("sqlite: an answer that cannot be read: %w", err)
	}
	for _, r := range rows {
		uploads = append(uploads, r.ToPhotoUpload())
	}
	return uploads, nil
}
