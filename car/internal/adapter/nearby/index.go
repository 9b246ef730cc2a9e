// Package nearby is the search index in memory, on the octree of internal/nearby.
package nearby

import (
	"sync"

	"freecar/car"
	"freecar/internal/geo"
	"freecar/internal/nearby"
)

// Index knows every car and can find those that are rentable. The cars that are not are
// remembered, too: a view that comes late must not bring a claimed car back.
type Index struct {
	policy car.Policy
	found  *nearby.Index[*car.Listing]

	mu    sync.Mutex
	known map[string]entry
}

type entry struct {
	listing   *car.Listing // never changed, only replaced
	announced car.Sighting // what the other instances know, as far as we do
}

var _ car.Index = (*Index)(nil)

// New makes an empty index.
func New(p car.Policy) *Index {
	return &Index{policy: p, found: nearby.New[*car.Listing](), known: map[string]entry{}}
}

// Merge takes a view of a car.
func (x *Index) Merge(l car.Listing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, known := x.known[l.ID]
	if known {
		l = e.listing.Merge(l)
		if l == *e.listing {
			return
		}
	}
	x.put(entry{listing: &l, announced: l.Seen})
}

// Spot takes a sighting of a known car.
func (x *Index) Spot(carID string, s car.Sighting) (noticeable bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, known := x.known[carID]
	if !known {
		return false
	}
	l := *e.listing
	l.Seen = s
	if l = e.listing.Merge(l); l == *e.listing {
		return false
	}
	if noticeable = s.Noticeable(e.announced, x.policy); noticeable {
		e.announced = s
	}
	e.listing = &l
	x.put(e)
	return noticeable
}

func (x *Index) put(e entry) {
	before, known := x.known[e.listing.ID]
	x.known[e.listing.ID] = e
	if e.listing.Rentable(x.policy) {
		x.found.Put(e.listing.ID, e.listing.Seen.Position, e.listing)
	} else if known && before.listing.Rentable(x.policy) {
		x.found.Delete(e.listing.ID)
	}
}

// Nearest lists rentable cars.
func (x *Index) Nearest(from geo.Position, radiusM, minCharge float64, limit int) []car.Hit {
	return hits(x.found.Nearest(from, radiusM, limit, charged(minCharge)))
}

// Within lists the rentable cars in a box.
func (x *Index) Within(b nearby.Box, minCharge float64, limit int) []car.Hit {
	return hits(x.found.Within(b, middle(b), limit, charged(minCharge)))
}

// middle is the centre of a box, also of one across the antimeridian.
func middle(b nearby.Box) geo.Position {
	width := b.East - b.West
	if width < 0 {
		width += 360
	}
	longitude := b.West + width/2
	if longitude > 180 {
		longitude -= 360
	}
	return geo.Position{Latitude: (b.South + b.North) / 2, Longitude: longitude}
}

func charged(atLeast float64) func(*car.Listing) bool {
	if atLeast <= 0 {
		return nil
	}
	return func(l *car.Listing) bool { return l.Seen.ChargePercent >= atLeast }
}

func hits(found []nearby.Hit[*car.Listing]) []car.Hit {
	answer := make([]car.Hit, len(found))
	for i, hit := range found {
		answer[i] = car.Hit{Listing: *hit.Value, DistanceM: hit.DistanceM}
	}
	return answer
}
