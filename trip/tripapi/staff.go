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
	// OpsWriteOff ends a stuck trip without its fare. Refused: 409 trip_not_stuck,
	// own_account.
	OpsWriteOff = kitx.NewRoute[OpsWriteOffRequest, OpsTrip](kitx.Spec{Op: "trip.OpsWriteOff", Method: http.MethodPost, Path: "/v1/ops/trips/{id}/write-off",
		Who: auth.Ops(auth.Finance), Idempotent: true})
)

// OpsListRequest asks for a page of anybody's trips, newest first.
type OpsListRequest struct {
	ListRequest
	AccountID string `query:"account_id" json:"-" validate:"omitempty,number,max=16"`
	CarID     string `query:"car_id" json:"-" validate:"omitempty,uuid"`
	// Stuck asks for those alone that have not got on for a minute though it was their turn:
	// a service that they need cannot be reached, or refuses.
	Stuck bool `query:"stuck" json:"-"`
}

// OpsWriteOffRequest gives up the fare of a trip that is ending and that the wallet refuses
// to pay, again and again: a store was restored from an older copy, say.
type OpsWriteOffRequest struct {
	ID     string `path:"id" json:"-" validate:"uuid"`
	Reason string `json:"reason" validate:"required,max=500,text"`
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
