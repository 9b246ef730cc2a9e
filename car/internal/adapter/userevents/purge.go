package userevents

import (
	"github.com/go-json-experiment/json"

	"freecar/internal/events"
	"freecar/user/userapi"
)

// CachePurged is the type of the event by which staff have caches loaded anew.
const CachePurged = userapi.CachePurged

// PurgesCars says whether such an event means the index of cars. One that cannot be read
// may: loading anew does no harm.
func PurgesCars(e events.Event) bool {
	var purge userapi.InterventionEvent
	err := json.Unmarshal(e.Data, &purge)
	return err != nil || purge.Cache == "" || purge.Cache == userapi.CarsCache
}
