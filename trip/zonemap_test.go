package trip_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/geo"
	"freecar/trip"
)

// star is a zone whose border can be seen from its middle in every direction, with the
// same in small as its hole. Whether a place is in it can be told without a polygon.
type star struct {
	x, y, hole float64   // the middle; the size of the hole
	radii      []float64 // at equal angles
}

func anyStar(r *rand.Rand) star {
	s := star{x: r.Float64()*2 - 1, y: r.Float64()*2 - 1, hole: 0.2 + 0.6*r.Float64()}
	for range 3 + r.IntN(30) {
		s.radii = append(s.radii, 0.3+r.Float64())
	}
	return s
}

func (s star) corner(i int, scale float64) (x, y float64) {
	i %= len(s.radii)
	angle := 2 * math.Pi * float64(i) / float64(len(s.radii))
	return s.x + scale*s.radii[i]*math.Cos(angle), s.y + scale*s.radii[i]*math.Sin(angle)
}

func (s star) ring(scale float64) (ring trip.Ring) {
	for i := range len(s.radii) + 1 {
		x, y := s.corner(i, scale)
		ring = append(ring, []float64{x, y})
	}
	return ring
}

// within says how far inside the ring of a scale a place is: above 0 inside, below 0
// outside, about 0 on it.
func (s star) within(scale, x, y float64) float64 {
	angle := math.Atan2(y-s.y, x-s.x)
	if angle < 0 {
		angle += 2 * math.Pi
	}
	i := int(angle / (2 * math.Pi) * float64(len(s.radii)))
	ax, ay := s.corner(i, scale)
	bx, by := s.corner(i+1, scale)
	return (bx-ax)*(y-ay) - (by-ay)*(x-ax) // left of the edge is inside
}

// TestZonesAgainstStars holds zones of any form, with holes and in several parts, against
// an answer that needs no library.
func TestZonesAgainstStars(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		one, other := anyStar(r), anyStar(r)
		other.x += 4 // beside the first
		if len(one.radii) < 4 || len(other.radii) < 4 {
			continue // three corners may not go around the middle
		}
		z := zoning(t, multi("a", true, []trip.Ring{one.ring(1), reversed(one.ring(one.hole))}, []trip.Ring{reversed(other.ring(1))}))
		for range 100 {
			x, y := r.Float64()*10-3, r.Float64()*5-2.5
			outer, inner, second := one.within(1, x, y), one.within(one.hole, x, y), other.within(1, x, y)
			if min(math.Abs(outer), math.Abs(inner), math.Abs(second)) < 1e-9 {
				continue
			}
			want := outer > 0 && inner < 0 || second > 0
			if got := len(endAt(t, z, x, y)) == 0; got != want {
				t.Fatalf("%v, %v in %+v or %+v: got %v, want %v", x, y, one, other, got, want)
			}
		}
		for i, p := range one.ring(1) { // each corner belongs to the zone
			if got := endAt(t, z, p[0], p[1]); len(got) != 0 {
				t.Fatalf("corner %d of %+v: %v", i, one, got)
			}
		}
	}
}

// BenchmarkEndRefusals is what an end pays for a city of zones.
func BenchmarkEndRefusals(b *testing.B) {
	var outlines []trip.Outline
	for i := range 100 {
		var ring trip.Ring
		x, y := 13+0.1*float64(i%10), 52+0.1*float64(i/10)
		for j := range 150 {
			angle := 2 * math.Pi * float64(j) / 150
			ring = append(ring, []float64{x + 0.04*math.Cos(angle), y + 0.04*math.Sin(angle)})
		}
		outlines = append(outlines, single(fmt.Sprint(i), i%3 > 0, append(ring, ring[0])))
	}
	z := trip.NewZoning(&zoneStore{}, clock.NewManual(time.Unix(1_900_000_000, 0)))
	if _, err := z.Replace(b.Context(), trip.ReplaceZones{Outlines: outlines}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := z.EndRefusals(b.Context(), geo.Position{Latitude: 52.5, Longitude: 13.5}); err != nil {
			b.Fatal(err)
		}
	}
}
