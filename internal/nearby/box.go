package nearby

import (
	"math"

	"freecar/internal/geo"
)

// Box is a part of the map, borders included, in degrees: longitudes in [-180, 180], latitudes in [-90, 90].
// With West > East it crosses the antimeridian. The meridians 180 and -180 are one and the same.
type Box struct {
	West, South, East, North float64
}

// Valid reports whether the corners are valid positions and South is not north of North.
func (b Box) Valid() bool {
	return geo.Position{Latitude: b.South, Longitude: b.West}.Valid() &&
		geo.Position{Latitude: b.North, Longitude: b.East}.Valid() && b.South <= b.North
}

// Contains reports whether p is in the box or on its border.
func (b Box) Contains(p geo.Position) bool {
	if !(p.Latitude >= b.South && p.Latitude <= b.North) {
		return false
	}
	return b.spans(p.Longitude) || math.Abs(p.Longitude) == 180 && b.spans(-p.Longitude)
}

func (b Box) spans(longitude float64) bool {
	if b.West > b.East {
		return longitude >= b.West || longitude <= b.East
	}
	return longitude >= b.West && longitude <= b.East
}

// region is a box with the least cuboid around its part of the sphere, which spares a search the way to
// places that cannot be in the box.
type region struct {
	box       Box
	low, high point
}

var wholeEarth = *newRegion(Box{West: -180, South: -90, East: 180, North: 90})

func newRegion(b Box) *region {
	south, north := b.South*radian, b.North*radian
	west, east := b.West*radian, b.East*radian
	if west > east {
		east += 2 * math.Pi
	}
	narrow, wide := cosines(south, north) // how far the sphere is from its axis
	xLow, xHigh := cosines(west, east)
	yLow, yHigh := cosines(west-math.Pi/2, east-math.Pi/2)
	const room = 1e-12 // for rounding
	return &region{
		box:  b,
		low:  point{min(xLow*narrow, xLow*wide) - room, min(yLow*narrow, yLow*wide) - room, math.Sin(south) - room},
		high: point{max(xHigh*narrow, xHigh*wide) + room, max(yHigh*narrow, yHigh*wide) + room, math.Sin(north) + room},
	}
}

func (r *region) touches(c *cube) bool {
	for axis := range c.centre {
		if c.centre[axis]-c.half > r.high[axis] || c.centre[axis]+c.half < r.low[axis] {
			return false
		}
	}
	return true
}

// cosines is the least and the greatest cosine of the angles from one to the other, one <= other, in radians.
func cosines(one, other float64) (least, greatest float64) {
	least, greatest = min(math.Cos(one), math.Cos(other)), max(math.Cos(one), math.Cos(other))
	// Where a multiple of pi lies between the two, the cosine is 1 or -1.
	for k := math.Ceil(one / math.Pi); k*math.Pi <= other; k++ {
		if math.Mod(k, 2) == 0 {
			greatest = 1
		} else {
			least = -1
		}
	}
	return least, greatest
}
