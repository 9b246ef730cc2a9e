package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/money"
	"freecar/internal/wire"
)

func TestTime(t *testing.T) {
	moment := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	t.Run("is written in UTC with milliseconds, as JSON and as text", func(t *testing.T) {
		berlin := wire.FromTime(moment.Add(1_999_999).In(time.FixedZone("", 3600)))
		b, err := json.Marshal(berlin)
		if string(b) != `"2026-01-31T13:45:00.001Z"` || err != nil {
			t.Errorf("got %s, %v", b, err)
		}
		if text, err := berlin.MarshalText(); string(text) != "2026-01-31T13:45:00.001Z" || err != nil {
			t.Errorf("got %s, %v", text, err)
		}
	})
	t.Run("is written as package time would, whatever its milliseconds and year", func(t *testing.T) {
		for year := -1; year < 12_000; year += 1_999 {
			for ms := range 1_000 {
				at := time.Date(year, 2, 28, 23, 59, 59, ms*1_000_000+999_999, time.FixedZone("", -5400))
				want := at.UTC().Format("2006-01-02T15:04:05.000Z")
				if got, err := wire.FromTime(at).MarshalText(); string(got) != want || err != nil {
					t.Fatalf("got %s, %v, want %s", got, err, want)
				}
			}
		}
	})
	t.Run("a moment that has not come is null", func(t *testing.T) {
		b, err := json.Marshal([]*wire.Time{wire.FromTimeOrNil(time.Time{}), wire.FromTimeOrNil(moment)})
		if string(b) != `[null,"2026-01-31T13:45:00.000Z"]` || err != nil {
			t.Errorf("got %s, %v", b, err)
		}
	})
	t.Run("any RFC 3339 form is read, and brought to UTC milliseconds", func(t *testing.T) {
		for _, text := range []string{"2026-01-31T13:45:00Z", "2026-01-31T14:45:00+01:00", "2026-01-31T13:45:00.0009Z"} {
			var got wire.Time
			if err := json.Unmarshal([]byte(`"`+text+`"`), &got); err != nil || !got.Equal(moment) || got.Location() != time.UTC {
				t.Errorf("%s: got %v, %v", text, got, err)
			}
		}
	})
	t.Run("nothing else is a time, and the refusal quotes nothing", func(t *testing.T) {
		for _, text := range []string{`"2026-01-31"`, `"2026-01-31T13:45:00"`, `"2026-01-31T1:45:00Z"`, `"2026-01-31T13:45:00,5Z"`,
			`"2026-02-30T13:45:00Z"`, `""`, `"yesterday"`, `1769867100`, `null`, `{}`} {
			var got wire.Time
			err := json.Unmarshal([]byte(text), &got)
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || !got.IsZero() {
				t.Errorf("%s: got %v, %v", text, got, err)
			}
		}
	})
}

func TestPosition(t *testing.T) {
	t.Run("there and back", func(t *testing.T) {
		want := geo.Position{Latitude: -0.5, Longitude: 179.25}
		b, err := json.Marshal(wire.FromPosition(want))
		if string(b) != `{"latitude":-0.5,"longitude":179.25}` || err != nil {
			t.Fatalf("got %s, %v", b, err)
		}
		var got wire.Position
		if err := json.Unmarshal(b, &got); err != nil || got.ToPosition() != want {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("the null island is a place, when somebody says so", func(t *testing.T) {
		got := wire.Position{Latitude: 1, Longitude: 1}
		if err := json.Unmarshal([]byte(`{"latitude":0,"longitude":0}`), &got); err != nil || got != (wire.Position{}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	for name, c := range map[string]struct{ text, field string }{
		"a place without a longitude is none": {`{"latitude":1}`, "longitude"},
		"a place without a latitude is none":  {`{"longitude":1}`, "latitude"},
		"null is no place":                    {`null`, "latitude"},
	} {
		t.Run(name, func(t *testing.T) {
			var got wire.Position
			err := json.Unmarshal([]byte(c.text), &got)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Code != "required" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	t.Run("a strict reader stays strict inside", func(t *testing.T) {
		var got struct{ At wire.Position }
		err := json.Unmarshal([]byte(`{"At":{"latitude":1,"longitude":2,"altitude":3}}`), &got, json.RejectUnknownMembers(true))
		if !errors.Is(err, json.ErrUnknownName) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMoney(t *testing.T) {
	t.Run("there and back, in minor units", func(t *testing.T) {
		want := money.Of(-1234)
		b, err := json.Marshal(wire.FromMoney(want))
		if string(b) != `{"amount":-1234,"currency":"EUR"}` || err != nil {
			t.Fatalf("got %s, %v", b, err)
		}
		var got wire.Money
		if err := json.Unmarshal(b, &got); err != nil || got.ToMoney() != want {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a fraction of a minor unit is refused", func(t *testing.T) {
		var got wire.Money
		if err := json.Unmarshal([]byte(`{"amount":1.5,"currency":"EUR"}`), &got); err == nil {
			t.Errorf("got %v", got)
		}
	})
}

func TestPage(t *testing.T) {
	double := func(n int) int { return 2 * n }
	for name, c := range map[string]struct {
		page wire.Page[int]
		want string
	}{
		"nothing is an empty list":              {wire.NewPage(nil, "", double), `{"items":[],"next_cursor":null}`},
		"a page that nobody filled is one, too": {wire.Page[int]{}, `{"items":[],"next_cursor":null}`},
		"items are converted in order":          {wire.NewPage([]int{2, 1}, "", double), `{"items":[4,2],"next_cursor":null}`},
		"a cursor leads to the next page":       {wire.NewPage([]int{1}, "abc", double), `{"items":[2],"next_cursor":"abc"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := json.Marshal(c.page); string(b) != c.want || err != nil {
				t.Errorf("got %s, %v", b, err)
			}
		})
	}
}
