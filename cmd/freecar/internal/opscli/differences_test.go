package opscli

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/wire"
	"freecar/trip/tripapi"
)

func TestDifferences(t *testing.T) {
	old := `{"id":"a","version":3,"unlock":{"amount":100,"currency":"EUR"},"cap":null,"steps":[1,2],"deep":{"x":true}}`
	for name, c := range map[string]struct {
		old, updated string
		want         []string
	}{
		"the same":                     {old, old, nil},
		"null and nothing are equal":   {old, strings.Replace(old, `"cap":null,`, "", 1), nil},
		"what is not to be compared":   {old, strings.Replace(old, `"version":3`, `"version":4`, 1), nil},
		"an amount, as people read it": {old, strings.Replace(old, "100", "250", 1), []string{"~ unlock: 1.00 EUR → 2.50 EUR"}},
		"an amount in another member":  {old, strings.Replace(old, "null", `{"amount":5,"currency":"EUR"}`, 1), []string{"+ cap: 0.05 EUR"}},
		"lists, by their places":       {old, strings.Replace(old, "[1,2]", "[1,3,4]", 1), []string{"~ steps[1]: 2 → 3", "+ steps[2]: 4"}},
		"deep down":                    {old, strings.Replace(old, "true", "false", 1), []string{"~ deep.x: true → false"}},
		"another type":                 {old, strings.Replace(old, `{"x":true}`, `"x"`, 1), []string{`~ deep: {"x":true} → "x"`}},
		"all is new":                   {"", `{"id":"a","version":1}`, []string{`+ id: "a"`}},
		"something is gone":            {`{"a":1,"b":2}`, `{"b":2}`, []string{"- a: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := differences(jsontext.Value(c.old), jsontext.Value(c.updated), "version")
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprint(d))
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestZoneChanges(t *testing.T) {
	allowed := true
	zone := func(id string, east float64) tripapi.Feature {
		return tripapi.Feature{Type: "Feature", Properties: tripapi.ZoneProperties{ID: id, Name: id, RideEndAllowed: &allowed},
			Geometry: wire.Geometry{Type: wire.Polygon, Parts: [][][][]float64{{{{0, 0}, {east, 0}, {east, 1}, {0, 0}}}}}}
	}
	a, b := zone("a", 1), zone("b", 1)
	if found, err := zoneChanges([]tripapi.Feature{a, b}, []tripapi.Feature{b, a}); err != nil || len(found) > 0 {
		t.Errorf("another order: %v, %v", found, err)
	}
	found, err := zoneChanges([]tripapi.Feature{a, b}, []tripapi.Feature{zone("a", 2)})
	if err != nil || len(found) != 2 || found[0].path != "a.outline" || found[1].path != "b" || found[1].new != "" {
		t.Errorf("one moved and one gone: %v, %v", found, err)
	}
}
