package carapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// For the staff who run the fleet.
var (
	Show = kitx.NewRoute[CarRequest, ShownCar](kitx.Spec{Op: "car.Show", Method: http.MethodGet, Path: "/v1/ops/cars/{id}",
		Who: auth.Ops(auth.Fleet), ETag: true})
	Change = kitx.NewRoute[ChangeRequest, ShownCar](kitx.Spec{Op: "car.Change", Method: http.MethodPatch, Path: "/v1/ops/cars/{id}",
		Who: auth.Ops(auth.Fleet), Idempotent: true})
	TakeOut = kitx.NewRoute[ServiceRequest, ShownCar](kitx.Spec{Op: "car.TakeOut", Method: http.MethodPost, Path: "/v1/ops/cars/{id}/service",
		Who: auth.Ops(auth.Fleet), Idempotent: true})
	Return = kitx.NewRoute[CarRequest, ShownCar](kitx.Spec{Op: "car.Return", Method: http.MethodPost, Path: "/v1/ops/cars/{id}/return",
		Who: auth.Ops(auth.Fleet), Idempotent: true})
	Retire = kitx.NewRoute[CarRequest, ShownCar](kitx.Spec{Op: "car.Retire", Method: http.MethodPost, Path: "/v1/ops/cars/{id}/retire",
		Who: auth.Ops(auth.Fleet), Idempotent: true})
	Lock = kitx.NewRoute[StaffCommandRequest, FleetCommand](kitx.Spec{Op: "car.Lock", Method: http.MethodPost, Path: "/v1/ops/cars/{id}/lock",
		Who: auth.Ops(auth.Fleet), Status: http.StatusAccepted})
	Unlock = kitx.NewRoute[StaffCommandRequest, FleetCommand](kitx.Spec{Op: "car.Unlock", Method: http.MethodPost, Path: "/v1/ops/cars/{id}/unlock",
		Who: auth.Ops(auth.Fleet), Status: http.StatusAccepted})
	// Import takes a list of cars as text/csv, with a line of column names first, or as
	// application/x-ndjson, an ImportRow a line; ?dry_run=true changes nothing. Plates
	// decide which car is meant, so that a list may be sent again. A line that is refused
	// stops no other. The answer is an ImportReport or, for who accepts
	// application/x-ndjson, an ImportedLine for each line as it is done and an ImportEnd.
	Import = kitx.NewParams[ImportRequest](kitx.Spec{Op: "car.Import", Method: http.MethodPost, Path: "/v1/ops/cars/import",
		Who: auth.Ops(auth.Fleet), MaxBody: importBody, Stream: true})
)

// ImportRequest says what is to become of a list.
type ImportRequest struct {
	DryRun bool `query:"dry_run" json:"-"`
}

const importBody = 5 << 20

// ImportLinesAtMost is how many cars a list may have.
const ImportLinesAtMost = 10_000

// ChangeRequest changes some of a car's description. A trip under way keeps its plan.
// Refused: 409 plate_exists, car_removed.
type ChangeRequest struct {
	ID            string  `path:"id" json:"-" validate:"uuid"`
	Plate         *string `json:"plate,omitzero" validate:"omitnil,max=40,text"`
	Model         *string `json:"model,omitzero" validate:"omitnil,max=60,text"`
	PricingPlanID *string `json:"pricing_plan_id,omitzero" validate:"omitnil,max=40,text"`
}

// ServiceRequest takes a car out of service; with when_free also one that a rider has, as
// soon as it is given back. Refused: 409 car_claimed, car_removed.
type ServiceRequest struct {
	ID       string `path:"id" json:"-" validate:"uuid"`
	Reason   string `json:"reason" validate:"required,max=200,text"`
	WhenFree bool   `json:"when_free,omitzero"`
}

// StaffCommandRequest tells a car that no rider has to lock or, out of service, to
// unlock. The answer is the command, which waits for the car; Show says what became of
// it. Refused: 409 car_claimed, car_removed, in_service, no_device, command_waiting,
// lock_state, car_moving.
type StaffCommandRequest struct {
	kitx.Keyed
	ID string `path:"id" json:"-" validate:"uuid"`
}

// FleetOutage says why a car is out of service or, pending, will be once it is free.
type FleetOutage struct {
	Reason  string    `json:"reason"`
	At      wire.Time `json:"at"`
	Pending bool      `json:"pending"`
}

// FleetCommand is a command as staff see it.
type FleetCommand struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`  // lock, unlock, stop_request
	By        string     `json:"by"`    // staff, trip, or fleet for one that it gave by itself
	State     string     `json:"state"` // waiting, done, failed, timed_out, cancelled
	Reason    string     `json:"reason,omitzero"`
	CreatedAt wire.Time  `json:"created_at"`
	ExpiresAt wire.Time  `json:"expires_at"`
	SettledAt *wire.Time `json:"settled_at"` // null while it waits
}

// ShownCar is all that staff see of a car.
type ShownCar struct {
	FleetCar
	RangeKM      int              `json:"range_km"`
	BoundAt      *wire.Time       `json:"bound_at"`       // since when the device speaks for it
	NextDeviceID *string          `json:"next_device_id"` // takes over when the trip is over or the device falls silent
	LastReading  *InternalReading `json:"last_reading"`   // null before the first
	Commands     []FleetCommand   `json:"commands"`       // that wait and the latest that are settled, oldest first
	ChangedAt    wire.Time        `json:"changed_at"`
}
