package gatewayd_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/gateway"
	"freecar/gateway/gatewayd"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
	"freecar/user/userapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a service that names the operation that reached it.
type echo struct{}

func (echo) Do(_ context.Context, spec kitx.Spec, _ *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Op", spec.Op)
	if spec.Op == userapi.Revocations.Spec().Op {
		_, _ = recorder.WriteString(`{"items":[],"next":0,"more":false}`)
	}
	return recorder.Result(), nil
}

// everyRole lets everybody be everything.
type everyRole struct{}

func (everyRole) Verify(string) (auth.Principal, time.Time, error) {
	return auth.Principal{Subject: "1", Roles: auth.Rider | auth.Staff | auth.Device}, time.Time{}, nil
}

func start(t *testing.T, change func(*gatewayd.Config)) *gatewayd.Gateway {
	t.Helper()
	c := gatewayd.Config{Obs: obs.Discard().For("gateway"), Verifier: everyRole{}, Clock: clock.System{}, Health: &serve.Health{},
		Peers: map[string]kitx.Peer{"user": echo{}, "profile": echo{}, "car": echo{}, "trip": echo{}, "blob": echo{}}}
	change(&c)
	g, err := gatewayd.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	<-g.Loaded()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		g.CloseStreams()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func get(g *gatewayd.Gateway, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set(kitx.KeyHeader, "1")
	recorder := httptest.NewRecorder()
	g.Handler().ServeHTTP(recorder, r)
	return recorder
}

// down is a service that is away.
type down struct{}

func (down) Do(context.Context, kitx.Spec, *http.Request) (*http.Response, error) {
	return nil, errs.E(errs.Unavailable, "unavailable", "Away.")
}

func TestGateway(t *testing.T) {
	t.Run("what is revoked comes a way of its own", func(t *testing.T) {
		start(t, func(c *gatewayd.Config) { c.Peers["user"], c.Revocations = down{}, echo{} }) // and is loaded
	})
	t.Run("each line of the table reaches its operation", func(t *testing.T) {
		g := start(t, func(c *gatewayd.Config) { c.Unlimited = true })
		for _, route := range gateway.Table() {
			if route.Service() == "gateway" {
				continue // it has a test of its own
			}
			path := strings.NewReplacer("{", "", "}", "").Replace(route.Path)
			if got := get(g, route.Method, path); got.Code != 200 || got.Header().Get("Op") != route.Op {
				t.Errorf("%s %s: got %d from %q", route.Method, path, got.Code, got.Header().Get("Op"))
			}
		}
	})
	t.Run("limits hold unless they are switched off", func(t *testing.T) {
		for unlimited, last := range map[bool]int{false: 429, true: 200} {
			g := start(t, func(c *gatewayd.Config) { c.Unlimited = unlimited })
			got := get(g, "POST", "/v1/accounts")
			for range gateway.DefaultLimits().SignUps.Most {
				got = get(g, "POST", "/v1/accounts")
			}
			if got.Code != last {
				t.Errorf("unlimited %v: got %d", unlimited, got.Code)
			}
		}
	})
	t.Run("a service without a peer is no gateway", func(t *testing.T) {
		_, err := gatewayd.New(gatewayd.Config{Obs: obs.Discard().For("gateway"), Verifier: everyRole{}, Health: &serve.Health{}})
		if err == nil {
			t.Error("no error")
		}
	})
}
