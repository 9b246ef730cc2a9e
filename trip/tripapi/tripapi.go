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

// The routes.
var (
	Start = kitx.NewRoute[StartRequest, Trip](kitx.Spec{Op: "trip.Start", Method: http.MethodPost, Path: "/v1/trips",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	List = kitx.NewRoute[ListRequest, wire.Page[Trip]](kitx.Spec{Op: "trip.List", Method: http.MethodGet, Path: "/v1/trips",
		Who: auth.Only(auth.Rider)})
	Current = kitx.NewRoute[kitx.None, Trip](kitx.Spec{Op: "trip.Current", Method: http.MethodGet, Path: "/v1/trips/current",
		Who: auth.Only(auth.Rider), ETag: true})
	Get = kitx.NewRoute[TripRequest, Trip](kitx.Spec{Op: "trip.Get", Method: http.MethodGet, Path: "/v1/trips/{id}",
		Who: auth.Only(auth.Rider), ETag: true})
	End = kitx.NewRoute[TripRequest, Trip](kitx.Spec{Op: "trip.End", Method: http.MethodPost, Path: "/v1/trips/{id}/end",
		Who: auth.Only(auth.Rider), Idempotent: true})
	GetReceipt = kitx.NewRoute[TripRequest, Receipt](kitx.Spec{Op: "trip.Receipt", Method: http.MethodGet, Path: "/v1/trips/{id}/receipt",
		Who: auth.Only(auth.Rider), ETag: true})
	Plans = kitx.NewRoute[kitx.None, wire.Page[Plan]](kitx.Spec{Op: "trip.Plans", Method: http.MethodGet, Path: "/v1/pricing-plans",
		Who: auth.Only(auth.Rider), ETag: true})
	// Live tells the car service whether a trip still stands behind its claim.
	Live = kitx.NewRoute[TripRequest, LiveAnswer](kitx.Spec{Op: "trip.Live", Method: http.MethodGet, Path: "/internal/v1/trips/{id}/live",
		Who: auth.Services("car")})
)

// StartRequest asks for a trip.
type StartRequest struct {
	kitx.Keyed
	CarID string `json:"car_id" validate:"required,uuid"`
	// Position is where the rider is: a hint, never the truth.
	Position *wire.Position `json:"position"`
}

// TripRequest names a trip.
type TripRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// ListRequest asks for a page of trips.
type ListRequest struct {
	wire.Paging
	State string `query:"state" json:"-" validate:"omitempty,oneof=starting in_progress ending finished cancelled"`
}

// Trip is a trip as its rider sees it; fare and distance are live.
type Trip struct {
	ID        string     `json:"id"`
	CarID     string     `json:"car_id"`
	Plate     string     `json:"plate"`
	Model     string     `json:"model"`
	State     string     `json:"state"`
	CreatedAt wire.Time  `json:"created_at"`
	StartedAt *wire.Time `json:"started_at"` // null until unlocked
	EndedAt   *wire.Time `json:"ended_at"`   // null until over; of a finished trip the end of the fare
	DistanceM int64      `json:"distance_m"`
	Fare      Fare       `json:"fare"`
	// Reason says why it was cancelled, or why the last end failed; null without one.
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
}

// Plan is a price list; its segments are GBFS 3.0's.
type Plan struct {
	ID              string     `json:"id"`
	Version         int64      `json:"version"`
	Name            string     `json:"name"`
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

// LiveAnswer says whether a trip is under way.
type LiveAnswer struct {
	Live bool `json:"live"`
}

// Event is the data of every freecar.trip.*.v1: the trip after the change, from which its
// state can be rebuilt.
type Event struct {
	ID             string     `json:"id"`
	AccountID      string     `json:"account_id"`
	CarID          string     `json:"car_id"`
	State          string     `json:"state"`
	Step           string     `json:"step"`
	Accepted       bool       `json:"accepted"`
	CreatedAt      wire.Time  `json:"created_at"`
	StartedAt      *wire.Time `json:"started_at,omitzero"`
	EndRequestedAt *wire.Time `json:"end_requested_at,omitzero"`
	EndOdometerM   int64      `json:"end_odometer_m,omitzero"`
	EndAttempts    int        `json:"end_attempts,omitzero"`
	EndedAt        *wire.Time `json:"ended_at,omitzero"`
	StartOdometerM int64      `json:"start_odometer_m"`
	DistanceM      int64      `json:"distance_m"`
	Fare           Fare       `json:"fare"`
	Reason         string     `json:"reason,omitzero"`
	Version        int64      `json:"version"`
}
