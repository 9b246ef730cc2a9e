package kitx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
)

func TestRequestID(t *testing.T) {
	var inside string
	r := newRig(t)
	cancel.Mount(r.Server, func(ctx context.Context, _ kitx.None) (kitx.None, error) {
		inside = kitx.RequestID(ctx)
		return kitx.None{}, nil
	})
	t.Run("is passed on", func(t *testing.T) {
		w := r.do("POST", "/v1/cancel", "", kitx.RequestIDHeader, "abc-1")
		if w.Header().Get(kitx.RequestIDHeader) != "abc-1" || inside != "abc-1" || r.log.one(t)["request_id"] != "abc-1" {
			t.Errorf("got %v, inside %s", w.Header(), inside)
		}
	})
	t.Run("is made where there is none, or a hostile one", func(t *testing.T) {
		seen := map[string]bool{}
		for _, id := range []string{"", strings.Repeat("x", 65), "a b", `a"b`, `a\b`, "a\nb", "a\x7fb", "ü"} {
			got := r.do("POST", "/v1/cancel", "", kitx.RequestIDHeader, id).Header().Get(kitx.RequestIDHeader)
			if len(got) != 36 || seen[got] || got != inside {
				t.Errorf("%q: got %q, inside %q", id, got, inside)
			}
			seen[got] = true
		}
	})
	t.Run("a refusal has one, too", func(t *testing.T) {
		if got := r.do("GET", "/v1/nothing", "", kitx.RequestIDHeader, "abc-1").Header().Get(kitx.RequestIDHeader); got != "abc-1" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("work that no request began can have one", func(t *testing.T) {
		if got := kitx.RequestID(kitx.WithRequestID(t.Context(), "saga-7")); got != "saga-7" {
			t.Errorf("got %q", got)
		}
		if got := kitx.RequestID(t.Context()) + kitx.TraceID(t.Context()); got != "" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("outside a request nothing is set and nothing breaks", func(t *testing.T) {
		kitx.SetStatus(t.Context(), 202)
		kitx.MarkReplayed(t.Context())
		kitx.SetOutcome(t.Context(), errs.Missing("x"))
	})
}

const theirs = "463ac35c9f6413ad48485a3953bb6124"

func TestTrace(t *testing.T) {
	headers := []string{"X-B3-TraceId", theirs, "X-B3-SpanId", "a2fb4a1d1a96d312", "X-B3-Sampled", "1"}
	t.Run("a service goes on with the trace", func(t *testing.T) {
		r, _, _ := mounted(t)
		r.do("POST", "/v1/cancel", "", headers...)
		spans := r.spans.Flush()
		if len(spans) != 1 || spans[0].TraceID.String() != theirs || spans[0].Name != "trip.cancel" && spans[0].Name != "trip.Cancel" {
			t.Errorf("got %+v", spans)
		}
		if r.log.one(t)["trace_id"] != theirs {
			t.Errorf("got %s", r.log.text.String())
		}
	})
	t.Run("the edge begins its own", func(t *testing.T) {
		r, _, _ := mounted(t, edge)
		r.do("POST", "/v1/cancel", "", append(headers, "b3", theirs+"-a2fb4a1d1a96d312-1")...)
		if spans := r.spans.Flush(); len(spans) != 1 || spans[0].TraceID.String() == theirs || spans[0].ParentID != nil {
			t.Errorf("got %+v", spans)
		}
	})
	t.Run("a failed operation's span says so", func(t *testing.T) {
		r, _, _ := mounted(t)
		r.do("POST", here, `{}`)
		if spans := r.spans.Flush(); len(spans) != 1 || spans[0].Tags["error"] != "invalid" {
			t.Errorf("got %+v", spans)
		}
	})
}

func TestDeadline(t *testing.T) {
	left := func(t *testing.T, header string, change ...func(*kitx.ServerConfig)) time.Duration {
		t.Helper()
		var left time.Duration
		r := newRig(t, change...)
		cancel.Mount(r.Server, func(ctx context.Context, _ kitx.None) (kitx.None, error) {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return kitx.None{}, nil
		})
		r.do("POST", "/v1/cancel", "", kitx.DeadlineHeader, header)
		return left
	}
	near := func(t *testing.T, got, want time.Duration) {
		t.Helper()
		if got > want || got < want-5*time.Second {
			t.Errorf("%s are left, want %s", got, want)
		}
	}
	t.Run("is half a minute at most", func(t *testing.T) {
		for _, header := range []string{"", "3600000", "99999999999999999999", "-1", "0", "soon"} {
			near(t, left(t, header), 30*time.Second)
		}
	})
	t.Run("is what the caller has left", func(t *testing.T) { near(t, left(t, "12000"), 12*time.Second) })
	t.Run("is the server's own where it is less", func(t *testing.T) {
		near(t, left(t, "12000", func(c *kitx.ServerConfig) { c.AtMost = 8 * time.Second }), 8*time.Second)
	})
	t.Run("is not believed at the edge", func(t *testing.T) { near(t, left(t, "12000", edge), 30*time.Second) })
}

func TestLog(t *testing.T) {
	t.Run("one line and one outcome for each request", func(t *testing.T) {
		r, _, _ := mounted(t)
		r.do("POST", here, `{"name":"a"}`)
		r.do("POST", here, `{}`)
		r.do("POST", here, `{}`, "Who", "nobody")
		if all := r.log.parsed(t); len(all) != 3 || fmt.Sprintf("%v %v %v", all[0]["code"], all[1]["code"], all[2]["code"]) != "<nil> invalid unauthenticated" {
			t.Errorf("got %v", all)
		}
		if got := r.count("trip.Put"); len(got) != 3 || got["ok"] != 1 || got["invalid"] != 1 || got["unauthenticated"] != 1 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("says what, how long, and where to look on, and nothing of who", func(t *testing.T) {
		r, _, _ := mounted(t)
		r.do("POST", here+"?limit=7", `{"name":"Ada"}`, "X-Tag", "tag")
		line := r.log.one(t)
		for _, name := range []string{"ts", "service", "level", "msg", "op", "took_ms", "request_id", "trace_id"} {
			if line[name] == nil || line[name] == "" {
				t.Errorf("%s is missing", name)
			}
			delete(line, name)
		}
		if len(line) != 0 {
			t.Errorf("there is more: %v", line)
		}
	})
	t.Run("successes are info at the edge and debug behind it", func(t *testing.T) {
		quiet := kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Quiet", Method: "POST", Path: "/v1/quiet", Who: open.Spec().Who, Quiet: true})
		for name, c := range map[string]struct {
			change func(*kitx.ServerConfig)
			target string
			want   string
		}{
			"edge":             {edge, "/v1/open", "info"},
			"edge, quiet":      {edge, "/v1/quiet", "debug"},
			"behind":           {func(*kitx.ServerConfig) {}, "/v1/open", "debug"},
			"edge, in trouble": {edge, "/v1/trouble", "error"},
			"edge, refused by a breaker, which has told that it is open": {edge, "/v1/refused", "info"},
		} {
			r := newRig(t, c.change)
			open.Mount(r.Server, nothing)
			quiet.Mount(r.Server, nothing)
			kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Trouble", Method: "POST", Path: "/v1/trouble", Who: open.Spec().Who, Quiet: true}).
				Mount(r.Server, func(context.Context, kitx.None) (kitx.None, error) { return kitx.None{}, context.DeadlineExceeded })
			kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Refused", Method: "POST", Path: "/v1/refused", Who: open.Spec().Who}).
				Mount(r.Server, func(context.Context, kitx.None) (kitx.None, error) {
					return kitx.None{}, errs.E(errs.Unavailable, "unavailable", "in trouble").Because(kitx.ErrBreakerOpen)
				})
			r.do("POST", c.target, "")
			if got := r.log.one(t)["level"]; got != c.want {
				t.Errorf("%s: got %v", name, got)
			}
		}
	})
}

// TestNoRoute is what operators see of requests to no operation: that there are some, and
// nothing that a client could have put into the address.
func TestNoRoute(t *testing.T) {
	r, _, _ := mounted(t, edge)
	for _, c := range []struct{ method, path, code, near string }{
		{"GET", "/v1/cancel/v4.public.c2VjcmV0/ada@example.com", "no_such_route", "GET /v1/cancel"},
		{"GET", "/v1/cancel", "method_not_allowed", "GET /v1/cancel"},
		{"DELETE-ALL", "/ada@example.com", "no_such_route", "? /"},
	} {
		r.log.text.Reset()
		w := r.do(c.method, c.path, "")
		line := r.log.one(t)
		if line["level"] != "info" || line["op"] != "none" || line["code"] != c.code || line["near"] != c.near ||
			line["trace_id"] != problemOf(t, w).TraceID || line["request_id"] != w.Header().Get(kitx.RequestIDHeader) {
			t.Errorf("%s %s: got %v", c.method, c.path, line)
		}
		if text := r.log.text.String(); strings.Contains(text, "ada@") || strings.Contains(text, "v4.public") {
			t.Errorf("%s %s is in the log: %s", c.method, c.path, text)
		}
	}
	if got := r.count("none"); got["not_found"] != 2 || got["method_not_allowed"] != 1 {
		t.Errorf("counted %v", got)
	}
}

// TestCodeTravels is the code of a refusal on its way to the gateway's log; a client finds
// it in the body.
func TestCodeTravels(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*kitx.ServerConfig)
		want   string
	}{"a service": {nil, "invalid"}, "the edge": {[]func(*kitx.ServerConfig){edge}, ""}} {
		r, _, _ := mounted(t, c.change...)
		if got := r.do("POST", here, `{}`).Header().Get(kitx.CodeHeader); got != c.want {
			t.Errorf("%s tells %q, want %q", name, got, c.want)
		}
	}
}
