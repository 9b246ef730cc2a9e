package nearby

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"freecar/internal/geo"
)

// places are ways in which things may lie on the earth: each makes n positions.
var places = map[string]func(r *rand.Rand, n int) []geo.Position{
	"towns":    fleet,
	"anywhere": each(uniform),
	"north pole": each(func(r *rand.Rand) geo.Position {
		return geo.Position{Latitude: 90 - 0.2*r.Float64()*r.Float64(), Longitude: 360*r.Float64() - 180}
	}),
	"south pole and the pole itself": each(func(r *rand.Rand) geo.Position {
		return geo.Position{Latitude: -90 + float64(r.IntN(3))*0.001, Longitude: float64(r.IntN(72))*5 - 180}
	}),
	"antimeridian": each(func(r *rand.Rand) geo.Position {
		return stray(r, geo.Position{Latitude: -17, Longitude: 180}, 5000)
	}),
	"on the antimeridian": each(func(r *rand.Rand) geo.Position {
		return geo.Position{Latitude: float64(r.IntN(9)), Longitude: []float64{-180, 180}[r.IntN(2)]}
	}),
	"a whole lattice": each(func(r *rand.Rand) geo.Position { // many at one point, many equally far
		return geo.Position{Latitude: float64(r.IntN(7)-3) * 30, Longitude: float64(r.IntN(13)-6) * 30}
	}),
	"one point": each(func(*rand.Rand) geo.Position { return geo.Position{Latitude: 31.2, Longitude: 121.5} }),
	"a car park": each(func(r *rand.Rand) geo.Position {
		return stray(r, geo.Position{Latitude: 31.2, Longitude: 121.5}, 0.05)
	}),
	"opposite towns": each(func(r *rand.Rand) geo.Position {
		return stray(r, []geo.Position{{Latitude: 40, Longitude: -3}, {Latitude: -40, Longitude: 177}}[r.IntN(2)], 0.5)
	}),
}

func each(place func(*rand.Rand) geo.Position) func(*rand.Rand, int) []geo.Position {
	return func(r *rand.Rand, n int) []geo.Position {
		at := make([]geo.Position, n)
		for i := range at {
			at[i] = place(r)
		}
		return at
	}
}

// scan is the answer by the words of the documentation: look at all, measure, sort.
func scan(all map[string]Hit[int], from geo.Position, radiusM float64, b Box, limit int, accept func(int) bool) []Hit[int] {
	var hits []Hit[int]
	for _, h := range all {
		h.DistanceM = geo.DistanceM(from, h.Position)
		if h.DistanceM <= radiusM && b.Contains(h.Position) && (accept == nil || accept(h.Value)) {
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b Hit[int]) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), cmp.Compare(a.Key, b.Key))
	})
	return hits[:min(len(hits), limit)]
}

// shuffled fills an index and a plain map alike, with moves and removals on the way.
func shuffled(r *rand.Rand, at []geo.Position) (*Index[int], map[string]Hit[int]) {
	x, all := New[int](), make(map[string]Hit[int])
	for i := range 3 * len(at) {
		key := keyOf(r.IntN(len(at)))
		if r.IntN(3) == 0 {
			x.Delete(key)
			delete(all, key)
			continue
		}
		p := at[i%len(at)]
		x.Put(key, p, i)
		all[key] = Hit[int]{Key: key, Position: p, Value: i}
	}
	return x, all
}

func TestAnswersAreThoseOfAScan(t *testing.T) {
	for name, place := range places {
		for _, n := range []int{1, 30, 1500} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(n), 7))
				at := place(r, n)
				x, all := shuffled(r, at)
				if x.Len() != len(all) {
					t.Fatalf("Len() = %d, want %d", x.Len(), len(all))
				}
				for range 150 {
					from := origin(r, at)
					limit := []int{1, 2, 20, 100, n + 1, math.MaxInt}[r.IntN(6)]
					accept := []func(int) bool{nil, func(v int) bool { return v%5 == 0 }}[r.IntN(2)]

					radiusM := radius(r, from, at)
					same(t, fmt.Sprintf("Nearest(%v, %v, %d)", from, radiusM, limit),
						x.Nearest(from, radiusM, limit, accept), scan(all, from, radiusM, wholeEarth.box, limit, accept))

					b := box(r, at)
					same(t, fmt.Sprintf("Within(%v, %v, %d)", b, from, limit),
						x.Within(b, from, limit, accept), scan(all, from, math.Inf(1), b, limit, accept))
				}
			})
		}
	}
}

func same(t *testing.T, query string, got, want []Hit[int]) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n got %d: %v\nwant %d: %v", query, len(got), got[:min(len(got), 25)], len(want), want[:min(len(want), 25)])
	}
}

// origin is at a thing, near one, opposite one, or anywhere.
func origin(r *rand.Rand, at []geo.Position) geo.Position {
	p := at[r.IntN(len(at))]
	switch r.IntN(4) {
	case 0:
		return p
	case 1:
		return stray(r, p, math.Pow(10, 6*r.Float64()))
	case 2:
		return geo.Position{Latitude: -p.Latitude, Longitude: math.Remainder(p.Longitude+180, 360)}
	default:
		return uniform(r)
	}
}

// radius is any, or just as far as some thing is, or a hair less.
func radius(r *rand.Rand, from geo.Position, at []geo.Position) float64 {
	exact := geo.DistanceM(from, at[r.IntN(len(at))])
	return []float64{0, math.Inf(1), math.Pow(10, 7.5*r.Float64()), exact, math.Nextafter(exact, 0)}[r.IntN(5)]
}

// box has corners anywhere or at things, and crosses the antimeridian or the poles at times.
func box(r *rand.Rand, at []geo.Position) Box {
	p, q := at[r.IntN(len(at))], at[r.IntN(len(at))]
	switch r.IntN(4) {
	case 0:
		p, q = uniform(r), uniform(r)
	case 1:
		q = stray(r, p, math.Pow(10, 6*r.Float64()))
	case 2:
		p.Longitude = []float64{-180, 180}[r.IntN(2)]
	}
	return Box{West: p.Longitude, East: q.Longitude, South: min(p.Latitude, q.Latitude), North: max(p.Latitude, q.Latitude)}
}

func TestBoxContains(t *testing.T) {
	for _, c := range []struct {
		name string
		box  Box
		at   geo.Position
		want bool
	}{
		{"inside", Box{10, 20, 30, 40}, geo.Position{Latitude: 30, Longitude: 20}, true},
		{"on a corner", Box{10, 20, 30, 40}, geo.Position{Latitude: 40, Longitude: 10}, true},
		{"north of it", Box{10, 20, 30, 40}, geo.Position{Latitude: 41, Longitude: 20}, false},
		{"west of it", Box{10, 20, 30, 40}, geo.Position{Latitude: 30, Longitude: 9}, false},
		{"over the antimeridian, east side", Box{170, -20, -170, 20}, geo.Position{Longitude: -175}, true},
		{"over the antimeridian, west side", Box{170, -20, -170, 20}, geo.Position{Longitude: 175}, true},
		{"the long way round", Box{170, -20, -170, 20}, geo.Position{Longitude: 0}, false},
		{"180 is -180", Box{-180, -20, -170, 20}, geo.Position{Longitude: 180}, true},
		{"-180 is 180", Box{170, -20, 180, 20}, geo.Position{Longitude: -180}, true},
	} {
		if got := c.box.Contains(c.at); got != c.want {
			t.Errorf("%s: %v contains %v: %v", c.name, c.box, c.at, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	nan, inf, home := math.NaN(), math.Inf(1), geo.Position{Latitude: 31, Longitude: 121}
	x := New[int]()
	x.Put("car", home, 1)
	for _, bad := range []geo.Position{{Latitude: nan}, {Longitude: nan}, {Latitude: inf}, {Longitude: -inf}, {Latitude: 90.1}, {Longitude: 180.1}} {
		if x.Put("car", bad, 2) || x.Put("other", bad, 2) {
			t.Errorf("Put accepts %v", bad)
		}
		if x.Nearest(bad, inf, 1, nil) != nil || x.Within(wholeEarth.box, bad, 1, nil) != nil {
			t.Errorf("there is something near %v", bad)
		}
	}
	same(t, "after refused puts", x.Nearest(home, inf, 9, nil), []Hit[int]{{"car", home, 1, 0}})

	for name, hits := range map[string][]Hit[int]{
		"a limit of none":        x.Nearest(home, inf, 0, nil),
		"a negative limit":       x.Within(wholeEarth.box, home, -1, nil),
		"a negative radius":      x.Nearest(home, -1, 1, nil),
		"no radius":              x.Nearest(home, nan, 1, nil),
		"south over north":       x.Within(Box{-180, 40, 180, 30}, home, 1, nil),
		"a box with no border":   x.Within(Box{-180, -90, nan, 90}, home, 1, nil),
		"a box beyond the earth": x.Within(Box{-190, -90, 180, 90}, home, 1, nil),
	} {
		if len(hits) != 0 {
			t.Errorf("%s: %v", name, hits)
		}
	}
}

func TestDeletingAllLeavesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := New[int]()
	for i, p := range fleet(r, 5000) {
		x.Put(keyOf(i), p, i)
	}
	for _, i := range r.Perm(5000) {
		x.Delete(keyOf(i))
		x.Delete(keyOf(i)) // twice is once
	}
	if x.Len() != 0 || x.root.count != 0 || x.root.children != nil || len(x.root.leaf) != 0 {
		t.Errorf("%d keys, %d entries in the tree", x.Len(), x.root.count)
	}
}
