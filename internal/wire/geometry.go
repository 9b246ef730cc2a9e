package wire

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/errs"
)

// Geometry is a Polygon or a MultiPolygon of GeoJSON (RFC 7946): parts of rings of
// positions, longitude first. Whether it makes an area is for a domain to say.
type Geometry struct {
	Type  string          `json:"type" validate:"required,oneof=Polygon MultiPolygon"`
	Parts [][][][]float64 `json:"coordinates" validate:"domain"` // of a Polygon one
}

// The types of geometries.
const (
	Polygon      = "Polygon"
	MultiPolygon = "MultiPolygon"
)

// UnmarshalJSONFrom reads a geometry.
func (g *Geometry) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var read struct {
		Type        string         `json:"type"`
		BBox        []float64      `json:"bbox"`
		Coordinates jsontext.Value `json:"coordinates"`
	}
	if err := json.UnmarshalDecode(d, &read); err != nil {
		return err
	}
	g.Type, g.Parts = read.Type, nil
	var err error
	switch read.Type {
	case Polygon:
		var rings [][][]float64
		err = readCoordinates(read.Coordinates, &rings)
		g.Parts = [][][][]float64{rings}
	case MultiPolygon:
		err = readCoordinates(read.Coordinates, &g.Parts)
	default:
		err = errs.Invalidf("type", "invalid", "It must be one of: %s %s.", Polygon, MultiPolygon)
	}
	return err
}

// readCoordinates takes nested lists of numbers alone: a null would become a zero.
func readCoordinates(raw jsontext.Value, into any) error {
	switch {
	case len(raw) == 0:
		return errs.Invalidf("coordinates", "required", "It is required.")
	case bytes.ContainsRune(raw, 'n') || json.Unmarshal(raw, into) != nil:
		return errs.Invalidf("coordinates", "wrong_type", "It must be lists of rings of positions [longitude, latitude], in numbers, as the type says.")
	}
	return nil
}

// MarshalJSONTo writes a geometry.
func (g Geometry) MarshalJSONTo(e *jsontext.Encoder) error {
	var coordinates any = g.Parts
	if g.Type == Polygon && len(g.Parts) == 1 {
		coordinates = g.Parts[0]
	}
	return json.MarshalEncode(e, struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}{g.Type, coordinates})
}
