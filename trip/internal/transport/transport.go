// Package transport brings requests and events to the endpoints.
package transport

import (
	"freecar/internal/kitx"
	"freecar/trip/internal/endpoint"
	"freecar/trip/tripapi"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints) {
	tripapi.Reserve.Mount(s, e.Reserve)
	tripapi.CurrentReservation.Mount(s, e.CurrentReservation)
	tripapi.Extend.Mount(s, e.Extend)
	tripapi.CancelReservation.Mount(s, e.CancelReservation)
	tripapi.Start.Mount(s, e.Start)
	tripapi.List.Mount(s, e.List)
	tripapi.Current.Mount(s, e.Current)
	tripapi.Get.Mount(s, e.Get)
	tripapi.Pause.Mount(s, e.Pause)
	tripapi.Resume.Mount(s, e.Resume)
	tripapi.End.Mount(s, e.End)
	tripapi.GetReceipt.Mount(s, e.Receipt)
	tripapi.OpsList.Mount(s, e.OpsList)
	tripapi.OpsGet.Mount(s, e.OpsGet)
	tripapi.OpsEnd.Mount(s, e.OpsEnd)
	tripapi.ListTrips.Mount(s, e.OwnTrips)
	tripapi.OpsWriteOff.Mount(s, e.OpsWriteOff)
	tripapi.ListReservations.Mount(s, e.OwnReservations)
	tripapi.Live.Mount(s, e.Live)
}
