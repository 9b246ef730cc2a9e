package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// The routes of reservations.
var (
	Reserve = kitx.NewRoute[ReserveRequest, Reservation](kitx.Spec{Op: "trip.Reserve", Method: http.MethodPost, Path: "/v1/reservations",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	CurrentReservation = kitx.NewRoute[kitx.None, Reservation](kitx.Spec{Op: "trip.CurrentReservation", Method: http.MethodGet, Path: "/v1/reservations/current",
		Who: auth.Only(auth.Rider), ETag: true})
	Extend = kitx.NewRoute[ExtendRequest, Reservation](kitx.Spec{Op: "trip.Extend", Method: http.MethodPost, Path: "/v1/reservations/{id}/extend",
		Who: auth.Only(auth.Rider)})
	CancelReservation = kitx.NewRoute[ReservationRequest, kitx.None](kitx.Spec{Op: "trip.CancelReservation", Method: http.MethodDelete, Path: "/v1/reservations/{id}",
		Who: auth.Only(auth.Rider), Idempotent: true})
)

// ReserveRequest asks for a reservation. Refused: 409 car_unavailable, account_busy,
// licence_not_verified, wallet_in_debt; reserved_recently, to who has just had the car and
// not driven it, be it reserved, not unlocked, or in the grace of a trip.
type ReserveRequest struct {
	kitx.Keyed
	CarID string `json:"car_id" validate:"required,uuid"`
}

// ExtendRequest asks for a longer reservation. Refused: 409 reservation_extended,
// reservation_expired, reservation_over.
type ExtendRequest struct {
	kitx.Keyed
	ID string `path:"id" json:"-" validate:"uuid"`
}

// ReservationRequest names a reservation.
type ReservationRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// Reservation is a car kept for its rider, free of charge. State: active; started, when it
// has become the trip of the same id; expired; cancelled. The trip that follows has the
// prices of the plan named here.
type Reservation struct {
	ID          string    `json:"id"`
	CarID       string    `json:"car_id"`
	Plate       string    `json:"plate"`
	Model       string    `json:"model"`
	State       string    `json:"state"`
	CreatedAt   wire.Time `json:"created_at"`
	ExpiresAt   wire.Time `json:"expires_at"`
	Extendable  bool      `json:"extendable"`
	PlanID      string    `json:"plan_id"`
	PlanVersion int64     `json:"plan_version"`
}
