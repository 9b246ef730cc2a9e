package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// The trip service's part of an export, for the gateway that asks for it in an account's
// name. Newest first.
var (
	ListTrips = kitx.NewRoute[OwnedRequest, wire.Page[OwnTrip]](kitx.Spec{Op: "trip.OwnTrips", Method: http.MethodGet,
		Path: "/internal/v1/trips", Who: auth.Services("gateway")})
	ListReservations = kitx.NewRoute[OwnedRequest, wire.Page[Reservation]](kitx.Spec{Op: "trip.OwnReservations", Method: http.MethodGet,
		Path: "/internal/v1/reservations", Who: auth.Services("gateway")})
	ListIssues = kitx.NewRoute[OwnedRequest, wire.Page[OwnIssue]](kitx.Spec{Op: "trip.OwnIssues", Method: http.MethodGet,
		Path: "/internal/v1/issues", Who: auth.Services("gateway")})
)

// OwnedRequest asks for a page; one of reservations may be short.
type OwnedRequest struct{ wire.Paging }

// OwnTrip is all that is kept of a trip, for its rider.
type OwnTrip struct {
	Trip
	EndNote *string `json:"end_note"` // what staff said when they ended it; null for nothing
}

// OwnIssue is all that is kept of an issue, for who reported it.
type OwnIssue struct {
	Issue
	PhotoBlobIDs []string   `json:"photo_blob_ids"`
	ClosedAt     *wire.Time `json:"closed_at"` // null while open
	Note         *string    `json:"note"`      // what staff did about it
}
