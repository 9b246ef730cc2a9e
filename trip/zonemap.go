package trip

import (
	"math"
	"slices"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"freecar/internal/errs"
	"freecar/internal/geo"
)

// zoneMap is a set of zones made ready for questions: each part behind its bounding box,
// so that a place is held against the outlines it can be in and no others.
type zoneMap struct {
	version int64
	areas   []area
	// allowing are the names of the zones where trips may end.
	allowing []string
}

// area is one part of a zone.
type area struct {
	zone    *Zone
	box     geom.Envelope
	outline geom.Geometry
}

func newZoneMap(z Zones) *zoneMap {
	m := &zoneMap{version: z.Version}
	for i := range z.Zones {
		zone := &z.Zones[i]
		for _, polygon := range zone.Shape.Dump() {
			m.areas = append(m.areas, area{zone: zone, box: polygon.Envelope(), outline: polygon.AsGeometry()})
		}
		if zone.RideEndAllowed {
			m.allowing = append(m.allowing, zone.Name)
		}
	}
	return m
}

// at lists the zones that a place is in, each once, in the order of the set.
func (m *zoneMap) at(p geo.Position) (in []*Zone) {
	places := []geom.XY{{X: p.Longitude, Y: p.Latitude}}
	if math.Abs(p.Longitude) == mostLongitude { // the antimeridian has two names
		places = append(places, geom.XY{X: -p.Longitude, Y: p.Latitude})
	}
	for _, a := range m.areas {
		if len(in) > 0 && in[len(in)-1] == a.zone {
			continue
		}
		if slices.ContainsFunc(places, a.contains) {
			in = append(in, a.zone)
		}
	}
	return in
}

func (a area) contains(p geom.XY) bool {
	return a.box.Contains(p) && geom.Intersects(p.AsPoint().AsGeometry(), a.outline)
}

// refusals are the reasons why a trip cannot end at a place: it is in a zone that forbids
// it, or in none of those that allow it. Where no zone allows anything, ending is allowed
// wherever none forbids it.
func (m *zoneMap) refusals(p geo.Position) (reasons []errs.Field) {
	allowed := len(m.allowing) == 0
	for _, zone := range m.at(p) {
		if zone.RideEndAllowed {
			allowed = true
			continue
		}
		reasons = append(reasons, errs.Field{Code: "no_parking", Detail: "A trip cannot end in " + zone.Name + "; leave the zone."})
	}
	if !allowed {
		reasons = append(reasons, errs.Field{Code: "outside_zone", Detail: "A trip can end here alone: " + some(m.allowing) + "."})
	}
	return reasons
}

// some lists the first names of a list.
func some(names []string) string {
	const atMost = 3
	if len(names) > atMost {
		return strings.Join(names[:atMost], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}
