// Package transport brings requests and events to the endpoints.
package transport

import (
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/kitx"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints, commands *CommandStreams) {
	carapi.Search.Mount(s, e.Search)
	carapi.Get.Mount(s, e.Get)
	carapi.Telemetry.Mount(s, e.Telemetry)
	carapi.Commands.Mount(s, commands.Serve)
	carapi.Acknowledge.Mount(s, e.Acknowledge)
	carapi.DeviceCars.Mount(s, e.DeviceCars)
	carapi.List.Mount(s, e.List)
	carapi.Register.Mount(s, e.Register)
	mountFleet(s, e)
	carapi.Claim.Mount(s, e.Claim)
	carapi.Release.Mount(s, e.Release)
	carapi.Command.Mount(s, e.Command)
	carapi.Inspect.Mount(s, e.Inspect)
}
