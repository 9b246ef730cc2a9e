// Package carapi is all that others may see of the car service: its routes, their wire
// types and its events.
package carapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Name is the service's.
const Name = "car"

// telemetryBody holds 1,000 readings with room to spare.
const telemetryBody = 1 << 20

// For riders.
var (
	Search = kitx.NewRoute[SearchRequest, wire.Page[Car]](kitx.Spec{Op: "car.Search", Method: http.MethodGet, Path: "/v1/cars",
		Who: auth.Only(auth.Rider)})
	Get = kitx.NewRoute[CarRequest, Car](kitx.Spec{Op: "car.Get", Method: http.MethodGet, Path: "/v1/cars/{id}",
		Who: auth.Only(auth.Rider), ETag: true})
)

// For devices.
var (
	Telemetry = kitx.NewRoute[TelemetryRequest, TelemetryAnswer](kitx.Spec{Op: "car.Telemetry", Method: http.MethodPost, Path: "/v1/telemetry",
		Who: auth.Only(auth.Device), MaxBody: telemetryBody, Quiet: true})
	// Commands is a stream of server-sent events "command", whose id is the command's
	// and whose data is a DeviceCommand. A command comes again every few seconds until
	// it is acknowledged.
	Commands = kitx.NewRaw(kitx.Spec{Op: "car.Commands", Method: http.MethodGet, Path: "/v1/devices/commands",
		Who: auth.Only(auth.Device), Stream: true, Quiet: true})
	Acknowledge = kitx.NewRoute[AcknowledgeRequest, CommandAnswer](kitx.Spec{Op: "car.Acknowledge", Method: http.MethodPost, Path: "/v1/devices/commands/{id}/ack",
		Who: auth.Only(auth.Device), Idempotent: true, Quiet: true})
	DeviceCars = kitx.NewRoute[DeviceCarsRequest, wire.Page[DeviceCar]](kitx.Spec{Op: "car.DeviceCars", Method: http.MethodGet, Path: "/v1/devices/cars",
		Who: auth.Only(auth.Device)})
)

// For staff.
var (
	List = kitx.NewRoute[ListRequest, wire.Page[FleetCar]](kitx.Spec{Op: "car.List", Method: http.MethodGet, Path: "/v1/ops/cars",
		Who: auth.Ops(auth.Fleet)})
	Register = kitx.NewRoute[RegisterRequest, FleetCar](kitx.Spec{Op: "car.Register", Method: http.MethodPost, Path: "/v1/ops/cars",
		Who: auth.Ops(auth.Fleet), Status: http.StatusCreated})
)

// For the trip service.
var (
	Claim = kitx.NewRoute[ClaimRequest, ClaimedCar](kitx.Spec{Op: "car.Claim", Method: http.MethodPost, Path: "/internal/v1/cars/{id}/claim",
		Who: auth.Services("trip"), Idempotent: true})
	Release = kitx.NewRoute[ReleaseRequest, ClaimedCar](kitx.Spec{Op: "car.Release", Method: http.MethodPost, Path: "/internal/v1/cars/{id}/release",
		Who: auth.Services("trip"), Idempotent: true})
	Command = kitx.NewRoute[CommandRequest, CommandAnswer](kitx.Spec{Op: "car.Command", Method: http.MethodPost, Path: "/internal/v1/cars/{id}/commands",
		Who: auth.Services("trip"), Idempotent: true})
	Inspect = kitx.NewRoute[CarRequest, InspectedCar](kitx.Spec{Op: "car.Inspect", Method: http.MethodGet, Path: "/internal/v1/cars/{id}",
		Who: auth.Services("trip")})
)

// CarRequest names a car.
type CarRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}
