package wire_test

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/wire"
)

func TestGeometry(t *testing.T) {
	t.Run("there and back", func(t *testing.T) {
		for _, text := range []string{
			`{"type":"Polygon","coordinates":[[[13.4,52.5],[13.5,52.5],[13.5,52.6],[13.4,52.5]]]}`,
			`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`,
		} {
			var g wire.Geometry
			if err := json.Unmarshal([]byte(text), &g); err != nil {
				t.Fatal(err)
			}
			if b, err := json.Marshal(g); string(b) != text || err != nil {
				t.Errorf("got %s, %v", b, err)
			}
		}
	})
	t.Run("a box is taken and not kept", func(t *testing.T) {
		var g wire.Geometry
		if err := json.Unmarshal([]byte(`{"type":"Polygon","bbox":[0,0,1,1],"coordinates":[]}`), &g, json.RejectUnknownMembers(true)); err != nil || len(g.Parts) != 1 {
			t.Errorf("got %+v, %v", g, err)
		}
	})
	for name, c := range map[string]struct{ text, field string }{
		"no type":                  {`{"coordinates":[]}`, "type"},
		"null":                     {`null`, "type"},
		"another type":             {`{"type":"Point","coordinates":[1,2]}`, "type"},
		"no coordinates":           {`{"type":"Polygon"}`, "coordinates"},
		"null for them":            {`{"type":"Polygon","coordinates":null}`, "coordinates"},
		"a null among them":        {`{"type":"Polygon","coordinates":[[[null,52],[1,2]]]}`, "coordinates"},
		"NaN, as a word":           {`{"type":"Polygon","coordinates":[[["NaN",52],[1,2]]]}`, "coordinates"},
		"beyond every number":      {`{"type":"Polygon","coordinates":[[[1e999,52],[1,2]]]}`, "coordinates"},
		"nested as a MultiPolygon": {`{"type":"Polygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}`, "coordinates"},
		"nested as a Polygon":      {`{"type":"MultiPolygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`, "coordinates"},
	} {
		t.Run(name, func(t *testing.T) {
			var g wire.Geometry
			err := json.Unmarshal([]byte(c.text), &g, json.RejectUnknownMembers(true))
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
				t.Errorf("got %+v, %v", g, err)
			}
		})
	}
}
