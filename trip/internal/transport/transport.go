// Package transport brings requests and events to the endpoints.
package transport

import (
	"freecar/internal/kitx"
	"freecar/trip/internal/endpoint"
	"freecar/trip/tripapi"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints) {
	tripapi.Start.Mount(s, e.Start)
	tripapi.List.Mount(s, e.List)
	tripapi.Current.Mount(s, e.Current)
	tripapi.Get.Mount(s, e.Get)
	tripapi.End.Mount(s, e.End)
	tripapi.GetReceipt.Mount(s, e.Receipt)
	tripapi.Plans.Mount(s, e.Plans)
	tripapi.Live.Mount(s, e.Live)
}
