package wire_test

import (
	"bytes"
	"errors"
	"math"
	"regexp"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/internal/wire"
)

// rfc3339 is the grammar of section 5.6, but for leap seconds and small letters, which we
// do not take.
var rfc3339 = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// FuzzTime: what is taken for a time is written so that it is taken for the same one.
func FuzzTime(f *testing.F) {
	for _, text := range []string{"2026-01-31T13:45:00.000Z", "2026-01-31T13:45:00.0009+01:00", "2026-02-30T13:45:00Z", "2026-01-31T1:45:00Z",
		"0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999-12:00", "2026-01-31t13:45:00z", "2026-12-31T23:59:60Z", "2026-01-31T13:45:00+24:60",
		"2026-01-31T13:45:00,5Z", "0001-01-01T00:00:00Z", "", "2026-01-31T13:45:00.1234567890123456789Z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got wire.Time
		if err := got.UnmarshalText([]byte(text)); err != nil {
			if errs.KindOf(err) != errs.Invalid || !got.IsZero() {
				t.Errorf("%q: got %v, %v", text, got, err)
			}
			return
		}
		if at := got.Time; at.Location() != time.UTC || at.Nanosecond()%1_000_000 != 0 {
			t.Errorf("%q: got %v", text, at)
		}
		written, _ := got.MarshalText()
		var again wire.Time
		if err := again.UnmarshalText(written); err != nil || !again.Equal(got.Time) {
			t.Errorf("%q is written as %q: %v, %v", text, written, again, err)
		}
		if !rfc3339.MatchString(text) {
			t.Errorf("%q is no time of RFC 3339", text)
		}
		// As JSON, too: a quote in a text that is no time must not end a string.
		quoted, err := json.Marshal(got)
		if err != nil || json.Unmarshal(quoted, &again) != nil || !again.Equal(got.Time) {
			t.Errorf("%q is written as %s, %v", text, quoted, err)
		}
	})
}

// invalidWithField says that an error is a refusal that names a field.
func invalidWithField(err error) bool {
	e, ok := errors.AsType[*errs.Error](err)
	return ok && e.Kind == errs.Invalid && len(e.Fields) > 0 && e.Fields[0].Field != ""
}

// FuzzPosition: a position is whole and made of numbers, and comes back as it is written.
func FuzzPosition(f *testing.F) {
	for _, text := range []string{`{"latitude":52.5,"longitude":13.4}`, `{"latitude":-0,"longitude":1e-400}`, `{"latitude":1e999,"longitude":0}`, `{"latitude":"NaN","longitude":0}`,
		`{"latitude":1}`, `null`, `[]`, `{"latitude":null,"longitude":null}`, `{"latitude":1,"latitude":2,"longitude":3}`, `{"Latitude":1,"longitude":2}`, `{"latitude":1,"longitude":2,"x":3}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got wire.Position
		if json.Unmarshal(text, &got, json.RejectUnknownMembers(true)) != nil {
			return
		}
		if math.IsNaN(got.Latitude) || math.IsInf(got.Latitude, 0) || math.IsNaN(got.Longitude) || math.IsInf(got.Longitude, 0) {
			t.Errorf("%s: got %v", text, got)
		}
		if !bytes.Contains(text, []byte("latitude")) && !bytes.Contains(text, []byte(`\u`)) {
			t.Errorf("%s: half a position was taken for %v", text, got)
		}
		written, err := json.Marshal(got)
		var again wire.Position
		if err != nil || json.Unmarshal(written, &again) != nil || again != got {
			t.Errorf("%s is written as %s and read as %v, %v", text, written, again, err)
		}
	})
}

// FuzzGeometry: a geometry comes back as it is written, however deep, long or odd.
func FuzzGeometry(f *testing.F) {
	for _, text := range []string{
		`{"type":"Polygon","coordinates":[[[13.4,52.5],[13.5,52.5],[13.5,52.6],[13.4,52.5]]]}`,
		`{"type":"MultiPolygon","bbox":[0,0,1,1],"coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[]]}`,
		`{"type":"Polygon","coordinates":[[["n",1]]]}`, `{"type":"Polygon","coordinates":[[[null,1]]]}`, `{"type":"Point","coordinates":[1,2]}`,
		`{"type":"Polygon","coordinates":[[[1,2,3,4]],[],[[]]]}`, `{"type":"MultiPolygon","coordinates":[]}`, `{"coordinates":{},"type":"Polygon"}`,
		`{"type":"Polygon","coordinates":[[[1e308,-1e308]]]}`, `{"type":"Polygon","coordinates":[[[[[[[[]]]]]]]]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got wire.Geometry
		if err := json.Unmarshal(text, &got, json.RejectUnknownMembers(true)); err != nil {
			if e, said := errors.AsType[*errs.Error](err); said && !invalidWithField(e) {
				t.Errorf("%s: refused with %v", text, err)
			}
			return
		}
		if got.Type == wire.Polygon && len(got.Parts) != 1 {
			t.Errorf("%s: a polygon of %d parts", text, len(got.Parts))
		}
		written, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var again wire.Geometry
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s is written as %s: %v", text, written, err)
		}
		if rewritten, err := json.Marshal(again); err != nil || !bytes.Equal(written, rewritten) {
			t.Errorf("%s became %s, %v", written, rewritten, err)
		}
	})
}

// FuzzMoney: an amount is written for people without loss, down to the last that there is.
func FuzzMoney(f *testing.F) {
	for _, amount := range []int64{0, 1, -1, 99, 100, -100, -5, math.MaxInt64, math.MinInt64} {
		f.Add(amount)
	}
	f.Fuzz(func(t *testing.T, amount int64) {
		m := money.Of(amount)
		raw, err := json.Marshal(wire.FromMoney(m))
		var got wire.Money
		if err != nil || json.Unmarshal(raw, &got) != nil || got.ToMoney() != m {
			t.Errorf("%d became %s", amount, raw)
		}
		text := m.String()
		digits := ""
		for _, c := range text[:len(text)-len(" EUR")] {
			if c != '.' {
				digits += string(c)
			}
		}
		var read int64
		if err := json.Unmarshal([]byte(trimmed(digits)), &read); err != nil || read != amount {
			t.Errorf("%d is shown as %q", amount, text)
		}
	})
}

// trimmed takes the zeros off that JSON has no number with.
func trimmed(digits string) string {
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return sign + digits
}
