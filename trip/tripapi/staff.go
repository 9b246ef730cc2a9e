package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// The routes of staff.
var (
	OpsList = kitx.NewRoute[OpsListRequest, wire.Page[OpsTrip]](kitx.Spec{Op: "trip.OpsList", Method: http.MethodGet, Path: "/v1/ops/trips",
		Who: auth.Ops(auth.Support)})
	OpsGet = kitx.NewRoute[TripRequest, OpsTrip](kitx.Spec{Op: "trip.OpsGet", Method: http.MethodGet, Path: "/v1/ops/trips/{id}",
		Who: auth.Ops(auth.Support), ETag: true})
	OpsEnd = kitx.NewRoute[OpsEndRequest, OpsTrip](kitx.Spec{Op: "trip.OpsEnd", Method: http.MethodPost, Path: "/v1/ops/trips/{id}/end",
		Who: auth.Ops(auth.Support), Idempotent: true})
)

// OpsListRequest asks for a page of anybody's trips, newest first.
type OpsListRequest struct {
	ListRequest
	AccountID string `query:"account_id" json:"-" validate:"omitempty,number,max=16"`
	CarID     string `query:"car_id" json:"-" validate:"omitempty,uuid"`
}

// OpsEndRequest ends somebody's trip, wherever its car stands. Without lock it ends at
// once though the car does not answer, and the car goes out of service unless it is locked
// and closed already. The end of a trip that is ending keeps who asked for it first.
type OpsEndRequest struct {
	ID          string `path:"id" json:"-" validate:"uuid"`
	Reason      string `json:"reason" validate:"required,max=500,text"`
	WithoutLock bool   `json:"without_lock,omitzero"`
}

// OpsTrip is a trip as staff see it. In lists the distance of a trip under way is as last
// saved.
type OpsTrip struct {
	Trip
	AccountID string `json:"account_id"`
	// EndedBy is who asked for the end: rider, staff or platform; null until somebody did.
	EndedBy *string `json:"ended_by"`
	// EndNote is what staff said of it.
	EndNote *string `json:"end_note"`
	// Unlocked says that it ended without the car being locked and closed.
	Unlocked bool `json:"unlocked"`
}
