package kitx_test

import (
	"context"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/kitx"
)

type area struct {
	Name string `json:"name" validate:"max=10"`
}

var (
	getArea = kitx.NewRoute[kitx.None, area](kitx.Spec{
		Op: "trip.Area", Method: "GET", Path: "/v1/area", Who: auth.Only(auth.Rider), ETag: true, Media: "application/geo+json"})
	putArea = kitx.NewRoute[area, area](kitx.Spec{
		Op: "trip.PutArea", Method: "PUT", Path: "/v1/area", Who: auth.Only(auth.Rider), Media: "application/geo+json"})
)

// TestMedia is about bodies that are JSON of a name of its own, and tags that an
// operation gives.
func TestMedia(t *testing.T) {
	r := newRig(t)
	tagged := func(ctx context.Context, a area) (area, error) { kitx.SetETag(ctx, "7"); return a, nil }
	getArea.Mount(r.Server, func(ctx context.Context, _ kitx.None) (area, error) { return tagged(ctx, area{Name: "here"}) })
	putArea.Mount(r.Server, tagged)

	t.Run("an answer carries its type, and the operation's strong tag", func(t *testing.T) {
		for _, method := range []string{"GET", "PUT"} {
			body := ""
			if method == "PUT" {
				body = `{"name":"here"}`
			}
			w := r.do(method, "/v1/area", body)
			if w.Code != 200 || w.Header().Get("Content-Type") != "application/geo+json" || w.Header().Get("ETag") != `"7"` {
				t.Errorf("%s: got %d %v", method, w.Code, w.Header())
			}
		}
	})
	t.Run("what the client has is not sent again", func(t *testing.T) {
		if w := r.do("GET", "/v1/area", "", "If-None-Match", `"7"`); w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if w := r.do("GET", "/v1/area", "", "If-None-Match", `"6"`); w.Code != 200 {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("a request is taken as it, and as plain JSON", func(t *testing.T) {
		for _, kind := range []string{"application/geo+json", "application/geo+json; charset=utf-8", "application/json"} {
			if w := r.do("PUT", "/v1/area", `{"name":"here"}`, "Content-Type", kind); w.Code != 200 {
				t.Errorf("%s: got %d %s", kind, w.Code, w.Body)
			}
		}
		for _, kind := range []string{"application/vnd.geo+json", "text/plain"} {
			p := problemOf(t, r.do("PUT", "/v1/area", `{"name":"here"}`, "Content-Type", kind))
			if p.Status != 415 || p.Detail != "Send the body as application/geo+json." {
				t.Errorf("%s: got %+v", kind, p)
			}
		}
	})
	t.Run("a refusal is a problem document without a tag", func(t *testing.T) {
		w := r.do("PUT", "/v1/area", `{"name":"far too long a name"}`)
		if w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("ETag") != "" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
}
