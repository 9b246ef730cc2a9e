package transport

import (
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/kitx"
)

// mountFleet serves the operations of those who run the fleet.
func mountFleet(s *kitx.Server, e endpoint.Endpoints) {
	carapi.Show.Mount(s, e.Show)
	carapi.Change.Mount(s, e.Change)
	carapi.TakeOut.Mount(s, e.TakeOut)
	carapi.Return.Mount(s, e.Return)
	carapi.Retire.Mount(s, e.Retire)
	carapi.Lock.Mount(s, e.Lock)
	carapi.Unlock.Mount(s, e.Unlock)
	carapi.Import.Mount(s, importer{e}.serve)
}
