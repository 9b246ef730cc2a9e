package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/obs"
)

// FuzzTable asks for anything, at the door and at the service behind: they agree about
// which operation that is, and nothing of what only services call can be reached.
func FuzzTable(f *testing.F) {
	anyone := func(*http.Request) (auth.Principal, error) { return auth.Principal{}, nil }
	var met string
	serve := func(spec kitx.Spec) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, _ *http.Request) error {
			met = spec.Op
			w.WriteHeader(http.StatusOK)
			return nil
		}
	}
	open := func(spec kitx.Spec) kitx.Spec {
		spec.Who = auth.Anyone()
		return spec
	}
	door := kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For("gateway"), Identify: anyone, Edge: true})
	services := map[string]*kitx.Server{}
	for _, route := range gateway.Table() {
		spec := open(route.Spec)
		kitx.NewRaw(spec).Mount(door, serve(spec))
		if services[spec.Service()] == nil {
			services[spec.Service()] = kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For(spec.Service()), Identify: anyone})
		}
		kitx.NewRaw(spec).Mount(services[spec.Service()], serve(spec))
		f.Add(spec.Method, spec.Path)
		f.Add(http.MethodHead, strings.ReplaceAll(spec.Path, "{id}", "0197f1e6-92a5-7bb4-a6a1-3c8d1a0b0c0d"))
	}
	for _, path := range []string{"/internal/v1/objects", "//internal/v1/objects", "/v1/../internal/v1/objects", "/v1/%2e%2e/internal/v1/holds", "/%69nternal/v1/objects/x", "/v1/trips/a%2f..%2f..%2finternal", "/v1/trips/;a", "/v1/trips?x",
		"/objects/%2e%2e", "/v1/ops/cars/import", "/v1/ops/cars/import/", "/v1/cars/a/b", "/v1/me%00", "/v1/me/", "/v1//me", "/.", "/"} {
		f.Add("GET", path)
		f.Add("POST", path)
		f.Add("CONNECT", path)
	}
	f.Fuzz(func(t *testing.T, method, target string) {
		at, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || at.Host != "" {
			t.Skip()
		}
		ask := func(s *kitx.Server) (op string, status int) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Method, r.RequestURI = method, target
			// As the gateway passes it on.
			r.URL = &url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery}
			met = ""
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return met, w.Code
		}
		op, status := ask(door)
		if op == "" {
			if status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
				t.Errorf("%s %q: got %d", method, target, status)
			}
			return
		}
		if strings.HasPrefix(at.Path, "/internal") {
			t.Errorf("%s %q came to %s", method, target, op)
		}
		service, _, _ := strings.Cut(op, ".")
		if behind, status := ask(services[service]); behind != op {
			t.Errorf("%s %q is %s at the door, and %q (%d) behind it", method, target, op, behind, status)
		}
	})
}
