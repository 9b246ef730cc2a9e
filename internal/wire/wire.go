// Package wire holds the JSON shapes that every service shares, with their
// converters from and to the values that domains use.
package wire

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/money"
)

// Money is an amount of integer minor units.
type Money struct {
	// Amount is within a billion of the major unit, which keeps sums far from an overflow;
	// what an operation takes is less, and its domain says how much.
	Amount   int64  `json:"amount" validate:"gte=-100000000000,lte=100000000000"`
	Currency string `json:"currency" validate:"required,iso4217"`
}

// FromMoney writes an amount.
func FromMoney(m money.Money) Money { return Money{Amount: m.Amount, Currency: m.Currency} }

// ToMoney reads an amount.
func (m Money) ToMoney() money.Money { return money.Money{Amount: m.Amount, Currency: m.Currency} }

// Position is a place in WGS 84 degrees.
type Position struct {
	Latitude  float64 `json:"latitude" validate:"gte=-90,lte=90"`
	Longitude float64 `json:"longitude" validate:"gte=-180,lte=180"`
}

// UnmarshalJSONFrom reads a place, which has both its coordinates: one that is left out
// must not become a place at the equator.
func (p *Position) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var read struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
	}
	if err := json.UnmarshalDecode(d, &read); err != nil {
		return err
	}
	switch {
	case read.Latitude == nil:
		return errs.Invalidf("latitude", "required", "It is required.")
	case read.Longitude == nil:
		return errs.Invalidf("longitude", "required", "It is required.")
	}
	p.Latitude, p.Longitude = *read.Latitude, *read.Longitude
	return nil
}

// FromPosition writes a place.
func FromPosition(p geo.Position) Position {
	return Position{Latitude: p.Latitude, Longitude: p.Longitude}
}

// ToPosition reads a place.
func (p Position) ToPosition() geo.Position {
	return geo.Position{Latitude: p.Latitude, Longitude: p.Longitude}
}

// Time is a moment: RFC 3339, UTC, milliseconds.
type Time struct{ time.Time }

// Form says to contracts how the text is written.
func (Time) Form() string { return "date-time" }

// FromTime writes a moment.
func FromTime(t time.Time) Time { return Time{t} }

// FromTimeOrNil writes a moment that may not have come yet: the zero time is nil.
func FromTimeOrNil(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}

var errNoTime = errs.E(errs.Invalid, "invalid", "A time is written as in RFC 3339: 2026-01-31T13:45:00.000Z.")

// MarshalText writes the moment.
func (t Time) MarshalText() ([]byte, error) { return t.appendTo(nil), nil }

// appendTo writes seconds in the form that package time has a short way for, and puts
// milliseconds in the place of its Z: times were a tenth of the cost of a car's change.
func (t Time) appendTo(b []byte) []byte {
	utc := t.UTC()
	b = utc.AppendFormat(b, time.RFC3339)
	ms := utc.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', digit(ms/100), digit(ms/10%10), digit(ms%10), 'Z')
}

func digit(n int) byte { return '0' + byte(n) }

// UnmarshalText reads any RFC 3339 time and brings it to UTC milliseconds. One that is
// outside the years 1 to 9999 in UTC, of which it has no form, is none.
func (t *Time) UnmarshalText(b []byte) error {
	const firstYear, lastYear = 1, 9999
	v, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil || lax(b) {
		return errNoTime
	}
	v = v.UTC().Truncate(time.Millisecond)
	if year := v.Year(); year < firstYear || year > lastYear {
		return errNoTime
	}
	t.Time = v
	return nil
}

// lax says that time.Parse took what RFC 3339 does not have: one digit for an hour, a
// comma, a zone of 24 hours or 60 minutes.
func lax(b []byte) bool {
	const hourEnds = len("2006-01-02T15")
	n := len(b)
	return b[hourEnds] != ':' || bytes.ContainsRune(b, ',') ||
		b[n-1] != 'Z' && (string(b[n-len("07:00"):n-len(":00")]) > "23" || b[n-len("00")] > '5')
}

// MarshalJSON writes the moment as a JSON string; it hides time.Time's own.
func (t Time) MarshalJSON() ([]byte, error) {
	quoted := append(make([]byte, 0, len(`"2006-01-02T15:04:05.000Z"`)), '"')
	return append(t.appendTo(quoted), '"'), nil
}

// UnmarshalJSON reads a JSON string; it hides time.Time's own.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return errNoTime
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// NewPage makes a page of converted items; an empty cursor is the last page.
func NewPage[D, W any](items []D, next string, convert func(D) W) Page[W] {
	page := Page[W]{Items: make([]W, 0, len(items))}
	for _, item := range items {
		page.Items = append(page.Items, convert(item))
	}
	if next != "" {
		page.NextCursor = &next
	}
	return page
}

// Paging is how a request asks for one page of a list.
type Paging struct {
	Limit  int    `query:"limit" default:"20" validate:"gte=1,lte=100"`
	Cursor string `query:"cursor" validate:"max=200,text"`
}
