package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// The routes of issues with cars.
var (
	ReportIssue = kitx.NewRoute[ReportIssueRequest, ReportedIssue](kitx.Spec{Op: "trip.ReportIssue", Method: http.MethodPost, Path: "/v1/trips/{id}/issues",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	OpsIssues = kitx.NewRoute[OpsIssuesRequest, wire.Page[OpsIssue]](kitx.Spec{Op: "trip.OpsIssues", Method: http.MethodGet, Path: "/v1/ops/issues",
		Who: auth.Ops(auth.Support | auth.Fleet)})
	OpsIssuePhoto = kitx.NewRoute[IssuePhotoRequest, wire.PhotoLink](kitx.Spec{Op: "trip.OpsIssuePhoto", Method: http.MethodGet,
		Path: "/v1/ops/issues/{id}/photos/{blob_id}", Who: auth.Ops(auth.Support | auth.Fleet)})
	CloseIssue = kitx.NewRoute[CloseIssueRequest, OpsIssue](kitx.Spec{Op: "trip.CloseIssue", Method: http.MethodPost, Path: "/v1/ops/issues/{id}/close",
		Who: auth.Ops(auth.Support | auth.Fleet), Idempotent: true})
)

// ReportIssueRequest reports something of the car of a trip.
type ReportIssueRequest struct {
	kitx.Keyed
	ID   string `path:"id" json:"-" validate:"uuid"`
	Kind string `json:"kind" validate:"required,oneof=damage cleanliness technical accident other"`
	// Text may have several lines.
	Text   string          `json:"text" validate:"required,max=2000,lines"`
	Photos []wire.NewPhoto `json:"photos,omitzero" validate:"max=5,dive"`
}

// Issue is what was reported.
type Issue struct {
	ID        string    `json:"id"`
	TripID    string    `json:"trip_id"`
	CarID     string    `json:"car_id"`
	Kind      string    `json:"kind"`
	Text      string    `json:"text"`
	State     string    `json:"state"` // open, closed
	CreatedAt wire.Time `json:"created_at"`
}

// ReportedIssue is an issue and where its photos go, in their order.
type ReportedIssue struct {
	Issue
	Photos []wire.PhotoUpload `json:"photos"`
}

// OpsIssue is an issue as staff see it. It has no text and no note once its rider is erased.
type OpsIssue struct {
	Issue
	AccountID    string     `json:"account_id"`
	PhotoBlobIDs []string   `json:"photo_blob_ids"`
	ClosedAt     *wire.Time `json:"closed_at"`
	ClosedBy     *string    `json:"closed_by"` // an account id
	Note         *string    `json:"note"`      // what staff did about it
}

// OpsIssuesRequest asks for a page of issues, newest first.
type OpsIssuesRequest struct {
	wire.Paging
	TripID string `query:"trip_id" json:"-" validate:"omitempty,uuid"`
	CarID  string `query:"car_id" json:"-" validate:"omitempty,uuid"`
	State  string `query:"state" json:"-" validate:"omitempty,oneof=open closed"`
}

// IssuePhotoRequest names a photo of an issue.
type IssuePhotoRequest struct {
	ID     string `path:"id" json:"-" validate:"uuid"`
	BlobID string `path:"blob_id" json:"-" validate:"uuid"`
}

// CloseIssueRequest says what was done about an issue.
type CloseIssueRequest struct {
	ID   string `path:"id" json:"-" validate:"uuid"`
	Note string `json:"note" validate:"max=2000,text"`
}

// IssueEvent is the data of freecar.trip.issue_*.v1: the issue after the change, without
// what people wrote. Its subject is the issue's id.
type IssueEvent struct {
	ID           string    `json:"id"`
	TripID       string    `json:"trip_id"`
	CarID        string    `json:"car_id"`
	AccountID    string    `json:"account_id"`
	Kind         string    `json:"kind"`
	State        string    `json:"state"`
	PhotoBlobIDs []string  `json:"photo_blob_ids,omitzero"`
	CreatedAt    wire.Time `json:"created_at"`
	Version      int64     `json:"version"`
}
