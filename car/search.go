package car

import (
	"context"
	"time"
)

// Search finds rentable cars.
func (f *Fleet) Search(_ context.Context, s Search) []Found {
	var hits []Hit
	if s.Box != nil {
		hits = f.index.Within(*s.Box, s.MinCharge, s.Limit)
	} else {
		hits = f.index.Nearest(s.From, s.RadiusM, s.MinCharge, s.Limit)
	}
	found := make([]Found, len(hits))
	for i, hit := range hits {
		found[i] = Found{Listing: hit.Listing, DistanceM: hit.DistanceM, RangeKM: f.policy.RangeKM(hit.Listing.Seen.ChargePercent)}
	}
	return found
}

// Spotted takes a sighting that another instance announced.
func (f *Fleet) Spotted(carID string, s Sighting) { f.index.Spot(carID, s) }

// sweepOverlap covers writes that began before a sweep and were saved after it, and
// instances whose clocks differ.
const sweepOverlap = time.Minute

// Load brings the index up to date with everything that changed since a sweep began,
// or with all cars for the zero time, and says when this one began. Views merge in any
// order, so changes may come in meanwhile.
func (f *Fleet) Load(ctx context.Context, since time.Time) (began time.Time, err error) {
	began = f.clock.Now()
	if !since.IsZero() {
		since = since.Add(-sweepOverlap)
	}
	return began, f.cars.Listings(ctx, since, f.index.Merge)
}
