package kitx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// order has a field of every sort.
type order struct {
	kitx.Keyed
	look
	ID       string         `path:"id" json:"-" validate:"uuid"`
	DryRun   bool           `query:"dry_run" json:"-"`
	Limit    int            `query:"limit" default:"20" json:"-" validate:"gte=1,lte=100"`
	Small    int8           `query:"small" json:"-"`
	Radius   *float64       `query:"radius" json:"-" validate:"omitempty,gt=0"`
	Since    *wire.Time     `query:"since" json:"-"`
	Tag      string         `header:"X-Tag" json:"-" validate:"max=3"`
	Name     string         `json:"name" validate:"required,max=5,text"`
	Secret   string         `json:"secret"`
	Position *wire.Position `json:"position"`
	Readings []reading      `json:"readings" validate:"max=4,dive"`
}

// look is embedded: clients see its fields alone.
type look struct {
	Color string `json:"color" validate:"omitempty,oneof=red blue"`
	Paint string `json:"paint" validate:"excluded_with=Color"`
	URL   string `json:"URL" validate:"omitempty,url"`
}

type reading struct {
	At      wire.Time `json:"at" validate:"required"`
	ChargeP int       `json:"chargePercent" validate:"gte=0,lt=101"`
}

var put = kitx.NewRoute[order, order](kitx.Spec{
	Op: "trip.Put", Method: "POST", Path: "/v1/orders/{id}", Who: auth.Only(auth.Rider), MaxBody: 1000})

// list is a route without a body.
type listRequest struct {
	wire.Paging
	Near float64 `query:"near"`
}

var list = kitx.NewRoute[listRequest, wire.Page[int]](kitx.Spec{
	Op: "trip.List", Method: "GET", Path: "/v1/orders", Who: auth.Only(auth.Rider)})

var cancel = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{
	Op: "trip.Cancel", Method: "POST", Path: "/v1/cancel", Who: auth.Only(auth.Rider)})

const (
	id   = "0197f1e6-92a5-7bb4-a6a1-3c8d1a0b0c0d"
	here = "/v1/orders/" + id
)

// mounted is a rig that keeps the last order and list request that came through.
func mounted(t *testing.T, change ...func(*kitx.ServerConfig)) (*rig, *order, *listRequest) {
	t.Helper()
	r, last, lastList := newRig(t, change...), new(order), new(listRequest)
	put.Mount(r.Server, func(_ context.Context, o order) (order, error) { *last = o; return o, nil })
	list.Mount(r.Server, func(_ context.Context, l listRequest) (wire.Page[int], error) {
		*lastList = l
		return wire.Page[int]{}, nil
	})
	cancel.Mount(r.Server, func(context.Context, kitx.None) (kitx.None, error) { return kitx.None{}, nil })
	return r, last, lastList
}

func TestRefused(t *testing.T) {
	r, _, _ := mounted(t)
	many := `{"name":"a","readings":[{"at":"2026-01-31T13:45:00Z"},{"at":"2026-01-31T13:45:00Z"},` +
		`{"at":"2026-01-31T13:45:00Z"},%s]}`
	for name, c := range map[string]struct {
		method, target, body string
		field, code          string
		status               int
	}{
		"an unknown member":                {"POST", here, `{"name":"a","nmae":"b"}`, "nmae", "unknown", 400},
		"an unknown member deep inside":    {"POST", here, fmt.Sprintf(many, `{"lat":1}`), "readings[3].lat", "unknown", 400},
		"a duplicate member":               {"POST", here, `{"name":"a","name":"b"}`, "name", "repeated", 400},
		"a member in another letter case":  {"POST", here, `{"Name":"a"}`, "Name", "unknown", 400},
		"a member of the wrong type":       {"POST", here, `{"name":1}`, "name", "wrong_type", 400},
		"a wrong type deep inside":         {"POST", here, `{"name":"a","position":{"latitude":"x","longitude":1}}`, "position.latitude", "wrong_type", 400},
		"a time that is none":              {"POST", here, fmt.Sprintf(many, `{"at":"noon"}`), "readings[3].at", "invalid", 400},
		"a coordinate that is left out":    {"POST", here, `{"name":"a","position":{"latitude":1}}`, "position.longitude", "required", 400},
		"a number that does not fit":       {"POST", here, fmt.Sprintf(many, `{"at":"2026-01-31T13:45:00Z","chargePercent":1e30}`), "readings[3].chargePercent", "wrong_type", 400},
		"a body that is no object":         {"POST", here, `[]`, "body", "wrong_type", 400},
		"a body cut short":                 {"POST", here, `{"name":"a"`, "body", "malformed", 400},
		"two bodies":                       {"POST", here, `{"name":"a"}{}`, "body", "malformed", 400},
		"invalid UTF-8":                    {"POST", here, "{\"name\":\"\xff\"}", "name", "malformed", 400},
		"no body where one is needed":      {"POST", here, "", "name", "required", 400},
		"white space for a body":           {"POST", here, " \n", "name", "required", 400},
		"null for a body":                  {"POST", here, "null", "name", "required", 400},
		"a required member that is null":   {"POST", here, `{"name":null}`, "name", "required", 400},
		"a body on a bodyless route":       {"POST", "/v1/cancel", `{"reason":"x"}`, "reason", "unknown", 400},
		"a body on a GET":                  {"GET", "/v1/orders", `{"limit":5}`, "limit", "unknown", 400},
		"a text that is too long":          {"POST", here, `{"name":"abcdef"}`, "name", "too_long", 400},
		"a control character":              {"POST", here, `{"name":"a\u0007"}`, "name", "invalid", 400},
		"a value that is none of the few":  {"POST", here, `{"name":"a","color":"green"}`, "color", "invalid", 400},
		"one of two that exclude another":  {"POST", here, `{"name":"a","color":"red","paint":"oil"}`, "paint", "conflicting", 400},
		"a field of an embedded struct":    {"POST", here, `{"name":"a","URL":"no"}`, "URL", "invalid", 400},
		"a coordinate out of range":        {"POST", here, `{"name":"a","position":{"latitude":91,"longitude":1}}`, "position.latitude", "too_large", 400},
		"an element that is incomplete":    {"POST", here, fmt.Sprintf(many, `{}`), "readings[3].at", "required", 400},
		"an element out of range":          {"POST", here, fmt.Sprintf(many, `{"at":"2026-01-31T13:45:00Z","chargePercent":-1}`), "readings[3].chargePercent", "too_small", 400},
		"too many elements":                {"POST", here, `{"name":"a","readings":[{},{},{},{},{}]}`, "readings", "too_long", 400},
		"an id of another form":            {"POST", "/v1/orders/7", `{"name":"a"}`, "id", "invalid", 400},
		"an id that is not UTF-8":          {"POST", "/v1/orders/%ff", `{"name":"a"}`, "id", "invalid", 400},
		"a text that is not UTF-8":         {"GET", "/v1/orders?cursor=%ff", "", "cursor", "invalid", 400},
		"an unknown parameter":             {"POST", here + "?dryrun=true", `{"name":"a"}`, "dryrun", "unknown", 400},
		"a parameter given twice":          {"POST", here + "?limit=5&limit=6", `{"name":"a"}`, "limit", "repeated", 400},
		"a boolean that is none":           {"POST", here + "?dry_run=1", `{"name":"a"}`, "dry_run", "invalid", 400},
		"a boolean that is empty":          {"POST", here + "?dry_run=", `{"name":"a"}`, "dry_run", "invalid", 400},
		"a number that is none":            {"POST", here + "?limit=ten", `{"name":"a"}`, "limit", "invalid", 400},
		"a number that is empty":           {"GET", "/v1/orders?near=", "", "near", "invalid", 400},
		"a number that overflows":          {"POST", here + "?limit=9999999999999999999", `{"name":"a"}`, "limit", "invalid", 400},
		"a number that overflows its type": {"POST", here + "?small=128", `{"name":"a"}`, "small", "invalid", 400},
		"not a number":                     {"POST", here + "?radius=NaN", `{"name":"a"}`, "radius", "invalid", 400},
		"an infinite number":               {"POST", here + "?radius=-Inf", `{"name":"a"}`, "radius", "invalid", 400},
		"a number beyond all floats":       {"POST", here + "?radius=1e999", `{"name":"a"}`, "radius", "invalid", 400},
		"a number that is out of range":    {"POST", here + "?radius=-1", `{"name":"a"}`, "radius", "too_small", 400},
		"a time in the query that is none": {"POST", here + "?since=yesterday", `{"name":"a"}`, "since", "invalid", 400},
		"a query that cannot be read":      {"POST", here + "?limit=%zz", `{"name":"a"}`, "query", "invalid", 400},
		"a page that is too large":         {"GET", "/v1/orders?limit=101", "", "limit", "too_large", 400},
		"a page of none":                   {"GET", "/v1/orders?limit=0", "", "limit", "too_small", 400},
		"a cursor that is too long":        {"GET", "/v1/orders?cursor=" + strings.Repeat("x", 201), "", "cursor", "too_long", 400},
		"a body that is too large":         {"POST", here, `{"name":"` + strings.Repeat("x", 1000) + `"}`, "", "", 413},
		"spaces that are too many":         {"POST", "/v1/cancel", strings.Repeat(" ", 65<<10), "", "", 413},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, r.do(c.method, c.target, c.body))
			if p.Status != c.status {
				t.Fatalf("got %+v", p)
			}
			if c.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != c.field || p.Errors[0].Code != c.code || p.Errors[0].Detail == "") {
				t.Errorf("got %+v, want %s %s", p.Errors, c.field, c.code)
			}
		})
	}
	t.Run("another content type", func(t *testing.T) {
		for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "application/json/x", ";"} {
			if p := problemOf(t, r.do("POST", here, `{"name":"a"}`, "Content-Type", kind)); p.Status != 415 || p.Code != "unsupported_media" {
				t.Errorf("%s: got %+v", kind, p)
			}
		}
	})
	t.Run("a header field that breaks its rule is named as a header", func(t *testing.T) {
		p := problemOf(t, r.do("POST", here, `{"name":"a"}`, "X-Tag", "abcd"))
		if len(p.Errors) != 1 || p.Errors[0].Field != "X-Tag" || p.Errors[0].Code != "too_long" {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("an idempotency key of another form", func(t *testing.T) {
		for _, key := range []string{strings.Repeat("x", 129), "a b", "ключ"} {
			p := problemOf(t, r.do("POST", here, `{"name":"a"}`, kitx.KeyHeader, key))
			if p.Status != 400 || len(p.Errors) != 1 || p.Errors[0].Field != kitx.KeyHeader {
				t.Errorf("%s: got %+v", key, p)
			}
		}
	})
	t.Run("all that is wrong is named at once, in order", func(t *testing.T) {
		p := problemOf(t, r.do("POST", here+"?zz=1&limit=x&aa=1", `{"name":"a"}`))
		if got := fmt.Sprint(p.Errors); !strings.HasPrefix(got, "[{aa unknown") || len(p.Errors) != 3 || p.Errors[2].Field != "zz" {
			t.Errorf("got %s", got)
		}
		p = problemOf(t, r.do("POST", here, `{"color":"x"}`))
		if len(p.Errors) != 2 {
			t.Errorf("got %+v", p.Errors)
		}
	})
	t.Run("a hostile name comes back short and readable", func(t *testing.T) {
		for _, w := range []string{"?" + strings.Repeat("x", 5000) + "=1", "?%ff=1"} {
			if p := problemOf(t, r.do("POST", here+w, `{"name":"a"}`)); p.Status != 400 || len(p.Errors[0].Field) > 100 {
				t.Errorf("got %+v", p)
			}
		}
	})
	t.Run("what was sent is in no log line", func(t *testing.T) {
		r, _, _ := mounted(t)
		r.do("POST", here, `{"name":"a","secret":4711}`)
		r.do("POST", here, `{"name":"a","secret":"hunter2`)
		r.do("POST", here, `{"name":"hunter2"}`)
		r.do("POST", here+"?since=hunter2&limit=4711", `{"name":"a"}`)
		if got := r.log.text.String(); strings.Contains(got, "hunter2") || strings.Contains(got, "4711") {
			t.Error(got)
		}
	})
}

func TestTaken(t *testing.T) {
	r, last, lastList := mounted(t)
	take := func(t *testing.T, method, target, body string, headers ...string) {
		t.Helper()
		*last, *lastList = order{}, listRequest{}
		if w := r.do(method, target, body, headers...); w.Code >= 300 {
			t.Fatalf("got %d: %s", w.Code, w.Body)
		}
	}
	t.Run("what is left out has its default", func(t *testing.T) {
		take(t, "POST", here, `{"name":"a"}`)
		if last.Limit != 20 || last.Radius != nil || last.Since != nil || last.ID != id || last.Position != nil {
			t.Errorf("got %+v", *last)
		}
		if take(t, "GET", "/v1/orders", ""); lastList.Limit != 20 {
			t.Errorf("got %+v", *lastList)
		}
	})
	t.Run("zero is not nothing behind a pointer", func(t *testing.T) {
		take(t, "POST", here+"?dry_run=false&small=0", `{"name":"a","position":{"latitude":0,"longitude":0}}`)
		if last.Position == nil || last.Position.Latitude != 0 {
			t.Errorf("got %+v", *last)
		}
	})
	t.Run("an embedded struct's fields are the request's own", func(t *testing.T) {
		take(t, "GET", "/v1/orders?limit=5&cursor=abc&near=1.5", "")
		if lastList.Limit != 5 || lastList.Cursor != "abc" || lastList.Near != 1.5 {
			t.Errorf("got %+v", *lastList)
		}
	})
	t.Run("a bodyless route takes nothing or an empty object", func(t *testing.T) {
		for _, body := range []string{"", "{}", " { } "} {
			take(t, "POST", "/v1/cancel", body)
			take(t, "GET", "/v1/orders", body)
		}
	})
	t.Run("a content type is JSON with any parameter, or none", func(t *testing.T) {
		for _, kind := range []string{"application/json; charset=utf-8", "Application/JSON", ""} {
			take(t, "POST", here, `{"name":"a"}`, "Content-Type", kind)
		}
	})
	t.Run("a body of the largest size", func(t *testing.T) {
		body := `{"name":"a"}`
		take(t, "POST", here, body+strings.Repeat(" ", 1000-len(body)))
	})
	t.Run("the hash under a key tells requests apart", func(t *testing.T) {
		hash := func(target, body string) string {
			take(t, "POST", target, body, kitx.KeyHeader, "k1")
			if last.IdempotencyKey != "k1" || len(last.BodyHash) != 64 {
				t.Errorf("got %+v", last.Keyed)
			}
			return last.BodyHash
		}
		first := hash(here, `{"name":"a"}`)
		if hash(here, `{"name":"a"}`) != first {
			t.Error("the same request hashes differently")
		}
		for _, other := range [][2]string{{here, `{"name":"b"}`}, {here + "?dry_run=true", `{"name":"a"}`}, {strings.Replace(here, "0d", "0e", 1), `{"name":"a"}`}} {
			if hash(other[0], other[1]) == first {
				t.Errorf("%s hashes the same", other)
			}
		}
	})
	t.Run("the key belongs to who asks and to the operation", func(t *testing.T) {
		ctx := auth.With(t.Context(), rider)
		k := kitx.KeyOf(ctx, "trip.Put", kitx.Keyed{IdempotencyKey: "k1", BodyHash: "h"})
		if k.Principal != "1" || k.Operation != "trip.Put" || k.Value != "k1" || k.BodyHash != "h" {
			t.Errorf("got %+v", k)
		}
		if !kitx.KeyOf(ctx, "trip.Put", kitx.Keyed{BodyHash: "h"}).IsZero() {
			t.Error("a request without a key has one")
		}
	})
}
