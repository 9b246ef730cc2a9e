package carapi

import "freecar/internal/wire"

// SearchRequest asks for rentable cars around a place, or in a box of the map.
type SearchRequest struct {
	Latitude  *float64 `query:"latitude" json:"-" validate:"omitnil,gte=-90,lte=90"`
	Longitude *float64 `query:"longitude" json:"-" validate:"omitnil,gte=-180,lte=180"`
	RadiusM   float64  `query:"radius_m" json:"-" default:"1000" validate:"gte=1,lte=50000"`
	// BBox is west,south,east,north in degrees; west > east crosses the antimeridian.
	BBox      string  `query:"bbox" json:"-" validate:"max=200,text"`
	MinCharge float64 `query:"min_charge" json:"-" validate:"gte=0,lte=100"`
	Limit     int     `query:"limit" json:"-" default:"20" validate:"gte=1,lte=100"`
}

// Car is a car as riders see it.
type Car struct {
	ID    string `json:"id"`
	Plate string `json:"plate"`
	Model string `json:"model"`
	// Position is null while somebody else has the car, and before it was ever heard of.
	Position      *wire.Position `json:"position"`
	ChargePercent float64        `json:"charge_percent"`
	RangeKM       int            `json:"range_km"`
	// DistanceM is from the place, or the middle of the box, that was searched from;
	// null for a car asked for by its id.
	DistanceM     *int64 `json:"distance_m"`
	State         string `json:"state"`
	PricingPlanID string `json:"pricing_plan_id"`
}
