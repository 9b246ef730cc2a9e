package kitx

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// router finds the operation at an address. A mux.Router tries its routes one after the
// other, and a later one of the right method hides that an earlier one had the right
// path: so each place has a router of its own, with few routes and one method.
type router map[place]*mux.Router

// place is where routes begin alike: their method and first two segments, "/v1/trips".
type place struct{ method, prefix string }

func (t router) add(method, path string, h http.Handler) {
	at := place{method, prefix(path, 2)}
	if strings.Contains(at.prefix, "{") {
		at.prefix = prefix(path, 1)
	}
	if t[at] == nil {
		t[at] = mux.NewRouter()
	}
	t[at].Path(path).Handler(h)
}

// find is the route of a method at the request's address, and the values in its path;
// false when there is none. The path is taken as it is: a cleaned one would need a
// redirect, which turns POST into GET. An encoded slash divides nothing: whoever watches
// paths before us would take "/v1%2fme" for another place than we.
func (t router) find(method string, r *http.Request) (mux.RouteMatch, bool) {
	if strings.Contains(strings.ToLower(r.URL.RawPath), "%2f") {
		return mux.RouteMatch{}, false
	}
	for segments := 2; segments > 0; segments-- {
		var match mux.RouteMatch
		if at := t[place{method, prefix(r.URL.Path, segments)}]; at != nil && at.Match(r, &match) {
			return match, true
		}
	}
	return mux.RouteMatch{}, false
}

// methods are those that the request's address takes.
func (t router) methods(r *http.Request) []string {
	found := map[string]bool{}
	for at := range t {
		if _, ok := t.find(at.method, r); ok {
			found[at.method] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// near says where a request to no operation went, as far as there is something: the
// method, if any operation has it, and the longest beginning of the path at which one is.
// The rest may be anything, a token or an address in the wrong place, and is for no log.
func (t router) near(r *http.Request) string {
	method, at := "?", "/"
	for place := range t {
		if place.method == r.Method {
			method = place.method
		}
		if place.prefix == prefix(r.URL.Path, 2) || place.prefix == prefix(r.URL.Path, 1) {
			at = max(at, place.prefix) // one is the beginning of the other
		}
	}
	return method + " " + at
}

// prefix is the first segments of a path, or all of a shorter one.
func prefix(path string, segments int) string {
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if segments--; segments == 0 {
			return path[:i]
		}
	}
	return path
}
