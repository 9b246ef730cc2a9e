package nearby

import (
	"math"
	"math/rand/v2"
	"strconv"

	"freecar/internal/geo"
)

// fleet is n cars in 60 towns over the world, most of them in a few large ones.
func fleet(r *rand.Rand, n int) []geo.Position {
	type town struct {
		centre geo.Position
		sizeM  float64
	}
	towns := make([]town, 60)
	for i := range towns {
		towns[i] = town{geo.Position{Latitude: -50 + 110*r.Float64(), Longitude: -180 + 360*r.Float64()}, 2000 + 8000*r.Float64()}
	}
	cars := make([]geo.Position, n)
	for i := range cars {
		t := towns[int(60*math.Pow(r.Float64(), 2))]
		cars[i] = stray(r, t.centre, t.sizeM)
	}
	return cars
}

// stray is a place about so many metres from p.
func stray(r *rand.Rand, p geo.Position, metres float64) geo.Position {
	degrees := metres / geo.EarthRadiusM / radian
	north := p.Latitude + degrees*r.NormFloat64()
	east := p.Longitude + degrees*r.NormFloat64()/max(math.Cos(p.Latitude*radian), 1e-3)
	return geo.Position{Latitude: max(-90, min(90, north)), Longitude: math.Remainder(east, 360)}
}

func uniform(r *rand.Rand) geo.Position {
	return geo.Position{Latitude: math.Asin(2*r.Float64()-1) / radian, Longitude: 360*r.Float64() - 180}
}

func keyOf(i int) string { return "car-" + strconv.Itoa(i) }
