package kitx_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/go-kit/kit/endpoint"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

var file = kitx.NewRaw(kitx.Spec{Op: "trip.File", Method: "GET", Path: "/v1/file", Who: auth.Only(auth.Rider)})

var claim = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{
	Op: "trip.Claim", Method: "POST", Path: "/internal/v1/claim", Who: auth.Services("trip")})

var open = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{
	Op: "trip.Open", Method: "POST", Path: "/v1/open", Who: auth.Anyone()})

func nothing(context.Context, kitx.None) (kitx.None, error) { return kitx.None{}, nil }

func TestAccess(t *testing.T) {
	for name, change := range map[string]func(*kitx.ServerConfig){"inside": func(*kitx.ServerConfig) {}, "at the edge": edge} {
		r, _, _ := mounted(t, change)
		claim.Mount(r.Server, nothing)
		open.Mount(r.Server, nothing)
		for _, c := range []struct {
			name, who, target, body string
			status                  int
			code                    string
		}{
			{"nobody learns nothing of the fields", "nobody", here + "?zz=1", `{"nmae":1}`, 401, "unauthenticated"},
			{"a service is no rider, whatever it sends", "trip", here, `{"nmae":1}`, 401, "unauthenticated"},
			{"a forged identity is told apart", "forged", here, `{"nmae":1}`, 401, "bad_token"},
			{"a rider is told what is wrong", "rider", here, `{"nmae":1}`, 400, "invalid"},
			{"a rider may not call what services call", "rider", "/internal/v1/claim", `{"nmae":1}`, 403, "denied"},
			{"a service may", "trip", "/internal/v1/claim", "", 204, ""},
			{"everybody may call what is open", "nobody", "/v1/open", "", 204, ""},
		} {
			t.Run(name+", "+c.name, func(t *testing.T) {
				w := r.do("POST", c.target, c.body, "Who", c.who)
				if w.Code != c.status {
					t.Fatalf("got %d: %s", w.Code, w.Body)
				}
				if c.code != "" && problemOf(t, w).Code != c.code {
					t.Errorf("got %s", w.Body)
				}
				if got := w.Header().Get("WWW-Authenticate"); (got == "Bearer") != (c.status == 401) {
					t.Errorf("WWW-Authenticate is %q", got)
				}
			})
		}
	}
	t.Run("an expired token does not keep its owner from signing in", func(t *testing.T) {
		r := newRig(t, edge)
		open.Mount(r.Server, func(ctx context.Context, _ kitx.None) (kitx.None, error) {
			if auth.From(ctx) != (auth.Principal{}) {
				t.Errorf("got %+v", auth.From(ctx))
			}
			return kitx.None{}, nil
		})
		if w := r.do("POST", "/v1/open", "", "Who", "forged"); w.Code != 204 {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("among services a forged identity is refused everywhere, and logged", func(t *testing.T) {
		r := newRig(t)
		open.Mount(r.Server, nothing)
		if w := r.do("POST", "/v1/open", "", "Who", "forged"); w.Code != 401 || r.log.one(t)["code"] != "bad_token" {
			t.Errorf("got %d, %s", w.Code, r.log.text.String())
		}
	})
	t.Run("the operation knows who asks", func(t *testing.T) {
		r := newRig(t)
		cancel.Mount(r.Server, func(ctx context.Context, _ kitx.None) (kitx.None, error) {
			if auth.From(ctx) != rider {
				t.Errorf("got %+v", auth.From(ctx))
			}
			return kitx.None{}, nil
		})
		r.do("POST", "/v1/cancel", "")
	})
	t.Run("a policy before the access decision may refuse", func(t *testing.T) {
		r := newRig(t, func(c *kitx.ServerConfig) {
			c.Before = func(spec kitx.Spec) endpoint.Middleware {
				return func(endpoint.Endpoint) endpoint.Endpoint {
					return func(_ context.Context, request any) (any, error) {
						req, w := kitx.Exchange(request)
						w.Header().Set("RateLimit", spec.Op+" "+req.URL.Path)
						return nil, errs.E(errs.RateLimited, "rate_limited", "Slower.")
					}
				}
			}
		})
		open.Mount(r.Server, nothing)
		if w := r.do("POST", "/v1/open", "", "Who", "nobody"); w.Code != 429 || w.Header().Get("RateLimit") != "trip.Open /v1/open" {
			t.Errorf("got %d, %v", w.Code, w.Header())
		}
	})
}

func TestRouting(t *testing.T) {
	r, _, _ := mounted(t)
	for name, c := range map[string]struct {
		method, target string
		status         int
		code, allow    string
	}{
		"nothing at this address":                    {"GET", "/v1/nothing", 404, "no_such_route", ""},
		"a method that no operation has":             {"DELETE", "/v1/orders", 405, "method_not_allowed", "GET, HEAD"},
		"a method that other addresses take":         {"POST", "/v1/orders", 405, "method_not_allowed", "GET, HEAD"},
		"a path that would be cleaned into another":  {"GET", "/v1//orders", 404, "no_such_route", ""},
		"a path that would climb out":                {"GET", "/v1/cancel/../orders", 404, "no_such_route", ""},
		"a variable that is empty":                   {"POST", "/v1/orders/", 404, "no_such_route", ""},
		"a slash in a variable":                      {"POST", "/v1/orders/a%2Fb", 404, "no_such_route", ""},
		"a method that is none, where there is none": {"BREW", "/v1/nothing", 404, "no_such_route", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do(c.method, c.target, "")
			if p := problemOf(t, w); p.Status != c.status || p.Code != c.code || w.Header().Get("Allow") != c.allow {
				t.Errorf("got %+v, Allow %q", p, w.Header().Get("Allow"))
			}
		})
	}
	t.Run("all methods of an address are named", func(t *testing.T) {
		r, _, _ := mounted(t)
		kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Drop", Method: "DELETE", Path: "/v1/orders", Who: auth.Anyone()}).Mount(r.Server, nothing)
		if w := r.do("PUT", "/v1/orders", ""); w.Header().Get("Allow") != "DELETE, GET, HEAD" {
			t.Errorf("got %q", w.Header().Get("Allow"))
		}
	})
	t.Run("the operations are listed in order", func(t *testing.T) {
		var ops []string
		for _, spec := range r.Specs() {
			ops = append(ops, spec.Op)
		}
		if got := strings.Join(ops, " "); got != "trip.Put trip.List trip.Cancel" {
			t.Errorf("got %s", got)
		}
	})
}

// What contradicts itself does not start.
func TestPanics(t *testing.T) {
	spec := kitx.Spec{Op: "trip.X", Method: "POST", Path: "/v1/x", Who: auth.Anyone()}
	with := func(change func(*kitx.Spec)) kitx.Spec {
		s := spec
		change(&s)
		return s
	}
	for name, do := range map[string]func(){
		"an operation without a service": func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Op = "x" })) },
		"no method":                      func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Method = "" })) },
		"no path":                        func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Path = "v1" })) },
		"no decision who may call":       func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Who = auth.Access{} })) },
		"services on a public path":      func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Who = auth.Services("trip") })) },
		"the public on an internal path": func() { kitx.NewRaw(with(func(s *kitx.Spec) { s.Path = "/internal/v1/x" })) },
		"a request that is no struct":    func() { kitx.NewRoute[int, kitx.None](spec) },
		"a path field without its variable": func() {
			kitx.NewRoute[struct {
				ID string `path:"id" json:"-"`
			}, kitx.None](spec)
		},
		"a variable without its field": func() {
			kitx.NewRoute[kitx.None, kitx.None](with(func(s *kitx.Spec) { s.Path = "/v1/{id}" }))
		},
		"a query field that is in the body, too": func() {
			kitx.NewRoute[struct {
				N int `query:"n"`
			}, kitx.None](spec)
		},
		"a body field where there is no body": func() {
			kitx.NewRoute[struct{ N int }, kitx.None](with(func(s *kitx.Spec) { s.Method = "GET" }))
		},
		"a field that text cannot set": func() {
			kitx.NewRoute[struct {
				N []int `query:"n" json:"-"`
			}, kitx.None](spec)
		},
		"a field that nobody can set": func() {
			kitx.NewRoute[struct {
				n int `query:"n" json:"-"`
			}, kitx.None](spec)
		},
		"a default that does not fit": func() {
			kitx.NewRoute[struct {
				N int `query:"n" json:"-" default:"x"`
			}, kitx.None](spec)
		},
		"an embedded struct that is nowhere": func() {
			kitx.NewRoute[struct {
				look `json:"-"`
			}, kitx.None](spec)
		},
		"an operation mounted twice": func() {
			r := newRig(t)
			open.Mount(r.Server, nothing)
			open.Mount(r.Server, nothing)
		},
		"two operations at one address": func() {
			r := newRig(t)
			open.Mount(r.Server, nothing)
			kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Other", Method: "POST", Path: "/v1/open", Who: auth.Anyone()}).Mount(r.Server, nothing)
		},
		"an operation that an earlier one hides": func() {
			r := newRig(t)
			put.Mount(r.Server, func(_ context.Context, o order) (order, error) { return o, nil })
			kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Latest", Method: "POST", Path: "/v1/orders/latest", Who: auth.Anyone()}).Mount(r.Server, nothing)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if said, ok := recover().(string); !ok || !strings.HasPrefix(said, "kitx: ") {
					t.Errorf("got %v", said)
				}
			}()
			do()
		})
	}
}

func TestSpec(t *testing.T) {
	for _, c := range []struct {
		spec       kitx.Spec
		repeatable bool
		class      string
	}{
		{kitx.Spec{Method: http.MethodGet}, true, "read"},
		{kitx.Spec{Method: http.MethodPut}, true, "write"},
		{kitx.Spec{Method: http.MethodDelete}, true, "write"},
		{kitx.Spec{Method: http.MethodPost}, false, "write"},
		{kitx.Spec{Method: http.MethodPatch}, false, "write"},
		{kitx.Spec{Method: http.MethodPost, Idempotent: true}, true, "write"},
		{kitx.Spec{Method: http.MethodGet, Stream: true}, true, "stream"},
	} {
		if c.spec.Repeatable() != c.repeatable || c.spec.Class() != c.class {
			t.Errorf("%+v: repeatable %t, class %s", c.spec, c.spec.Repeatable(), c.spec.Class())
		}
	}
}
