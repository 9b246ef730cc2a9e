package endpoint

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// FuzzIfMatch: an If-Match names the versions that are in it as strong tags, and no others.
func FuzzIfMatch(f *testing.F) {
	for _, text := range []string{"", "*", ` * `, `"7"`, `W/"7"`, `"7", "8"`, `"7`, `7`, `"07"`, `"+7"`, `"-7"`, `"99999999999999999999"`, `"a","7"`, `","`, `"""`, "\"7\"\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, header string) {
		versions := toVersions(header)
		if (versions == nil) != (header == "" || strings.TrimSpace(header) == "*") {
			t.Errorf("%q names %v", header, versions)
		}
		for _, v := range versions {
			if !strings.Contains(header, `"`+strconv.FormatInt(v, 10)+`"`) {
				t.Errorf("%q names %d", header, v)
			}
		}
	})
}

// FuzzWire takes zones and plans as they come over the wire, to the domain and its verdict:
// what is refused names a member, and what is not comes back as it was sent.
func FuzzWire(f *testing.F) {
	for _, text := range []string{
		`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]},"properties":{"id":"a","name":"A","ride_end_allowed":true}}]}`,
		`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[]]},"properties":{"id":"a","name":"A","ride_end_allowed":false}}],"version":0}`,
		`{"type":"FeatureCollection","features":[{},{}]}`, `{"type":"FeatureCollection","features":null}`, `{"type":"x","features":[]}`, `{"type":"FeatureCollection","features":[` + strings.Repeat(`{},`, 300) + `{}]}`,
		`{"id":"p","name":"P","vat_basis_points":1900,"unlock":{"amount":100,"currency":"EUR"},"per_minute":[{"start":0,"rate":{"amount":29,"currency":"EUR"},"interval":1,"end":null}],"per_paused_minute":{"amount":9,"currency":"EUR"},"per_kilometre":[],"cap":null,"hold":{"amount":2000,"currency":"EUR"},"grace_seconds":120}`,
		`{"id":"p","name":"P","unlock":{"amount":9223372036854775807,"currency":"EUR"},"per_minute":[{}],"grace_seconds":9223372036854775807}`, `{"per_minute":[` + strings.Repeat(`{},`, 300) + `{}]}`} {
		f.Add([]byte(text))
	}
	refused := func(t *testing.T, text []byte, err error) {
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 || len(e.Fields) > 100 || len(e.Error()) > 8<<10 {
			t.Errorf("%s: refused with %v", text, err)
			return
		}
		for _, broken := range e.Fields {
			if broken.Field == "" || broken.Code == "" {
				t.Errorf("%s: refused with %+v", text, broken)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var plan tripapi.PublishPlanRequest
		if json.Unmarshal(text, &plan, json.RejectUnknownMembers(true)) == nil {
			if err := kitx.Check(&plan); err != nil {
				refused(t, text, err)
			} else if c, err := toPublishPlan(plan); err != nil {
				refused(t, text, err)
			} else if err := c.Plan.Check(); err != nil {
				refused(t, text, err)
			}
		}
		var zones tripapi.PutZonesRequest
		if json.Unmarshal(text, &zones.FeatureCollection, json.RejectUnknownMembers(true)) != nil {
			return
		}
		if err := kitx.Check(&zones); err != nil {
			refused(t, text, err)
			return
		}
		var outlines []trip.Outline
		for _, feature := range zones.Features {
			outlines = append(outlines, toOutline(feature))
		}
		drawn, err := trip.DrawZones(outlines)
		if err != nil {
			refused(t, text, err)
			return
		}
		sent, err := json.Marshal(fromZones(trip.Zones{Version: 1, Zones: drawn}))
		if err != nil {
			t.Fatal(err)
		}
		var again tripapi.FeatureCollection
		if err := json.Unmarshal(sent, &again); err != nil || len(again.Features) != len(zones.Features) {
			t.Errorf("%s became %s, %v", text, sent, err)
		}
	})
}
