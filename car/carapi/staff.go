package carapi

import (
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// ListRequest asks for a page of the fleet, newest first.
type ListRequest struct {
	wire.Paging
	State string `query:"state" json:"-" validate:"omitempty,oneof=non_operational available reserved stopped on_trip non_contactable removed"`
	Plate string `query:"plate" json:"-" validate:"max=40,text"`
	// DeviceID chooses the cars that a device speaks for.
	DeviceID string `query:"device_id" json:"-" validate:"omitempty,uuid"`
	// MaxCharge chooses cars with at most that charge, in percent, when last heard of.
	MaxCharge *float64 `query:"max_charge" json:"-" validate:"omitnil,gte=0,lte=100"`
	// SilentSince chooses cars that nothing was heard of since, or ever.
	SilentSince *wire.Time `query:"silent_since" json:"-"`
	// BBox is west,south,east,north in degrees, for where cars were last; west > east
	// crosses the antimeridian.
	BBox string `query:"bbox" json:"-" validate:"max=200,text"`
}

// RegisterRequest adds a car. It can be rented as soon as its device has spoken; until
// then it stands where this says, if it does.
type RegisterRequest struct {
	kitx.Keyed
	Plate         string         `json:"plate" validate:"required,max=40,text"`
	Model         string         `json:"model" validate:"required,max=60,text"`
	PricingPlanID string         `json:"pricing_plan_id,omitzero" validate:"max=40,text"`
	Position      *wire.Position `json:"position,omitzero"`
	ChargePercent *float64       `json:"charge_percent,omitzero" validate:"omitnil,gte=0,lte=100"`   // 100 if left out
	OdometerKM    *float64       `json:"odometer_km,omitzero" validate:"omitnil,gte=0,lte=10000000"` // 0 if left out
}

// FleetCar is a car as staff see it.
type FleetCar struct {
	ID            string         `json:"id"`
	Plate         string         `json:"plate"`
	Model         string         `json:"model"`
	PricingPlanID string         `json:"pricing_plan_id"`
	State         string         `json:"state"`
	Lock          string         `json:"lock"`
	DeviceID      *string        `json:"device_id"` // null without a device
	Claim         *FleetClaim    `json:"claim"`     // null when nobody has the car
	Outage        *FleetOutage   `json:"outage"`    // null for a car in service
	Position      *wire.Position `json:"position"`  // this and the next three are null before the first reading
	ChargePercent *float64       `json:"charge_percent"`
	OdometerKM    *float64       `json:"odometer_km"`
	LastSeenAt    *wire.Time     `json:"last_seen_at"`
	RegisteredAt  wire.Time      `json:"registered_at"`
	Version       int64          `json:"version"`
}

// FleetClaim says what a car is used for.
type FleetClaim struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id"`
	At   wire.Time `json:"at"`
}
