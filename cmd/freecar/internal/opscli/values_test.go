package opscli

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"freecar/car/carapi"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/trip/tripapi"
)

func TestAmounts(t *testing.T) {
	for s, want := range map[string]int64{"12": 1200, "12.5": 1250, "12.50": 1250, "-0.05": -5, "0": 0, "12.50 EUR": 1250} {
		if got, err := asMoney(s); err != nil || got != (wire.Money{Amount: want, Currency: "EUR"}) {
			t.Errorf("%q is %v, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-", ".5", "1.", "1.234", "1,50", "1e3", "--1", "12 USD", "99999999999999999999"} {
		if got, err := asMoney(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}

func TestPositions(t *testing.T) {
	if p, err := asPosition("52.5, -13.4"); err != nil || p != (wire.Position{Latitude: 52.5, Longitude: -13.4}) {
		t.Errorf("got %v, %v", p, err)
	}
	for _, s := range []string{"", "52.5", "52.5,", "north,east"} {
		if p, err := asPosition(s); err == nil {
			t.Errorf("%q is taken for %v", s, p)
		}
	}
}

func TestRequests(t *testing.T) {
	t.Run("parts are found however deep they are embedded", func(t *testing.T) {
		var nested tripapi.OpsListRequest
		part[wire.Paging](&nested).Limit = 7
		if nested.Limit != 7 {
			t.Error("that was another paging")
		}
		if part[kitx.Keyed](&nested) != nil || part[wire.Paging](&kitx.None{}) != nil {
			t.Error("found what is not there")
		}
	})
	t.Run("the values of a flag are those of the request's rule", func(t *testing.T) {
		var r carapi.ListRequest
		if got := allowed(&r, &r.State); !slices.Contains(got, "non_operational") || slices.Contains(got, "omitempty") {
			t.Errorf("got %q", got)
		}
	})
}

func TestIDs(t *testing.T) {
	i := &invocation{tool: &tool{}, in: strings.NewReader("b\n\n  c \na\n"), command: Command("test")}
	got, err := i.ids([]string{"a", "-", "d"})
	if err != nil || !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if err := i.confirm("This hurts."); ExitCode(err) != exitMisuse {
		t.Errorf("stdin is read, and yet somebody was asked: %v", err)
	}
}

func TestDocuments(t *testing.T) {
	var plan tripapi.PublishPlanRequest
	if err := strictly(jsontext.Value(`{"id":"a","retired":false}`), &plan, "retired"); err != nil || plan.ID != "a" {
		t.Errorf("what the API says and does not take: %+v, %v", plan, err)
	}
	for document, says := range map[string]string{
		`{"id":"a","colour":1}`:     `there is no field "colour"`,
		`{"unlock":{"amount":"x"}}`: "unlock.amount has the wrong type or form",
		`{"id":`:                    "not well-formed JSON",
		`[]`:                        "it has the wrong type or form",
	} {
		if err := strictly(jsontext.Value(document), &plan); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "Go") {
			t.Errorf("%s: %v", document, err)
		}
	}
}
