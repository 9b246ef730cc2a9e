package endpoint

import (
	"context"
	"strconv"
	"strings"

	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Zones are the operations on zones.
type Zones struct{ zoning *trip.Zoning }

// NewZones wraps the use cases.
func NewZones(z *trip.Zoning) Zones { return Zones{zoning: z} }

// Get is the set of zones.
func (e Zones) Get(ctx context.Context, _ kitx.None) (tripapi.FeatureCollection, error) {
	z, err := e.zoning.Zones(ctx)
	return tagged(ctx, z, err)
}

// Put replaces it.
func (e Zones) Put(ctx context.Context, r tripapi.PutZonesRequest) (tripapi.FeatureCollection, error) {
	c := trip.ReplaceZones{BasedOn: r.Version, Match: toVersions(r.IfMatch), DryRun: r.DryRun}
	for _, f := range r.Features {
		c.Outlines = append(c.Outlines, toOutline(f))
	}
	z, err := e.zoning.Replace(ctx, c)
	if r.DryRun { // there is no such set to be named by a tag
		return fromZones(z), err
	}
	return tagged(ctx, z, err)
}

func tagged(ctx context.Context, z trip.Zones, err error) (tripapi.FeatureCollection, error) {
	if err != nil {
		return tripapi.FeatureCollection{}, err
	}
	kitx.SetETag(ctx, strconv.FormatInt(z.Version, 10))
	return fromZones(z), nil
}

// toVersions are the versions that an If-Match names; nil without one, or for any. A weak
// tag matches nothing (RFC 9110, section 13.1.1), nor does what is no version.
func toVersions(ifMatch string) []int64 {
	if ifMatch == "" || strings.TrimSpace(ifMatch) == "*" {
		return nil
	}
	versions := []int64{}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		text, quoted := strings.CutPrefix(strings.TrimSpace(tag), `"`)
		text, ended := strings.CutSuffix(text, `"`)
		if v, err := strconv.ParseInt(text, 10, 64); err == nil && quoted && ended && strconv.FormatInt(v, 10) == text { // "07" is another tag than "7"
			versions = append(versions, v)
		}
	}
	return versions
}

func toOutline(f tripapi.Feature) trip.Outline {
	o := trip.Outline{ID: f.Properties.ID, Name: f.Properties.Name, RideEndAllowed: *f.Properties.RideEndAllowed, Single: f.Geometry.Type == wire.Polygon}
	for _, rings := range f.Geometry.Parts {
		var part []trip.Ring
		for _, r := range rings {
			part = append(part, r)
		}
		o.Parts = append(o.Parts, part)
	}
	return o
}

func fromOutline(o trip.Outline) tripapi.Feature {
	f := tripapi.Feature{Type: "Feature", Geometry: wire.Geometry{Type: wire.MultiPolygon},
		Properties: tripapi.ZoneProperties{ID: o.ID, Name: o.Name, RideEndAllowed: &o.RideEndAllowed}}
	if o.Single {
		f.Geometry.Type = wire.Polygon
	}
	for _, part := range o.Parts {
		var rings [][][]float64
		for _, r := range part {
			rings = append(rings, r)
		}
		f.Geometry.Parts = append(f.Geometry.Parts, rings)
	}
	return f
}

func fromZones(z trip.Zones) tripapi.FeatureCollection {
	c := tripapi.FeatureCollection{Type: "FeatureCollection", Version: &z.Version, UpdatedAt: wire.FromTimeOrNil(z.At), Features: []tripapi.Feature{}}
	for _, zone := range z.Zones {
		c.Features = append(c.Features, fromOutline(zone.Outline()))
	}
	return c
}
