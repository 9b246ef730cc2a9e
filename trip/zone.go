package trip

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/peterstace/simplefeatures/geom"

	"freecar/internal/errs"
)

// Zone is an area with a rule, as GBFS's geofencing_zones.json names it. Its border
// belongs to it. Edges are straight lines between longitudes and latitudes (RFC 7946,
// section 3.1.1); what crosses the antimeridian is cut there into parts (3.1.9).
type Zone struct {
	ID, Name string
	// RideEndAllowed says that trips may end inside; a zone that does not allow it forbids
	// it, whatever other zone is there, too.
	RideEndAllowed bool
	Shape          geom.MultiPolygon
	// Single says that the shape was given as a Polygon.
	Single bool
}

// Zones is the whole set, which is replaced as one. Version 0 is the empty set that was
// never replaced.
type Zones struct {
	Version int64
	At      time.Time
	Zones   []Zone
}

// Ring is positions of longitude and latitude in degrees, the last like the first.
// A third number of a position, a height, is dropped.
type Ring [][]float64

// Outline is a zone as it was drawn: each part an outer ring and its holes, wound either
// way. Single says that it is one part, given as a Polygon.
type Outline struct {
	ID, Name       string
	RideEndAllowed bool
	Single         bool
	Parts          [][]Ring
}

// The bounds of a set of zones.
const (
	mostZones        = 500
	mostPositions    = 20_000 // of a set
	mostRing         = 5_000  // positions of a ring
	fewestOfRing     = 4
	mostOfPosition   = 3
	widestEdge       = 180 // degrees
	mostLongitude    = 180
	mostLatitude     = 90
	reportedAtMost   = 20 // broken rules in one answer
	featuresFieldFmt = "features[%d]"
)

// DrawZones makes the zones of their outlines. Errors: Invalid with the members of the
// GeoJSON named that break a rule.
func DrawZones(outlines []Outline) ([]Zone, error) {
	var d drawing
	switch {
	case len(outlines) > mostZones:
		d.breach("features", "too_long", "There must be at most %d zones.", mostZones)
		return nil, d.err()
	case positionsOf(outlines) > mostPositions: // before anything is made of them
		d.breach("features", "too_long", "All zones together must have at most %d positions.", mostPositions)
		return nil, d.err()
	}
	zones := make([]Zone, 0, len(outlines))
	for i, o := range outlines {
		d.at = fmt.Sprintf(featuresFieldFmt, i)
		d.unique(o.ID)
		zones = append(zones, Zone{ID: o.ID, Name: o.Name, RideEndAllowed: o.RideEndAllowed, Single: o.Single, Shape: d.shape(o)})
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return zones, nil
}

// drawing gathers what is wrong with a set of outlines.
type drawing struct {
	at       string // the feature
	ids      []string
	overlaps int
	broken   []errs.Field
}

func (d *drawing) breach(member, code, format string, args ...any) {
	if len(d.broken) < reportedAtMost {
		d.broken = append(d.broken, errs.Field{Field: d.at + member, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}

func (d *drawing) err() error {
	if len(d.broken) == 0 {
		return nil
	}
	return errs.InvalidFields(d.broken...)
}

func (d *drawing) unique(id string) {
	if slices.Contains(d.ids, id) {
		d.breach(".properties.id", "repeated", "Another zone has this id.")
	}
	d.ids = append(d.ids, id)
}

// shape is the geometry of an outline, with outer rings counter-clockwise and holes
// clockwise as RFC 7946 asks for; empty when something is wrong with it.
func (d *drawing) shape(o Outline) geom.MultiPolygon {
	before := len(d.broken)
	var parts []geom.Polygon
	for i, rings := range o.Parts {
		at := ".geometry.coordinates"
		if !o.Single {
			at += fmt.Sprintf("[%d]", i)
		}
		parts = append(parts, d.part(at, rings))
	}
	if len(o.Parts) == 0 {
		d.breach(".geometry.coordinates", "too_short", "A zone has at least one part.")
	}
	if len(d.broken) > before {
		return geom.MultiPolygon{}
	}
	shape := geom.NewMultiPolygon(parts)
	if len(parts) > 1 {
		var boxes []box
		for _, rings := range o.Parts {
			boxes = append(boxes, boxOf(rings[0]...))
		}
		if d.tangled(".geometry.coordinates", boxes) {
			return geom.MultiPolygon{}
		}
		if err := shape.Validate(); err != nil {
			d.breach(".geometry.coordinates", "parts_overlap", "The parts of a zone must not overlap or share an edge; join them: %s.", err)
			return geom.MultiPolygon{}
		}
	}
	return shape.ForceCCW()
}

func (d *drawing) part(at string, rings []Ring) geom.Polygon {
	before := len(d.broken)
	if len(rings) == 0 {
		d.breach(at, "too_short", "A polygon has an outer ring.")
	}
	var lines []geom.LineString
	for i, r := range rings {
		lines = append(lines, d.ring(fmt.Sprintf("%s[%d]", at, i), r))
	}
	if len(d.broken) > before {
		return geom.Polygon{}
	}
	var boxes []box
	for _, r := range rings[1:] { // holes; the outer ring is about them all
		boxes = append(boxes, boxOf(r...))
	}
	if d.tangled(at, boxes) {
		return geom.Polygon{}
	}
	polygon := geom.NewPolygon(lines)
	if err := polygon.Validate(); err != nil {
		d.breach(at, "rings_cross", "Holes must lie inside the outer ring and must not overlap or cut the area apart: %s.", err)
	}
	return polygon
}

// ring checks a ring by itself: its positions, its end, its edges.
func (d *drawing) ring(at string, r Ring) geom.LineString {
	before := len(d.broken)
	switch {
	case len(r) < fewestOfRing:
		d.breach(at, "too_short", "A ring has at least %d positions, the last like the first.", fewestOfRing)
	case len(r) > mostRing:
		d.breach(at, "too_long", "A ring has at most %d positions.", mostRing)
	}
	flat := make([]float64, 0, 2*len(r))
	for i, p := range r {
		if !d.position(fmt.Sprintf("%s[%d]", at, i), p) {
			break // those after it are often wrong in the same way
		}
		if i > 0 && math.Abs(p[0]-r[i-1][0]) > widestEdge {
			d.breach(fmt.Sprintf("%s[%d]", at, i), "too_wide",
				"An edge spans at most %d degrees of longitude; cut the zone at the antimeridian into parts of a MultiPolygon.", widestEdge)
			break
		}
		flat = append(flat, p[0], p[1])
	}
	if len(d.broken) > before || d.tangled(at, edgesOf(r)) {
		return geom.LineString{}
	}
	line := geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
	switch {
	case !line.IsClosed():
		d.breach(at, "not_closed", "The last position of a ring must be the first one again.")
	case line.Validate() != nil || !line.IsSimple():
		d.breach(at, "self_intersects", "The ring crosses or touches itself, or has no area.")
	}
	return line
}

func (d *drawing) position(at string, p []float64) bool {
	before := len(d.broken)
	if len(p) < 2 || len(p) > mostOfPosition {
		d.breach(at, "invalid", "A position is [longitude, latitude], in degrees.")
		return false
	}
	// NaN and the infinities fail every comparison.
	if !(math.Abs(p[0]) <= mostLongitude) {
		d.breach(at+"[0]", "out_of_range", "A longitude is from -%d to %d.", mostLongitude, mostLongitude)
	}
	if !(math.Abs(p[1]) <= mostLatitude) {
		d.breach(at+"[1]", "out_of_range", "A latitude is from -%d to %d; the longitude comes first.", mostLatitude, mostLatitude)
	}
	return len(d.broken) == before
}

// Same says that two sets have the same zones, in the same order.
func (z Zones) Same(zones []Zone) bool {
	return slices.EqualFunc(z.Zones, zones, func(a, b Zone) bool {
		return a.ID == b.ID && a.Name == b.Name && a.RideEndAllowed == b.RideEndAllowed && a.Single == b.Single &&
			geom.ExactEquals(a.Shape.AsGeometry(), b.Shape.AsGeometry())
	})
}

// Outline is the zone as it can be drawn again.
func (z Zone) Outline() Outline {
	o := Outline{ID: z.ID, Name: z.Name, RideEndAllowed: z.RideEndAllowed, Single: z.Single}
	for _, rings := range z.Shape.Coordinates() {
		var part []Ring
		for _, seq := range rings {
			ring := make(Ring, 0, seq.Length())
			for i := range seq.Length() {
				xy := seq.GetXY(i)
				ring = append(ring, []float64{xy.X, xy.Y})
			}
			part = append(part, ring)
		}
		o.Parts = append(o.Parts, part)
	}
	return o
}

// RestoreZone makes a zone of an outline that was checked before.
func RestoreZone(o Outline) Zone {
	polygons := make([]geom.Polygon, 0, len(o.Parts))
	for _, rings := range o.Parts {
		lines := make([]geom.LineString, 0, len(rings))
		for _, r := range rings {
			flat := make([]float64, 0, 2*len(r))
			for _, p := range r {
				flat = append(flat, p[0], p[1])
			}
			lines = append(lines, geom.NewLineString(geom.NewSequence(flat, geom.DimXY)))
		}
		polygons = append(polygons, geom.NewPolygon(lines))
	}
	return Zone{ID: o.ID, Name: o.Name, RideEndAllowed: o.RideEndAllowed, Single: o.Single, Shape: geom.NewMultiPolygon(polygons)}
}
