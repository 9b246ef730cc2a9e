// Package geo is positions on the earth and distances between them.
package geo

import "math"

// EarthRadiusM is the mean radius of the earth (IUGG R1) in metres.
const EarthRadiusM = 6371008.8

// Position is a place on the earth in degrees, WGS 84.
type Position struct {
	Latitude, Longitude float64
}

// Valid reports whether p is finite, with a latitude in [-90, 90] and a longitude in [-180, 180].
func (p Position) Valid() bool {
	// NaN and the infinities fail every comparison.
	return p.Latitude >= -90 && p.Latitude <= 90 && p.Longitude >= -180 && p.Longitude <= 180
}

// DistanceM is the great-circle distance from a to b in metres, on a sphere of [EarthRadiusM].
// It is the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68, 1984),
// which keeps its precision for places metres apart.
func DistanceM(a, b Position) float64 {
	const radian = math.Pi / 180
	lat := math.Sin((b.Latitude - a.Latitude) * radian / 2)
	lon := math.Sin((b.Longitude - a.Longitude) * radian / 2)
	h := lat*lat + math.Cos(a.Latitude*radian)*math.Cos(b.Latitude*radian)*lon*lon
	return 2 * EarthRadiusM * math.Asin(math.Sqrt(min(h, 1))) // rounding may lift h over 1 at the antipode
}
