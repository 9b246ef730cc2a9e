package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// TestAccessOthers sends every route, in every role, the name of somebody else's thing and
// that of one which is not there.
func TestAccessOthers(t *testing.T) {
	w := newWorld(t)
	before := w.picture(t)
	for _, route := range w.platform.gateway.Specs() {
		for i, n := range namings[route.Op] {
			t.Run(fmt.Sprint(route.Op, " ", i), func(t *testing.T) { w.others(t, route, n) })
		}
	}
	if after := w.picture(t); after != before {
		t.Errorf("somebody else changed something:\n%s\n%s", before, after)
	}
	w.finders(t)
}

func (w *world) others(t *testing.T, route kitx.Spec, n naming) {
	none := nowhere()
	for _, role := range append([]auth.Roles{0}, everyRole...) {
		allowed := access[route.Op] == "anyone" || slices.Contains(strings.Fields(access[route.Op]), role.String())
		missing := w.ask(t, route, n, none, w.tokens[role])
		if want := n.expected(role, allowed); missing.status != want {
			t.Errorf("%v, nothing there: got %d %s, want %d", role, missing.status, missing.body, want)
		}
		finds := allowed && n.whose != own
		if finds && route.Method != http.MethodGet {
			continue // it would do it: see finders
		}
		theirs := w.ask(t, route, n, w.theirs, w.tokens[role])
		switch {
		case finds && theirs.status != http.StatusOK:
			t.Errorf("%v: got %d %s", role, theirs.status, theirs.body)
		case !finds && theirs != missing:
			t.Errorf("%v can tell somebody else's thing from none:\n%+v\n%+v", role, theirs, missing)
		}
		for _, secret := range w.credentials.hidden(role) {
			if strings.Contains(theirs.body, secret) {
				t.Errorf("%v reads %q: %s", role, secret, theirs.body)
			}
		}
	}
}

// expected is the status for a thing that is not there.
func (n naming) expected(role auth.Roles, allowed bool) int {
	switch {
	case !allowed && role == 0:
		return http.StatusUnauthorized
	case !allowed:
		return http.StatusForbidden
	case n.answers != 0:
		return n.answers
	case n.whose == nobodys:
		return http.StatusOK
	default:
		return http.StatusNotFound
	}
}

// finders has who may do something do it: the names are right, and what was refused before
// was not refused for another reason.
func (w *world) finders(t *testing.T) {
	type step struct {
		route kitx.Spec
		n     naming
	}
	var steps []step
	for _, route := range w.platform.gateway.Specs() {
		for _, n := range namings[route.Op] {
			if n.answers == 0 && n.whose != nobodys {
				steps = append(steps, step{route, n})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.n.late - b.n.late })
	for _, s := range steps {
		bearer := w.staff.token
		switch access[s.route.Op] {
		case "device":
			bearer = w.box.token
		case "rider":
			bearer = w.ada.token
			if s.route.Op == "trip.Start" && s.n.whose == own || strings.Contains(s.n.address(s.route, w.theirs), w.theirs.reservation) {
				bearer = w.bea.token
			}
		}
		got := w.ask(t, s.route, s.n, w.theirs, bearer)
		if got.status/100 != 2 && (got.status != http.StatusConflict || s.n.whose == staffs) {
			t.Errorf("%s of who may: got %d %s", s.route.Op, got.status, got.body)
		}
	}
}

// heard is an answer as it came, save what is of one request alone.
type heard struct {
	status       int
	header, body string
}

// ask sends what the naming says about the things.
func (r *rig) ask(t *testing.T, route kitx.Spec, n naming, o things, bearer string) heard {
	t.Helper()
	var body io.Reader
	if n.body != nil {
		raw, err := json.Marshal(n.body(o))
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(t.Context(), route.Method, r.base+n.address(route, o), body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Idempotency-Key", "ask-"+ids.Random{}.New())
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	return r.hear(t, request)
}

func (r *rig) hear(t *testing.T, request *http.Request) heard {
	t.Helper()
	resp, err := r.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	header := resp.Header.Clone()
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length"} {
		header.Del(name)
	}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		var body m
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		delete(body, "trace_id")
		if raw, err = json.Marshal(body); err != nil { // in the order of its members
			t.Fatal(err)
		}
	}
	return heard{resp.StatusCode, fmt.Sprint(header), string(raw)}
}
