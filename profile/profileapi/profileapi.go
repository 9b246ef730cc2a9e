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
	AddPhoto = kitx.NewRoute[AddPhotoRequest, PhotoUpload](kitx.Spec{Op: "profile.AddPhoto", Method: http.MethodPost, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	GetPhoto = kitx.NewRoute[kitx.None, PhotoLink](kitx.Spec{Op: "profile.GetPhoto", Method: http.MethodGet, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider)})
	DeletePhoto = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "profile.DeletePhoto", Method: http.MethodDelete, Path: "/v1/me/licence/photo",
		Who: auth.Only(auth.Rider)})
)

// The routes of staff.
var (
	List = kitx.NewRoute[ListRequest, wire.Page[StaffLicence]](kitx.Spec{Op: "profile.List", Method: http.MethodGet, Path: "/v1/ops/licences",
		Who: auth.Ops(auth.Support)})
	Approve = kitx.NewRoute[ApproveRequest, StaffLicence](kitx.Spec{Op: "profile.Approve", Method: http.MethodPost,
		Path: "/v1/ops/licences/{account_id}/approve", Who: auth.Ops(auth.Support), Idempotent: true})
	Reject = kitx.NewRoute[RejectRequest, StaffLicence](kitx.Spec{Op: "profile.Reject", Method: http.MethodPost,
		Path: "/v1/ops/licences/{account_id}/reject", Who: auth.Ops(auth.Support), Idempotent: true})
)

// Check tells the trip service whether an account may drive at this moment.
var Check = kitx.NewRoute[CheckRequest, Verdict](kitx.Spec{Op: "profile.Check", Method: http.MethodGet,
	Path: "/internal/v1/licences/{account_id}/check", Who: auth.Services("trip"), Quiet: true})

// LicenceForm is what a rider says of its licence. The rules of its fields are the
// domain's (profile.Policy), save the list of countries.
type LicenceForm struct {
	Number    string `json:"number" validate:"required"`
	FullName  string `json:"full_name" validate:"required"`
	BirthDate string `json:"birth_date" validate:"required"`
	ExpiresOn string `json:"expires_on" validate:"required"`
	Country   string `json:"country" validate:"required,iso3166_1_alpha2"`
}

// Licence is a licence as its rider sees it. Dates are YYYY-MM-DD.
type Licence struct {
	Status      string    `json:"status"` // pending, verified, rejected
	Reason      *string   `json:"reason"` // why it was rejected; null otherwise
	Number      string    `json:"number"`
	FullName    string    `json:"full_name"`
	BirthDate   string    `json:"birth_date"`
	ExpiresOn   string    `json:"expires_on"`
	Country     string    `json:"country"`
	SubmittedAt wire.Time `json:"submitted_at"`
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
	DecidedBy   *string    `json:"decided_by"`    // an account id
}

// AddPhotoRequest asks for room for a photo. What a photo may be is the blob service's
// to say.
type AddPhotoRequest struct {
	kitx.Keyed
	ContentType string `json:"content_type" validate:"required,max=100,text"`
	Size        int64  `json:"size" validate:"required,min=1"` // bytes
}

// PhotoUpload says how the bytes are sent.
type PhotoUpload struct {
	BlobID string `json:"blob_id"`
	Upload Upload `json:"upload"`
}

// Upload is a request that its holder may make until it expires.
type Upload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt wire.Time         `json:"expires_at"`
}

// PhotoLink is an address that shows the photo for a while.
type PhotoLink struct {
	URL       string    `json:"url"`
	ExpiresAt wire.Time `json:"expires_at"`
}

// ListRequest asks for a page of submitted licences, newest submission first.
type ListRequest struct {
	wire.Paging
	Status string `query:"status" json:"-" validate:"omitempty,oneof=pending verified rejected"`
}

// ApproveRequest names the account whose licence is right.
type ApproveRequest struct {
	AccountID string `path:"account_id" json:"-" validate:"number,max=16"`
}

// RejectRequest names the account whose licence is not, and why.
type RejectRequest struct {
	AccountID string `path:"account_id" json:"-" validate:"number,max=16"`
	Reason    string `json:"reason" validate:"required,max=500,text"`
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
