package trip_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/trip"
)

// square is a ring around (x, y), half a side of r.
func square(x, y, r float64) trip.Ring {
	return trip.Ring{{x - r, y - r}, {x + r, y - r}, {x + r, y + r}, {x - r, y + r}, {x - r, y - r}}
}

func reversed(r trip.Ring) trip.Ring {
	r = slices.Clone(r)
	slices.Reverse(r)
	return r
}

func single(id string, allowed bool, rings ...trip.Ring) trip.Outline {
	return trip.Outline{ID: id, Name: "Zone " + id, RideEndAllowed: allowed, Single: true, Parts: [][]trip.Ring{rings}}
}

func multi(id string, allowed bool, parts ...[]trip.Ring) trip.Outline {
	return trip.Outline{ID: id, Name: "Zone " + id, RideEndAllowed: allowed, Parts: parts}
}

// zoneStore keeps zones in memory, and counts what it is asked.
type zoneStore struct {
	mu              sync.Mutex
	zones           trip.Zones
	reads, versions int
	fail            error
}

func (s *zoneStore) Zones(context.Context) (trip.Zones, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.zones, s.fail
}

func (s *zoneStore) Version(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions++
	return s.zones.Version, s.fail
}

func (s *zoneStore) Replace(_ context.Context, change func(trip.Zones) (trip.Zones, error)) (trip.Zones, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, err := change(s.zones)
	if err == nil {
		s.zones = z
	}
	return z, err
}

func zoning(t *testing.T, outlines ...trip.Outline) *trip.Zoning {
	t.Helper()
	z := trip.NewZoning(&zoneStore{}, clock.NewManual(time.Unix(1_900_000_000, 0)))
	if _, err := z.Replace(t.Context(), trip.ReplaceZones{Outlines: outlines}); err != nil {
		t.Fatal(err)
	}
	return z
}

// endAt are the codes of the reasons why a trip cannot end at a place.
func endAt(t *testing.T, z *trip.Zoning, longitude, latitude float64) (codes []string) {
	t.Helper()
	reasons, err := z.EndRefusals(t.Context(), geo.Position{Latitude: latitude, Longitude: longitude})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

func TestZoneRules(t *testing.T) {
	bow := trip.Ring{{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}
	const at = "features[0].geometry.coordinates"
	many := make([]trip.Outline, 501)
	for i := range many {
		many[i] = single(fmt.Sprint(i), true, square(float64(i%300)/2, 0, 0.1))
	}
	circle := func(points int, x, y, r float64) (ring trip.Ring) {
		for i := range points {
			a := 2 * math.Pi * float64(i) / float64(points)
			ring = append(ring, []float64{x + r*math.Cos(a), y + r*math.Sin(a)})
		}
		return append(ring, ring[0])
	}
	for name, c := range map[string]struct {
		outlines []trip.Outline
		want     []string
	}{
		"none":                             {nil, nil},
		"a square":                         {[]trip.Outline{single("a", true, square(0, 0, 1))}, nil},
		"wound the other way":              {[]trip.Outline{single("a", true, reversed(square(0, 0, 1)), square(0, 0, 0.5))}, nil},
		"heights":                          {[]trip.Outline{single("a", true, trip.Ring{{0, 0, 9}, {1, 0, 9}, {1, 1, 9}, {0, 0, 9}})}, nil},
		"a position twice in a row":        {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 0}, {1, 0}, {1, 1}, {0, 0}})}, nil},
		"two parts touching in a point":    {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 1)}, []trip.Ring{square(2, 2, 1)})}, nil},
		"cut at the antimeridian":          {[]trip.Outline{multi("a", true, []trip.Ring{square(179, 0, 1)}, []trip.Ring{square(-179, 0, 1)})}, nil},
		"a large ring":                     {[]trip.Outline{single("a", true, circle(4998, 13, 52, 1))}, nil},
		"not closed":                       {[]trip.Outline{single("a", true, square(0, 0, 1)[:4])}, []string{at + "[0] not_closed"}},
		"three positions":                  {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 1}, {0, 0}})}, []string{at + "[0] too_short"}},
		"a ring with too many positions":   {[]trip.Outline{single("a", true, circle(5000, 13, 52, 1))}, []string{at + "[0] too_long"}},
		"crossing itself":                  {[]trip.Outline{single("a", true, bow)}, []string{at + "[0] self_intersects"}},
		"a line there and back":            {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 1}, {2, 2}, {0, 0}})}, []string{at + "[0] self_intersects"}},
		"one point":                        {[]trip.Outline{single("a", true, trip.Ring{{1, 1}, {1, 1}, {1, 1}, {1, 1}})}, []string{at + "[0] self_intersects"}},
		"a hole outside":                   {[]trip.Outline{single("a", true, square(0, 0, 1), square(5, 5, 1))}, []string{at + " rings_cross"}},
		"a hole across the border":         {[]trip.Outline{single("a", true, square(0, 0, 1), square(1, 0, 0.5))}, []string{at + " rings_cross"}},
		"two holes over each other":        {[]trip.Outline{single("a", true, square(0, 0, 4), square(0, 0, 1), square(0.5, 0, 1))}, []string{at + " rings_cross"}},
		"parts over each other":            {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 1)}, []trip.Ring{square(1, 1, 1)})}, []string{at + " parts_overlap"}},
		"parts that share an edge":         {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 1)}, []trip.Ring{square(2, 0, 1)})}, []string{at + " parts_overlap"}},
		"no part":                          {[]trip.Outline{multi("a", true)}, []string{at + " too_short"}},
		"no ring":                          {[]trip.Outline{multi("a", true, nil)}, []string{at + "[0] too_short"}},
		"a latitude beyond the pole":       {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 90.1}, {1, 1}, {0, 0}})}, []string{at + "[0][1][1] out_of_range"}},
		"a longitude out of range":         {[]trip.Outline{multi("a", true, []trip.Ring{square(180, 0, 1)})}, []string{at + "[0][0][1][0] out_of_range"}},
		"not a number":                     {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {math.NaN(), 0}, {1, 1}, {0, 0}})}, []string{at + "[0][1][0] out_of_range"}},
		"infinite":                         {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {0, math.Inf(1)}, {1, 1}, {0, 0}})}, []string{at + "[0][1][1] out_of_range"}},
		"a position of one number":         {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1}, {1, 1}, {0, 0}})}, []string{at + "[0][1] invalid"}},
		"a position of four numbers":       {[]trip.Outline{single("a", true, trip.Ring{{0, 0, 0, 0}, {1, 0}, {1, 1}, {0, 0}})}, []string{at + "[0][0] invalid"}},
		"over the antimeridian in one":     {[]trip.Outline{single("a", true, trip.Ring{{179, 0}, {-179, 0}, {-179, 1}, {179, 1}, {179, 0}})}, []string{at + "[0][1] too_wide"}},
		"an id twice":                      {[]trip.Outline{single("a", true, square(0, 0, 1)), single("a", false, square(5, 0, 1))}, []string{"features[1].properties.id repeated"}},
		"too many zones":                   {many, []string{"features too_long"}},
		"too many positions of all":        {[]trip.Outline{single("a", true, circle(4990, 0, 0, 1)), single("b", true, circle(4990, 3, 0, 1)), single("c", true, circle(4990, 6, 0, 1)), single("d", true, circle(4990, 9, 0, 1)), single("e", true, circle(4990, 12, 0, 1))}, []string{"features too_long"}},
		"all of it wrong at once is named": {[]trip.Outline{single("a", true, bow), single("b", true, square(0, 0, 1)[:4])}, []string{at + "[0] self_intersects", "features[1].geometry.coordinates[0] not_closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			zones, err := trip.DrawZones(c.outlines)
			if got := brokenFields(t, err); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if err == nil && len(zones) != len(c.outlines) {
				t.Errorf("%d zones of %d outlines", len(zones), len(c.outlines))
			}
		})
	}
	t.Run("what comes back is wound as GeoJSON wants it, and is the same zone when drawn again", func(t *testing.T) {
		zones, err := trip.DrawZones([]trip.Outline{single("a", true, reversed(square(0, 0, 2)), square(0, 0, 1))})
		if err != nil {
			t.Fatal(err)
		}
		o := zones[0].Outline()
		if area(o.Parts[0][0]) <= 0 || area(o.Parts[0][1]) >= 0 {
			t.Errorf("wound as %v", o.Parts)
		}
		again, err := trip.DrawZones([]trip.Outline{o})
		if err != nil || !(trip.Zones{Zones: zones}).Same(again) || !(trip.Zones{Zones: zones}).Same([]trip.Zone{trip.RestoreZone(o)}) {
			t.Errorf("got %+v, %v", again, err)
		}
	})
}

// area is positive for a ring that is wound counter-clockwise.
func area(r trip.Ring) (sum float64) {
	for i := range len(r) - 1 {
		sum += r[i][0]*r[i+1][1] - r[i+1][0]*r[i][1]
	}
	return sum
}

func TestWhereTripsEnd(t *testing.T) {
	outside, forbidden := []string{"outside_zone"}, []string{"no_parking"}
	for name, c := range map[string]struct {
		zones []trip.Outline
		at    [2]float64 // longitude, latitude
		want  []string
	}{
		"no zones":                        {nil, [2]float64{0, 0}, nil},
		"inside":                          {[]trip.Outline{single("a", true, square(0, 0, 1))}, [2]float64{0.5, -0.5}, nil},
		"outside":                         {[]trip.Outline{single("a", true, square(0, 0, 1))}, [2]float64{1.0001, 0}, outside},
		"inside the box, not the zone":    {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {2, 0}, {0, 2}, {0, 0}})}, [2]float64{1.5, 1.5}, outside},
		"on an edge":                      {[]trip.Outline{single("a", true, square(0, 0, 1))}, [2]float64{1, 0.3}, nil},
		"on a slanted edge":               {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {2, 0}, {0, 2}, {0, 0}})}, [2]float64{1, 1}, nil},
		"on a corner":                     {[]trip.Outline{single("a", true, square(0, 0, 1))}, [2]float64{-1, -1}, nil},
		"in a hole":                       {[]trip.Outline{single("a", true, square(0, 0, 2), square(0, 0, 1))}, [2]float64{0, 0}, outside},
		"on the edge of a hole":           {[]trip.Outline{single("a", true, square(0, 0, 2), square(0, 0, 1))}, [2]float64{1, 0}, nil},
		"between hole and border":         {[]trip.Outline{single("a", true, square(0, 0, 2), square(0, 0, 1))}, [2]float64{1.5, 0}, nil},
		"on an island in a hole":          {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 4), square(0, 0, 2)}, []trip.Ring{square(0, 0, 1)})}, [2]float64{0, 0}, nil},
		"around the island":               {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 4), square(0, 0, 2)}, []trip.Ring{square(0, 0, 1)})}, [2]float64{1.5, 0}, outside},
		"in the second part":              {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 1)}, []trip.Ring{square(5, 0, 1)})}, [2]float64{5, 0}, nil},
		"between the parts":               {[]trip.Outline{multi("a", true, []trip.Ring{square(0, 0, 1)}, []trip.Ring{square(5, 0, 1)})}, [2]float64{2.5, 0}, outside},
		"level with a corner":             {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 1}, {2, 0}, {1, -1}, {0, 0}})}, [2]float64{-1, 0}, outside},
		"level with a corner, inside":     {[]trip.Outline{single("a", true, trip.Ring{{0, 0}, {1, 1}, {2, 0}, {1, -1}, {0, 0}})}, [2]float64{1, 0}, nil},
		"no parking within":               {[]trip.Outline{single("a", true, square(0, 0, 2)), single("b", false, square(0, 0, 1))}, [2]float64{0, 0}, forbidden},
		"no parking first in the set":     {[]trip.Outline{single("b", false, square(0, 0, 1)), single("a", true, square(0, 0, 2))}, [2]float64{0, 0}, forbidden},
		"on the border of no parking":     {[]trip.Outline{single("a", true, square(0, 0, 2)), single("b", false, square(0, 0, 1))}, [2]float64{1, 0}, forbidden},
		"beside no parking":               {[]trip.Outline{single("a", true, square(0, 0, 2)), single("b", false, square(0, 0, 1))}, [2]float64{1.5, 0}, nil},
		"all reasons at once":             {[]trip.Outline{single("a", true, square(9, 0, 1)), single("b", false, square(0, 0, 1)), single("c", false, square(0, 0, 2))}, [2]float64{0, 0}, []string{"no_parking", "no_parking", "outside_zone"}},
		"no parking is all there is":      {[]trip.Outline{single("b", false, square(0, 0, 1))}, [2]float64{3, 0}, nil},
		"the antimeridian, named +":       {[]trip.Outline{single("a", true, square(-179, 0, 1))}, [2]float64{180, 0}, nil},
		"the antimeridian, named -":       {[]trip.Outline{single("a", true, square(179, 0, 1))}, [2]float64{-180, 0}, nil},
		"beside the antimeridian":         {[]trip.Outline{single("a", true, square(179, 0, 1))}, [2]float64{-179.9, 0}, outside},
		"wound the other way, in a hole":  {[]trip.Outline{single("a", true, reversed(square(0, 0, 2)), reversed(square(0, 0, 1)))}, [2]float64{0, 0}, outside},
		"a street of the demo city":       {[]trip.Outline{single("a", true, trip.Ring{{13.3, 52.45}, {13.5, 52.45}, {13.5, 52.56}, {13.3, 52.56}, {13.3, 52.45}})}, [2]float64{13.4132, 52.5219}, nil},
		"a suburb of it":                  {[]trip.Outline{single("a", true, trip.Ring{{13.3, 52.45}, {13.5, 52.45}, {13.5, 52.56}, {13.3, 52.56}, {13.3, 52.45}})}, [2]float64{13.0645, 52.3906}, outside},
		"two zones side by side, between": {[]trip.Outline{single("a", true, square(0, 0, 1)), single("b", true, square(2, 0, 1))}, [2]float64{1, 0}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := endAt(t, zoning(t, c.zones...), c.at[0], c.at[1]); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	t.Run("a reason names the zone", func(t *testing.T) {
		z := zoning(t, single("a", true, square(9, 0, 1)), single("b", false, square(0, 0, 1)))
		reasons, err := z.EndRefusals(t.Context(), geo.Position{})
		if err != nil || len(reasons) != 2 || reasons[0].Detail != "A trip cannot end in Zone b; leave the zone." || reasons[1].Detail != "A trip can end here alone: Zone a." {
			t.Errorf("got %+v, %v", reasons, err)
		}
	})
}

func TestZoning(t *testing.T) {
	inside, outside := []string(nil), []string{"outside_zone"}
	there := []trip.Outline{single("a", true, square(0, 0, 1))}
	t.Run("what one instance replaces another goes by within a second, and asks no more often", func(t *testing.T) {
		store, now := &zoneStore{}, clock.NewManual(time.Unix(1_900_000_000, 0))
		one, other := trip.NewZoning(store, now), trip.NewZoning(store, now)
		if got := endAt(t, other, 5, 5); !slices.Equal(got, inside) {
			t.Errorf("without zones: %v", got)
		}
		if _, err := one.Replace(t.Context(), trip.ReplaceZones{Outlines: there}); err != nil {
			t.Fatal(err)
		}
		if got := endAt(t, one, 5, 5); !slices.Equal(got, outside) {
			t.Errorf("here, at once: %v", got)
		}
		asked := store.versions
		endAt(t, other, 5, 5)
		if store.versions != asked {
			t.Error("asked within the second")
		}
		now.Advance(time.Second)
		if got := endAt(t, other, 5, 5); !slices.Equal(got, outside) {
			t.Errorf("there, a second later: %v", got)
		}
		read := store.reads
		now.Advance(time.Second)
		endAt(t, other, 5, 5)
		if store.reads != read {
			t.Error("read what has not changed")
		}
	})
	t.Run("a clock that went back asks again", func(t *testing.T) {
		store, now := &zoneStore{}, clock.NewManual(time.Unix(1_900_000_000, 0))
		z := trip.NewZoning(store, now)
		endAt(t, z, 0, 0)
		now.Advance(-time.Hour)
		if endAt(t, z, 0, 0); store.versions != 2 {
			t.Errorf("asked %d times", store.versions)
		}
	})
	t.Run("a store that is away lets nobody end just so", func(t *testing.T) {
		z := trip.NewZoning(&zoneStore{fail: errors.New("away")}, clock.NewManual(time.Unix(1_900_000_000, 0)))
		if _, err := z.EndRefusals(t.Context(), geo.Position{}); err == nil {
			t.Error("it was allowed")
		}
	})
	t.Run("a set based on another version is refused, the same set never", func(t *testing.T) {
		z := zoning(t, there...)
		version := func(v int64) *int64 { return &v }
		other := []trip.Outline{single("b", true, square(0, 0, 1))}
		for name, c := range map[string]struct {
			ask  trip.ReplaceZones
			want *errs.Error
		}{
			"If-Match of another":      {trip.ReplaceZones{Outlines: other, Match: []int64{0, 2}}, trip.ErrZonesMatch},
			"If-Match of none":         {trip.ReplaceZones{Outlines: other, Match: []int64{}}, trip.ErrZonesMatch},
			"version of another":       {trip.ReplaceZones{Outlines: other, BasedOn: version(0)}, trip.ErrZonesChanged},
			"the same set, repeated":   {trip.ReplaceZones{Outlines: there, Match: []int64{0}, BasedOn: version(0)}, nil},
			"both of the current one":  {trip.ReplaceZones{Outlines: other, Match: []int64{5, 1}, BasedOn: version(1)}, nil},
			"invalid, whatever it has": {trip.ReplaceZones{Outlines: []trip.Outline{single("c", true)}, Match: []int64{0}}, errs.InvalidFields()},
		} {
			t.Run(name, func(t *testing.T) {
				z := zoning(t, there...)
				_, err := z.Replace(t.Context(), c.ask)
				if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
		saved, err := z.Replace(t.Context(), trip.ReplaceZones{Outlines: there})
		if err != nil || saved.Version != 1 {
			t.Errorf("the same set is version %d, %v", saved.Version, err)
		}
	})
	t.Run("a dry run answers as the real one would, and replaces nothing", func(t *testing.T) {
		z := zoning(t, there...)
		other := trip.ReplaceZones{Outlines: []trip.Outline{single("b", true, square(0, 0, 1))}, DryRun: true}
		if would, err := z.Replace(t.Context(), other); err != nil || would.Version != 2 || len(would.Zones) != 1 || would.Zones[0].ID != "b" {
			t.Errorf("got %+v, %v", would, err)
		}
		if now, err := z.Zones(t.Context()); err != nil || now.Version != 1 || now.Zones[0].ID == "b" {
			t.Errorf("afterwards there is %+v, %v", now, err)
		}
		stale := int64(0)
		other.BasedOn = &stale
		if _, err := z.Replace(t.Context(), other); !errors.Is(err, trip.ErrZonesChanged) {
			t.Errorf("based on another version: %v", err)
		}
		if _, err := z.Replace(t.Context(), trip.ReplaceZones{Outlines: []trip.Outline{single("c", true)}, DryRun: true}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("no outline: %v", err)
		}
	})
	t.Run("many ask while one replaces", func(t *testing.T) {
		z := zoning(t, there...)
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if i == 8 {
					if _, err := z.Replace(t.Context(), trip.ReplaceZones{Outlines: []trip.Outline{single("b", true, square(5, 5, 1))}}); err != nil {
						t.Error(err)
					}
				}
				for range 100 {
					if reasons, err := z.EndRefusals(t.Context(), geo.Position{Latitude: 5, Longitude: 5}); err != nil || len(reasons) > 1 {
						t.Errorf("got %v, %v", reasons, err)
					}
				}
			})
		}
		wg.Wait()
		if got := endAt(t, z, 5, 5); !slices.Equal(got, inside) {
			t.Errorf("in the end: %v", got)
		}
	})
}
