package kitx_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/wire"
)

// hostile makes a request of any text, past what a client library would refuse; nil where
// no server would get it, either.
func hostile(method, target, body string) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil || u.Host != "" || !strings.HasPrefix(target, "/") {
		return nil
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL, r.RequestURI = u, target
	r.Header.Set("Who", "rider")
	return r
}

// refusedWell holds a refusal to the form of all errors: a kind, a code, and of what the
// client sent no more than a name, without what would steer a terminal.
func refusedWell(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	p := problemOf(t, w)
	if w.Code >= 500 || p.Status != w.Code || p.Code == "" {
		t.Fatalf("got %d %+v", w.Code, p)
	}
	if w.Code == http.StatusBadRequest && len(p.Errors) == 0 {
		t.Errorf("no field is named: %s", w.Body)
	}
	if len(p.Errors) > 20 || w.Body.Len() > 8<<10 {
		t.Errorf("%d errors in %d bytes", len(p.Errors), w.Body.Len())
	}
	for _, f := range p.Errors {
		if f.Code == "" || f.Detail == "" || len(f.Field) > 100 || strings.ContainsFunc(f.Field+f.Detail, unicode.IsControl) {
			t.Errorf("got %q", f)
		}
	}
}

// FuzzRequest holds the decoder of requests to its contract: what it lets through keeps
// the rules and comes out the same when our client sends it again; what it refuses is
// refused with the field named.
func FuzzRequest(f *testing.F) {
	at := `{"at":"2026-01-31T13:45:00Z","chargePercent":7}`
	for _, c := range []struct{ id, query, contentType, key, tag, body string }{
		{id, "", "application/json", "", "", `{"name":"a"}`},
		{id, "limit=5&small=-128&radius=1.5&since=2026-01-31T13:45:00%2B01:00&dry_run=true", "application/json; charset=utf-8", "k-1", "abc",
			`{"name":"é","secret":"\u0000","position":{"latitude":1,"longitude":-0},"readings":[` + at + "," + at + `],"color":"red","URL":"http://x/"}`},
		{"..", "limit=5&limit=6", "text/plain", strings.Repeat("k", 129), "\x7f", `{"name":"a","name":"b"}`},
		{"a%2Fb", "%zz", "", "k k", "", "\xff\xfe"},
		{id, "radius=0x1p4&limit=1_0", "", "", "", `{"name":"a"}`},
		{id, "near=NaN&x\x1b=1", "application/json", "", "", `{"na\u001bme":1}`},
		{id, "", "application/json", "", "", strings.Repeat("[", 600)},
		{id, "radius=1e400&small=999&since=0000-01-01T00:00:00%2B14:00", "application/json", "", "", `{"name":"a","position":{"latitude":1e999}}`},
		{id, strings.Repeat("a=&b=;&c&", 90), "application/json", "", "", `{"name":"a","readings":[{},{},{},{}],"position":null}`},
	} {
		f.Add(c.id, c.query, c.contentType, c.key, c.tag, c.body)
	}
	r, last := kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For("trip"), Identify: identify}), new(order)
	put.Mount(r, func(_ context.Context, o order) (order, error) { *last = o; return o, nil })
	list.Mount(r, func(context.Context, listRequest) (wire.Page[int], error) { return wire.Page[int]{}, nil })
	cancel.Mount(r, func(context.Context, kitx.None) (kitx.None, error) { return kitx.None{}, nil })
	network := inproc.NewNetwork()
	network.Listen("trip", r)
	f.Fuzz(func(t *testing.T, id, query, contentType, key, tag, body string) {
		send := func(method, path string) *httptest.ResponseRecorder {
			request := hostile(method, path+"?"+query, body)
			if request == nil {
				t.Skip()
			}
			for name, value := range map[string]string{"Content-Type": contentType, kitx.KeyHeader: key, "X-Tag": tag} {
				if value != "" {
					request.Header[http.CanonicalHeaderKey(name)] = []string{value}
				}
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, request)
			if w.Code != http.StatusOK && w.Code != http.StatusNoContent {
				refusedWell(t, w)
			}
			return w
		}
		send(http.MethodGet, "/v1/orders")
		send(http.MethodPost, "/v1/cancel")
		if send(http.MethodPost, "/v1/orders/"+id).Code != http.StatusOK {
			return
		}
		got := *last
		if len(body) > 1000 || len(got.IdempotencyKey) > 128 || got.Limit < 1 || got.Limit > 100 || len(got.Readings) > 4 ||
			strings.ContainsFunc(got.Name, unicode.IsControl) || got.Position != nil && !got.Position.ToPosition().Valid() {
			t.Errorf("let through: %+v", got)
		}
		if asked, _ := url.ParseQuery(query); got.Radius != nil && strings.Trim(asked.Get("radius"), "+-.0123456789eE") != "" {
			t.Errorf("the radius %q became %v", asked.Get("radius"), *got.Radius)
		}
		// What differs from nothing in no way is left out, and so gets its default.
		if _, err := put.Call(t.Context(), direct{network}, got); err != nil {
			t.Fatalf("our own client cannot send %+v: %v", got, err)
		}
		again := *last
		got.BodyHash, again.BodyHash = "", ""
		if len(got.Readings) == 0 {
			got.Readings, again.Readings = nil, nil // null and none
		}
		if !reflect.DeepEqual(got, again) {
			t.Errorf("got %+v\nand sent again %+v", got, again)
		}
	})
}

// FuzzAnswer has our client read what anybody may answer.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", `{"name":"a"}`)
	f.Add(404, "", `{"title":"Not Found","status":404,"code":"not_found","detail":"There is none."}`)
	f.Add(429, "7", `{"code":"rate_limited","errors":[{"field":"a","code":"b","detail":"c"}]}`)
	f.Add(503, "9223372036854775807", `<html>`)
	f.Add(400, "-1", `{"code":"x\u001b]0;\u0007\n","errors":[{"field":"\u009b2J"}]}`)
	f.Add(302, "", ``)
	f.Add(200, "", `{"position":{"latitude":1}}`)
	f.Add(500, "10000000000", "\xff")
	f.Fuzz(func(t *testing.T, status int, retryAfter, body string) {
		header := http.Header{"Retry-After": {retryAfter}}
		_, err := put.Call(t.Context(), answered{status: status, header: header, body: strings.NewReader(body)}, order{ID: id})
		success := status >= 200 && status < 300
		if err == nil {
			if !success {
				t.Errorf("status %d is a success", status)
			}
			return
		}
		e := kitx.Known(err)
		switch {
		case status >= 400 && e.Kind != errs.KindOfStatus(status):
			t.Errorf("status %d became %s", status, e.Kind)
		case status >= 400 && e.Code == "":
			t.Error("a refusal without a code")
		case e.RetryAfter < 0 || e.RetryAfter > time.Hour:
			t.Errorf("to be tried again in %v", e.RetryAfter)
		}
		for _, c := range []byte(e.Code) {
			if c <= ' ' || c > '~' {
				t.Errorf("code %q", e.Code)
			}
		}
		// What another service says is passed on: it must be fit to be.
		w := httptest.NewRecorder()
		kitx.WriteError(t.Context(), w, e)
		var again struct {
			Code string `json:"code"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &again); err != nil || again.Code != e.Code || w.Code != e.Kind.Status() {
			t.Errorf("passed on as %d %s: %v", w.Code, w.Body, err)
		}
	})
}

// FuzzRouter holds the router to what a path template says, segment by segment.
func FuzzRouter(f *testing.F) {
	routes := []struct{ method, path string }{
		{"GET", "/v1/trips"}, {"POST", "/v1/trips"}, {"GET", "/v1/trips/current"}, {"GET", "/v1/trips/{id}"}, {"POST", "/v1/trips/{id}/end"},
		{"PUT", "/objects/{key}"}, {"GET", "/healthz"}, {"DELETE", "/v1/ops/cars/{id}/photo/{key}"},
	}
	var got string // the operation that the request came to
	s := kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For("x"), Identify: identify})
	for i, route := range routes {
		spec := kitx.Spec{Op: "x." + string(rune('A'+i)), Method: route.method, Path: route.path, Who: auth.Anyone()}
		kitx.NewRaw(spec).Mount(s, func(w http.ResponseWriter, _ *http.Request) error {
			got = spec.Op
			w.WriteHeader(http.StatusOK)
			return nil
		})
	}
	// matches is the oracle: as many segments, equal where they are not {variables}.
	matches := func(template, path string) bool {
		want, is := strings.Split(template, "/"), strings.Split(path, "/")
		if len(want) != len(is) {
			return false
		}
		for i := range want {
			if strings.HasPrefix(want[i], "{") && is[i] == "" || !strings.HasPrefix(want[i], "{") && want[i] != is[i] {
				return false
			}
		}
		return true
	}
	for _, target := range []string{"/v1/trips", "/v1/trips/", "//v1/trips", "/v1/./trips", "/v1/trips/../trips", "/v1/trips/a%2Fend", "/v1/trips/current",
		"/v1/trips/%2e%2e/end", "/objects/..", "/objects/%0a", "/healthz/", "/v1/trips/a/end", "/v1/ops/cars/a/photo/b", "/V1/trips", "/v1%2Ftrips", "/%76%31/trips", "/v1/trips/{id}"} {
		for _, method := range []string{"GET", "HEAD", "POST", "get", "PUT", "DELETE", ""} {
			f.Add(method, target)
		}
	}
	f.Fuzz(func(t *testing.T, method, target string) {
		r := hostile("GET", target, "")
		if r == nil {
			t.Skip()
		}
		r.Method = method
		want, there := "", false
		for i, route := range routes {
			// An encoded slash is part of no route, be it between segments or within one.
			if encoded := strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f"); encoded || !matches(route.path, r.URL.Path) {
				continue
			}
			there = true
			if method == route.method || method == "HEAD" && route.method == "GET" {
				want = "x." + string(rune('A'+i))
				break
			}
		}
		got = ""
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch {
		case got != want:
			t.Errorf("%s %q came to %q, not %q", method, r.URL.Path, got, want)
		case want != "":
			if w.Code != http.StatusOK {
				t.Errorf("got %d", w.Code)
			}
		case there:
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
				t.Errorf("got %d, Allow %q", w.Code, w.Header().Get("Allow"))
			}
		case w.Code != http.StatusNotFound:
			t.Errorf("got %d for %s %q", w.Code, method, r.URL.Path)
		}
	})
}

var traceForm = regexp.MustCompile(`^([0-9a-f]{16}){1,2}$`)

// FuzzHeaders has a service read what may stand in the headers that the platform puts
// there itself. None of them keeps an answer away.
func FuzzHeaders(f *testing.F) {
	f.Add("r-1", "0000000000000001-0000000000000002-1", "0000000000000001", "0000000000000002", "1", "500", `W/"a", "b"`)
	f.Add("r 1", "d", "zz", "", "true", "-1", "*")
	f.Add(strings.Repeat("r", 65), "1-2-3-4-5", strings.Repeat("f", 33), "0", "\x00", "9999999999999999999", ",,\x1b")
	f.Add("\"\\", "b3", "80f198ee56343ba864fe8b2a57d3eff7", "e457b5a2e4d86bd1", "", "2147483648", `"`)
	s := kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For("trip"), Identify: identify})
	route := kitx.NewRoute[kitx.None, []string](kitx.Spec{Op: "trip.Look", Method: "GET", Path: "/v1/look", Who: auth.Anyone(), ETag: true})
	var traceID string
	var left time.Duration
	route.Mount(s, func(ctx context.Context, _ kitx.None) ([]string, error) {
		traceID, left = kitx.TraceID(ctx), time.Hour
		if end, ok := ctx.Deadline(); ok {
			left = time.Until(end)
		}
		return []string{kitx.RequestID(ctx)}, ctx.Err()
	})
	f.Fuzz(func(t *testing.T, requestID, single, trace, span, sampled, deadline, tag string) {
		r := httptest.NewRequest("GET", "/v1/look", nil)
		for name, value := range map[string]string{kitx.RequestIDHeader: requestID, "B3": single, "X-B3-Traceid": trace, "X-B3-Spanid": span,
			"X-B3-Sampled": sampled, kitx.DeadlineHeader: deadline, "If-None-Match": tag} {
			r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		answered := w.Header().Get(kitx.RequestIDHeader)
		if answered == "" || len(answered) > 64 || strings.ContainsFunc(answered, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("request id %q", answered)
		}
		if !traceForm.MatchString(traceID) || left > 30*time.Second {
			t.Errorf("trace id %q, %v left", traceID, left)
		}
		switch w.Code {
		case http.StatusOK:
			var got []string
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != 1 || got[0] != answered {
				t.Errorf("got %s, %v", w.Body, err)
			}
		case http.StatusNotModified:
			if !strings.Contains(tag, "*") && !strings.Contains(tag, strings.Trim(w.Header().Get("ETag"), `W/"`)) {
				t.Errorf("%q matched %s", tag, w.Header().Get("ETag"))
			}
		case http.StatusGatewayTimeout: // of a short deadline
		default:
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		_, _ = io.Copy(io.Discard, w.Body)
	})
}
