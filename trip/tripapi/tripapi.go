// Package tripapi is all that others may see of the trip service: its routes, their wire
// types and its events.
package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Name is the service's.
const Name = "trip"

// The routes. A rider who is blocked in the middle of a trip may look at it and end it.
var (
	Start = kitx.NewRoute[StartRequest, Trip](kitx.Spec{Op: "trip.Start", Method: http.MethodPost, Path: "/v1/trips",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	List = kitx.NewRoute[ListRequest, wire.Page[Trip]](kitx.Spec{Op: "trip.List", Method: http.MethodGet, Path: "/v1/trips",
		Who: auth.Only(auth.Rider)})
	Current = kitx.NewRoute[kitx.None, Trip](kitx.Spec{Op: "trip.Current", Method: http.MethodGet, Path: "/v1/trips/current",
		Who: auth.Only(auth.Rider | auth.Blocked), ETag: true})
	Get = kitx.NewRoute[TripRequest, Trip](kitx.Spec{Op: "trip.Get", Method: http.MethodGet, Path: "/v1/trips/{id}",
		Who: auth.Only(auth.Rider | auth.Blocked), ETag: true})
	Pause = kitx.NewRoute[StopRequest, StopAnswer](kitx.Spec{Op: "trip.Pause", Method: http.MethodPost, Path: "/v1/trips/{id}/pause",
		Who: auth.Only(auth.Rider), Idempotent: true})
	Resume = kitx.NewRoute[TripRequest, Trip](kitx.Spec{Op: "trip.Resume", Method: http.MethodPost, Path: "/v1/trips/{id}/resume",
		Who: auth.Only(auth.Rider), Idempotent: true})
	End = kitx.NewRoute[StopRequest, StopAnswer](kitx.Spec{Op: "trip.End", Method: http.MethodPost, Path: "/v1/trips/{id}/end",
		Who: auth.Only(auth.Rider | auth.Blocked), Idempotent: true})
	GetReceipt = kitx.NewRoute[TripRequest, Receipt](kitx.Spec{Op: "trip.Receipt", Method: http.MethodGet, Path: "/v1/trips/{id}/receipt",
		Who: auth.Only(auth.Rider), ETag: true})
	Plans = kitx.NewRoute[kitx.None, wire.Page[Plan]](kitx.Spec{Op: "trip.Plans", Method: http.MethodGet, Path: "/v1/pricing-plans",
		Who: auth.Only(auth.Rider), ETag: true})
	// Live tells the car service whether a rental still stands behind its claim.
	Live = kitx.NewRoute[LiveRequest, LiveAnswer](kitx.Spec{Op: "trip.Live", Method: http.MethodGet, Path: "/internal/v1/trips/{id}/live",
		Who: auth.Services("car")})
)

// StartRequest asks for a trip: with a car or with a reservation, and never both. The
// rider's own reserved car is rented by its reservation.
type StartRequest struct {
	kitx.Keyed
	CarID         string `json:"car_id,omitzero" validate:"required_without=ReservationID,excluded_with=ReservationID,omitempty,uuid"`
	ReservationID string `json:"reservation_id,omitzero" validate:"omitempty,uuid"`
	// Position is where the rider is: a hint, never the truth.
	Position *wire.Position `json:"position,omitzero"`
	// PromoCode is that of a promotion. Refused: 409 promo_refused, with the reason.
	PromoCode string `json:"promo_code,omitzero" validate:"max=64,text"`
}

// TripRequest names a trip.
type TripRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// StopRequest asks for a pause or an end; a dry run only asks whether it would be
// accepted, and changes nothing.
type StopRequest struct {
	ID     string `path:"id" json:"-" validate:"uuid"`
	DryRun bool   `query:"dry_run" json:"-"`
}

// StopAnswer is the trip or, of a dry run, the verdict.
type StopAnswer struct {
	*Trip
	*Verdict
}

// Verdict says whether something would be accepted, and all reasons that stand against it.
type Verdict struct {
	Allowed bool     `json:"allowed"`
	Reasons []Reason `json:"reasons"`
}

// Reason is one that stands against something: moving, doors_open, outside_zone,
// no_parking, not_started, not_in_progress.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// ListRequest asks for a page of trips.
type ListRequest struct {
	wire.Paging
	State string `query:"state" json:"-" validate:"omitempty,oneof=starting in_progress paused ending finished cancelled"`
}

// Trip is a trip as its rider sees it; fare and distance are live. State: starting,
// in_progress, paused, ending, finished, cancelled.
type Trip struct {
	ID        string     `json:"id"`
	CarID     string     `json:"car_id"`
	Plate     string     `json:"plate"`
	Model     string     `json:"model"`
	State     string     `json:"state"`
	CreatedAt wire.Time  `json:"created_at"`
	StartedAt *wire.Time `json:"started_at"`         // null until unlocked
	PausedAt  *wire.Time `json:"paused_at,omitzero"` // left out unless paused
	EndedAt   *wire.Time `json:"ended_at"`           // null until over; of a finished trip the end of the fare
	DistanceM int64      `json:"distance_m"`
	Fare      Fare       `json:"fare"`
	PromoCode string     `json:"promo_code,omitzero"` // of the promotion that it has
	// Reason says why it was cancelled (unlock_failed); why the last pause, resume or end
	// failed (lock_failed, unlock_failed); why the platform cannot end it yet (moving,
	// doors_open); or why it is paused and not ended, since the car rolled on to where it
	// cannot be left (outside_zone, no_parking). Null without one.
	Reason *string `json:"reason"`
}

// Fare is an amount, explained.
type Fare struct {
	Total       wire.Money `json:"total"`
	Lines       []FareLine `json:"lines"`
	PlanID      string     `json:"plan_id"`
	PlanVersion int64      `json:"plan_version"`
}

// FareLine is one reason to pay.
type FareLine struct {
	Code   string     `json:"code"`
	Text   string     `json:"text"`
	Amount wire.Money `json:"amount"`
}

// Receipt is a finished trip's.
type Receipt struct {
	Number    string    `json:"number"`
	TripID    string    `json:"trip_id"`
	IssuedAt  wire.Time `json:"issued_at"`
	Plate     string    `json:"plate"`
	Model     string    `json:"model"`
	StartedAt wire.Time `json:"started_at"`
	EndedAt   wire.Time `json:"ended_at"` // the end of the fare
	DistanceM int64     `json:"distance_m"`
	Fare      Fare      `json:"fare"`
	// Refunded is what was paid back since, and Paid what is left of the fare.
	Refunded wire.Money `json:"refunded"`
	Paid     wire.Money `json:"paid"`
}

// Plan is a price list; its segments are GBFS 3.0's.
type Plan struct {
	ID              string     `json:"id"`
	Version         int64      `json:"version"`
	Name            string     `json:"name"`
	VATBasisPoints  int64      `json:"vat_basis_points"` // that the prices contain: 1900 is 19 percent
	Unlock          wire.Money `json:"unlock"`
	PerMinute       []Segment  `json:"per_minute"`
	PerPausedMinute wire.Money `json:"per_paused_minute"`
	PerKilometre    []Segment  `json:"per_kilometre"`
	Cap             wire.Money `json:"cap"`
	Hold            wire.Money `json:"hold"`
	GraceSeconds    int64      `json:"grace_seconds"`
}

// Segment charges rate for each interval begun from start on and before end (null: open),
// in minutes or kilometres.
type Segment struct {
	Start    int64      `json:"start"`
	Rate     wire.Money `json:"rate"`
	Interval int64      `json:"interval"`
	End      *int64     `json:"end"`
}
