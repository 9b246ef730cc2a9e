package carapi

import "freecar/internal/wire"

// TelemetryRequest brings readings. One that breaks its rules is refused by its index, and
// the others are taken.
type TelemetryRequest struct {
	Readings []Reading `json:"readings" validate:"min=1,max=1000,each"`
}

// Reading is what a car says of itself. All members are required.
type Reading struct {
	CarID         string         `json:"car_id" validate:"required,max=40,text"`
	At            *wire.Time     `json:"at" validate:"required"` // by the device's clock
	Position      *wire.Position `json:"position" validate:"required"`
	ChargePercent *float64       `json:"charge_percent" validate:"required,gte=0,lte=100"`
	OdometerKM    *float64       `json:"odometer_km" validate:"required,gte=0,lte=10000000"` // up to three decimals
	SpeedKMH      *float64       `json:"speed_kmh" validate:"required,gte=0,lte=400"`
	Locked        *bool          `json:"locked" validate:"required"`
	DoorsOpen     *bool          `json:"doors_open" validate:"required"`
}

// TelemetryAnswer says what became of the readings.
type TelemetryAnswer struct {
	Accepted int              `json:"accepted"`
	Refused  []RefusedReading `json:"refused"`
}

// RefusedReading names a reading by its index. Code: invalid (a member is missing or out
// of range), future (the device's clock is ahead), not_bound (the car is not one of the
// device's), stale (not later than the last one), odometer_fell, odometer_jumped (further
// than a car drives in the time since the last reading). The first reading of a device may
// count from elsewhere, unless a trip has the car.
type RefusedReading struct {
	Index int    `json:"index"`
	Code  string `json:"code"`
}

// DeviceCommand is the data of an event in the stream of commands.
type DeviceCommand struct {
	ID        string    `json:"id"`
	CarID     string    `json:"car_id"`
	Kind      string    `json:"kind"` // lock, unlock, stop_request
	CreatedAt wire.Time `json:"created_at"`
}

// AcknowledgeRequest says what became of a command.
type AcknowledgeRequest struct {
	ID     string `path:"id" json:"-" validate:"uuid"`
	Result string `json:"result" validate:"oneof=done failed"`
	Reason string `json:"reason,omitzero" validate:"max=200,text"`
}

// CommandAnswer is a command and how far it has come: waiting, done, failed, timed_out
// or cancelled.
type CommandAnswer struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// DeviceCarsRequest asks for a page of the device's cars, by id.
type DeviceCarsRequest struct {
	Limit  int    `query:"limit" json:"-" default:"1000" validate:"gte=1,lte=1000"`
	Cursor string `query:"cursor" json:"-" validate:"omitempty,uuid"`
}

// DeviceCar is a car as it is known to the platform.
type DeviceCar struct {
	ID    string `json:"id"`
	Plate string `json:"plate"`
	Model string `json:"model"`
	State string `json:"state"`
	Lock  string `json:"lock"`
	// LastReading is null before the first.
	LastReading *LastReading `json:"last_reading"`
}

// LastReading is the part of a reading that a car may want back.
type LastReading struct {
	Position      wire.Position `json:"position"`
	ChargePercent float64       `json:"charge_percent"`
	OdometerKM    float64       `json:"odometer_km"`
}
