package car

import (
	"math"
	"time"

	"freecar/internal/geo"
)

// Listing is what the search knows of a car: the part that events bring, ordered by the
// version, and the part that readings bring, ordered by the device's time.
type Listing struct {
	ID            string
	Plate         string
	Model         string
	PricingPlanID string
	State         State
	Lock          Lock
	Version       int64

	Seen Sighting // the zero Sighting before the first reading
}

// Sighting is where a car was and how full, at a device's time. Known tells it from none.
type Sighting struct {
	Known         bool
	At            time.Time
	Position      geo.Position
	ChargePercent float64
}

// Listing is the car as the search knows it.
func (c *Car) Listing() Listing {
	l := Listing{
		ID: c.ID, Plate: c.Plate, Model: c.Model, PricingPlanID: c.PricingPlanID,
		State: c.State, Lock: c.Lock, Version: c.Version,
	}
	if c.Last != nil {
		l.Seen = c.Last.Sighting()
	}
	return l
}

// Sighting is the part of the reading that the search shows.
func (r Reading) Sighting() Sighting {
	return Sighting{Known: true, At: r.At, Position: r.Position, ChargePercent: r.ChargePercent}
}

// Rentable says that riders may be shown the car. Whether it was heard of lately is in
// the state already: a sweep makes silent cars non_contactable.
func (l Listing) Rentable(p Policy) bool {
	return l.State == Available && l.Lock == Locked && l.Seen.Known && l.Seen.ChargePercent >= p.LowCharge
}

// Merge brings two views of one car together: of each part the later. It does not
// matter in which order or how often views come in.
func (l Listing) Merge(other Listing) Listing {
	merged := l
	if other.Version > l.Version {
		merged = other
		merged.Seen = l.Seen
	}
	if other.Seen.follows(merged.Seen) {
		merged.Seen = other.Seen
	}
	return merged
}

func (s Sighting) follows(before Sighting) bool {
	return s.Known && (!before.Known || s.At.After(before.At))
}

// Noticeable says that riders would see the difference to a sighting before.
func (s Sighting) Noticeable(before Sighting, p Policy) bool {
	return !before.Known ||
		geo.DistanceM(s.Position, before.Position) > p.NoticeableM ||
		math.Abs(s.ChargePercent-before.ChargePercent) >= p.NoticeableStep ||
		(s.ChargePercent < p.LowCharge) != (before.ChargePercent < p.LowCharge)
}
