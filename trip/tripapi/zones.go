package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

const (
	geoJSON   = "application/geo+json"
	zonesBody = 2 << 20 // holds the 20,000 positions that a set may have
)

// Zones: the whole set at once, as GeoJSON (RFC 7946). Its ETag is the version.
var (
	GetZones = kitx.NewRoute[kitx.None, FeatureCollection](kitx.Spec{Op: "trip.Zones", Method: http.MethodGet, Path: "/v1/ops/zones",
		Who: auth.Ops(auth.Fleet), ETag: true, Media: geoJSON})
	PutZones = kitx.NewRoute[PutZonesRequest, FeatureCollection](kitx.Spec{Op: "trip.PutZones", Method: http.MethodPut, Path: "/v1/ops/zones",
		Who: auth.Ops(auth.Fleet), Media: geoJSON, MaxBody: zonesBody})
)

// EventZonesReplaced is freecar.trip.zones_replaced.v1, its subject "zones", its data the
// FeatureCollection.
const EventZonesReplaced = "zones_replaced"

// PutZonesRequest replaces all zones; a dry run says what would be answered and replaces
// nothing. Refused: 412 when If-Match names other versions than the current one, 409
// zones_changed when version is given and is another.
type PutZonesRequest struct {
	DryRun  bool   `query:"dry_run" json:"-"`
	IfMatch string `header:"If-Match" json:"-" validate:"max=200,text"`
	FeatureCollection
}

// FeatureCollection is a set of zones. A bbox is taken anywhere and not kept.
type FeatureCollection struct {
	Type string    `json:"type" validate:"oneof=FeatureCollection"`
	BBox []float64 `json:"bbox,omitzero" validate:"max=6,dive,gte=-1000000,lte=1000000"`
	// Version rises with each other set; 0 is the empty one before the first.
	Version *int64 `json:"version,omitzero" validate:"omitnil,gte=0,lte=9007199254740991"`
	// UpdatedAt is given and not taken; left out before the first.
	UpdatedAt *wire.Time `json:"updated_at,omitzero"`
	Features  []Feature  `json:"features" validate:"required,max=500,dive"`
}

// Feature is a zone.
type Feature struct {
	Type       string         `json:"type" validate:"oneof=Feature"`
	BBox       []float64      `json:"bbox,omitzero" validate:"max=6,dive,gte=-1000000,lte=1000000"`
	Geometry   wire.Geometry  `json:"geometry"`
	Properties ZoneProperties `json:"properties"`
}

// ZoneProperties say what holds in a zone, in GBFS's words.
type ZoneProperties struct {
	ID   string `json:"id" validate:"required,max=60,text"`
	Name string `json:"name" validate:"required,max=60,text"`
	// RideEndAllowed: trips may end here; false forbids it, in whatever other zone this is.
	RideEndAllowed *bool `json:"ride_end_allowed" validate:"required"`
}
