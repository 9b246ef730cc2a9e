package endpoint

import (
	"context"
	"math"
	"strings"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/kitx"
	"freecar/internal/nearby"
	"freecar/internal/wire"
)

// Search finds rentable cars.
func (e Endpoints) Search(ctx context.Context, r carapi.SearchRequest) (wire.Page[carapi.Car], error) {
	search, err := toSearch(r)
	if err != nil {
		return wire.Page[carapi.Car]{}, err
	}
	return wire.NewPage(e.service.Search(ctx, search), "", fromFound), nil
}

func toSearch(r carapi.SearchRequest) (car.Search, error) {
	search := car.Search{RadiusM: r.RadiusM, MinCharge: r.MinCharge, Limit: r.Limit}
	if err := checkPlace(r); err != nil {
		return search, err
	}
	if r.BBox == "" {
		search.From = geo.Position{Latitude: *r.Latitude, Longitude: *r.Longitude}
		return search, nil
	}
	box, err := parseBox(r.BBox)
	search.Box = &box
	return search, err
}

// checkPlace wants a position or a box, and not both.
func checkPlace(r carapi.SearchRequest) error {
	const either = "Give latitude and longitude, or bbox."
	var bad []errs.Field
	add := func(field, code string) { bad = append(bad, errs.Field{Field: field, Code: code, Detail: either}) }
	switch {
	case r.BBox != "" && (r.Latitude != nil || r.Longitude != nil):
		add("bbox", "conflicting")
	case r.BBox == "":
		if r.Latitude == nil {
			add("latitude", "required")
		}
		if r.Longitude == nil {
			add("longitude", "required")
		}
	}
	if bad != nil {
		return errs.InvalidFields(bad...)
	}
	return nil
}

func parseBox(text string) (nearby.Box, error) {
	invalid := errs.Invalidf("bbox", "invalid", "It must be west,south,east,north in degrees.")
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nearby.Box{}, invalid
	}
	var degrees [4]float64
	for i, part := range parts {
		var ok bool
		if degrees[i], ok = kitx.ParseNumber(strings.TrimSpace(part)); !ok {
			return nearby.Box{}, invalid
		}
	}
	box := nearby.Box{West: degrees[0], South: degrees[1], East: degrees[2], North: degrees[3]}
	if !box.Valid() {
		return nearby.Box{}, invalid
	}
	return box, nil
}

func fromFound(f car.Found) carapi.Car {
	l := f.Listing
	position, distance := wire.FromPosition(l.Seen.Position), int64(math.Round(f.DistanceM))
	return carapi.Car{
		ID: l.ID, Plate: l.Plate, Model: l.Model, Position: &position, ChargePercent: l.Seen.ChargePercent, RangeKM: f.RangeKM,
		DistanceM: &distance, State: string(l.State), PricingPlanID: l.PricingPlanID,
	}
}
