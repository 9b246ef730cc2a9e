// Package profileapi is all that others may see of the profile service: its routes,
// their wire types and its events.
package profileapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Name is the service's.
const Name = "profile"

// The routes of riders.
var (
	GetLicence = kitx.NewRoute[kitx.None, Licence](kitx.Spec{Op: "profile.GetLicence", Method: http.MethodGet, Path: "/v1/me/licence",
		Who: auth.Only(auth.Rider), ETag: true})
	PutLicence = kitx.NewRoute[LicenceForm, Licence](kitx.Spec{Op: "profile.PutLicence", Method: http.MethodPut, Path: "/v1/me/licence",
		Who: auth.Only(auth.Rider)})
	AddPhoto = kitx.NewRoute[AddPhotoRequest, wire.PhotoUpload](kitx.Spec{Op: "profile.AddPhoto", Method: http.MethodPost, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	GetPhoto = kitx.NewRoute[kitx.None, wire.PhotoLink](kitx.Spec{Op: "profile.GetPhoto", Method: http.MethodGet, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider)})
	DeletePhoto = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "profile.DeletePhoto", Method: http.MethodDelete, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider)})
)

// The routes of staff.
var (
	List = kitx.NewRoute[ListRequest, wire.Page[StaffLicence]](kitx.Spec{Op: "profile.List", Method: http.MethodGet, Path: "/v1/ops/licences",
		Who: auth.Ops(auth.Support)})
	Inspect = kitx.NewRoute[InspectRequest, Inspection](kitx.Spec{Op: "profile.Inspect", Method: http.MethodGet,
		Path: "/v1/ops/licences/{account_id}", Who: auth.Ops(auth.Support)})
	InspectPhoto = kitx.NewRoute[InspectRequest, wire.PhotoLink](kitx.Spec{Op: "profile.InspectPhoto", Method: http.MethodGet,
		Path: "/v1/ops/licences/{account_id}/photo", Who: auth.Ops(auth.Support)})
	Approve = kitx.NewRoute[ApproveRequest, StaffLicence](kitx.Spec{Op: "profile.Approve", Method: http.MethodPost,
		Path: "/v1/ops/licences/{account_id}/approve", Who: auth.Ops(auth.Support), Idempotent: true})
	Reject = kitx.NewRoute[RejectRequest, StaffLicence](kitx.Spec{Op: "profile.Reject", Method: http.MethodPost,
		Path: "/v1/ops/licences/{account_id}/reject", Who: auth.Ops(auth.Support), Idempotent: true})
)

// Check tells the trip service whether an account may drive at this moment.
var Check = kitx.NewRoute[CheckRequest, Verdict](kitx.Spec{Op: "profile.Check", Method: http.MethodGet,
	Path: "/internal/v1/licences/{account_id}/check", Who: auth.Services("trip"), Quiet: true})

// GetPersonal is the profile service's part of an export, for the gateway that asks for it in
// an account's name.
var GetPersonal = kitx.NewRoute[kitx.None, Personal](kitx.Spec{Op: "profile.Personal", Method: http.MethodGet,
	Path: "/internal/v1/licence", Who: auth.Services("gateway")})

// LicenceForm is what a rider says of its licence. What a number, a name and a day may be
// beyond this is the domain's to say (profile.Policy).
type LicenceForm struct {
	Number    string `json:"number" validate:"required,max=100,text"`
	FullName  string `json:"full_name" validate:"required,max=300,text"`
	BirthDate string `json:"birth_date" validate:"required,datetime=2006-01-02"`
	ExpiresOn string `json:"expires_on" validate:"required,datetime=2006-01-02"`
	Country   string `json:"country" validate:"required,iso3166_1_alpha2"`
}

// Licence is a licence as its rider sees it. Dates are YYYY-MM-DD.
type Licence struct {
	Status string `json:"status"` // pending, verified, rejected
	// Reason is why it was rejected, or why a verified one is not enough at this moment:
	// expired, underage; null otherwise.
	Reason      *string   `json:"reason"`
	Number      string    `json:"number"`
	FullName    string    `json:"full_name"`
	BirthDate   string    `json:"birth_date"`
	ExpiresOn   string    `json:"expires_on"`
	Country     string    `json:"country"`
	SubmittedAt wire.Time `json:"submitted_at"`
}

// Personal is all that is kept of a person's licence, save the photo.
type Personal struct {
	Licence
	DecidedAt *wire.Time `json:"decided_at"` // null until decided
	// Reading is what a reader made of the photo; null where there is none.
	Reading *Reading `json:"reading"`
}

// StaffLicence is a licence as staff see it.
type StaffLicence struct {
	AccountID   string     `json:"account_id"`
	Status      string     `json:"status"`
	Reason      *string    `json:"reason"`
	Number      string     `json:"number"`
	FullName    string     `json:"full_name"`
	BirthDate   string     `json:"birth_date"`
	ExpiresOn   string     `json:"expires_on"`
	Country     string     `json:"country"`
	SubmittedAt wire.Time  `json:"submitted_at"`
	PhotoBlobID *string    `json:"photo_blob_id"` // null without one
	DecidedAt   *wire.Time `json:"decided_at"`    // null until decided
	DecidedBy   *string    `json:"decided_by"`    // an account id, or the name of the reader
	// Version rises with what is decided on: what the rider said, and the photo.
	Version int64 `json:"version"`
}

// Inspection is a licence as who decides on it sees it.
type Inspection struct {
	StaffLicence
	// DuplicateOf is another account that is verified with the same number.
	DuplicateOf *string `json:"duplicate_of"`
	// Reading is what a reader made of the photo; null where there is none.
	Reading *Reading `json:"reading"`
}

// Reading is what a reader made of a photo.
type Reading struct {
	At      wire.Time `json:"at"`
	By      string    `json:"by"`
	Outcome string    `json:"outcome"` // read, unreadable, gave_up
	// Fields hold the photo against what the rider said; empty unless it was read.
	Fields []FieldReading `json:"fields"`
}

// FieldReading is one field of a photo: number, full_name, birth_date, expires_on or
// country.
type FieldReading struct {
	Field   string  `json:"field"`
	Read    *string `json:"read"` // null when it was not found
	Matches bool    `json:"matches"`
}

// InspectRequest names the account whose licence is asked for.
type InspectRequest struct {
	AccountID string `path:"account_id" json:"-" validate:"number,max=16"`
}

// AddPhotoRequest asks for room for a photo.
type AddPhotoRequest struct {
	kitx.Keyed
	wire.NewPhoto
}

// ListRequest asks for a page of submitted licences, newest submission first.
type ListRequest struct {
	wire.Paging
	Status string `query:"status" json:"-" validate:"omitempty,oneof=pending verified rejected"`
}

// ApproveRequest names the account whose licence is right.
type ApproveRequest struct {
	AccountID string `path:"account_id" json:"-" validate:"number,max=16"`
	Seen
}

// Seen is what was looked at before a decision.
type Seen struct {
	// Version is that of the licence, so that no other one is decided on; 0 takes what is
	// there.
	Version int64 `json:"version,omitzero" validate:"min=0,max=9007199254740991"`
}

// RejectRequest names the account whose licence is not, and why.
type RejectRequest struct {
	AccountID string `path:"account_id" json:"-" validate:"number,max=16"`
	Reason    string `json:"reason" validate:"required,max=500,text"`
	Seen
}

// CheckRequest asks about an account.
type CheckRequest struct {
	AccountID string `path:"account_id" validate:"number,max=16"`
}

// Verdict says whether an account may drive. Reason is why not: unsubmitted, pending,
// rejected, expired or underage.
type Verdict struct {
	Verified bool   `json:"verified"`
	Reason   string `json:"reason"`
}
