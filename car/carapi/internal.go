package carapi

import "freecar/internal/wire"

// ClaimRequest sets a car aside. With the id of the claim that the car has and the other
// kind it makes a trip of a reservation and, until the car is told anything, back again.
// Refused: 409 car_unavailable, with the reason in errors.
type ClaimRequest struct {
	ID        string `path:"id" json:"-" validate:"uuid"`
	Kind      string `json:"kind" validate:"oneof=trip reservation"`
	ClaimID   string `json:"claim_id" validate:"required,uuid"`
	AccountID string `json:"account_id" validate:"required,number,max=16"`
}

// ReleaseRequest ends a claim; one that the car does not have changes nothing.
type ReleaseRequest struct {
	ID      string `path:"id" json:"-" validate:"uuid"`
	Kind    string `json:"kind" validate:"oneof=trip reservation"`
	ClaimID string `json:"claim_id" validate:"required,uuid"`
	// OutOfService takes the car out of service, and says why.
	OutOfService string `json:"out_of_service,omitzero" validate:"max=200,text"`
}

// ClaimedCar is a car after its claim changed. Place, odometer and charge are those of
// the last reading; a car that has never sent one cannot be claimed.
type ClaimedCar struct {
	ID            string         `json:"id"`
	Plate         string         `json:"plate"`
	Model         string         `json:"model"`
	Position      *wire.Position `json:"position"`
	OdometerM     int64          `json:"odometer_m"`
	ChargePercent float64        `json:"charge_percent"`
	PricingPlanID string         `json:"pricing_plan_id"`
	State         string         `json:"state"`
	Version       int64          `json:"version"`
}

// CommandRequest tells a trip's car something; a step is one command however often it is
// sent. Refused: 409 not_claimed, step_reused, command_waiting, lock_state, car_moving.
type CommandRequest struct {
	ID      string `path:"id" json:"-" validate:"uuid"`
	ClaimID string `json:"claim_id" validate:"required,uuid"`
	Step    string `json:"step" validate:"required,max=60,text"`
	Kind    string `json:"kind" validate:"oneof=lock unlock stop_request"`
}

// InspectedCar is all that is known of a car.
type InspectedCar struct {
	CarState
	Reading *InternalReading `json:"reading"` // null before the first
}

// InternalReading is the last reading.
type InternalReading struct {
	At            *wire.Time    `json:"at"`          // by the device's clock; null for what staff gave
	ReceivedAt    wire.Time     `json:"received_at"` // by the car service's
	Position      wire.Position `json:"position"`
	ChargePercent float64       `json:"charge_percent"`
	OdometerM     int64         `json:"odometer_m"`
	SpeedKMH      float64       `json:"speed_kmh"`
	Locked        bool          `json:"locked"`
	DoorsOpen     bool          `json:"doors_open"`
}
