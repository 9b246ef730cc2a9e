package endpoint

import (
	"maps"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	for data, want := range map[string]map[string]string{
		`{"account_id":"7","state":"removed","amount":{"amount":-250,"currency":"EUR"},"roles":["rider","fleet"],"letters":3}`: {
			"account_id": "7", "state": "removed", "amount": "-2.50 EUR", "roles": "rider, fleet", "letters": "3"},
		`{"command":{"kind":"lock","id":"x"},"claim":null,"kind":null}`:                         {"command.kind": "lock"},
		`{"email":"ada@example.com","name":"Ada","reason":"Ada called","secret":"s","id":"1"}`:  {},
		`{"state":{"deep":"x"},"status":[1],"amount":{"amount":1},"roles":[],"command":"lock"}`: {},
		`[1]`:     {},
		`nonsens`: {},
		``:        {},
	} {
		if got := factsOf([]byte(data)); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", data, got, want)
		}
	}
	long := factsOf([]byte(`{"state":"` + strings.Repeat("é", 99) + `"}`))["state"]
	if long != strings.Repeat("é", 50) {
		t.Errorf("got %q", long)
	}
}
