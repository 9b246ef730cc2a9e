package transport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
)

// Hours: no window ends while a test runs.
var few = gateway.Limits{
	Principal:     gateway.Limit{Name: "principal", Most: 4, Per: time.Hour},
	Address:       gateway.Limit{Name: "address", Most: 6, Per: time.Hour},
	Device:        gateway.Limit{Name: "device", Most: 9, Per: time.Hour},
	SignUps:       gateway.Limit{Name: "sign-ups", Most: 2, Per: time.Hour},
	FailedSignIns: gateway.Limit{Name: "failed-sign-ins", Most: 2, Per: time.Hour},
}

// limited is a gateway with few requests to spare, whose service answers with the status
// that the request asks for.
func limited(t *testing.T, limits gateway.Limits) func(method, path, from string, headers ...string) *httptest.ResponseRecorder {
	limiter := memory.NewLimiter()
	t.Cleanup(func() {
		if err := limiter.Close(); err != nil {
			t.Error(err)
		}
	})
	return limitedBy(t, limiter, limits)
}

func limitedBy(t *testing.T, limiter gateway.Limiter, limits gateway.Limits) func(method, path, from string, headers ...string) *httptest.ResponseRecorder {
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, err := strconv.Atoi(r.URL.Query().Get("status")); err == nil {
			w.WriteHeader(status)
		}
	})
	w := newWorld(t, networks(t)[0], service, options{limiter: limiter, limits: limits})
	return func(method, path, from string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.RemoteAddr = from
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Add(name, value)
		}
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		return recorder
	}
}

const here, there = "10.0.0.1:1000", "10.0.0.2:1000"

func TestLimits(t *testing.T) {
	t.Run("an address has its number, whatever port it comes from", func(t *testing.T) {
		send := limited(t, few)
		for n := range few.Address.Most {
			got := send("GET", "/v1/things/1", "10.0.0.1:"+strconv.Itoa(1000+n))
			if got.Code != 200 || got.Header().Get("RateLimit-Remaining") != strconv.Itoa(few.Address.Most-1-n) {
				t.Errorf("request %d: got %d %v", n, got.Code, got.Header())
			}
		}
		refusedFor(t, send("GET", "/v1/things/1", here), few.Address)
		if got := send("GET", "/v1/things/1", there); got.Code != 200 {
			t.Errorf("another address: got %d", got.Code)
		}
	})
	t.Run("a network of IPv6 is one address", func(t *testing.T) {
		send := limited(t, few)
		for n := range few.Address.Most {
			send("GET", "/v1/things/1", "[2001:db8:1:1::"+strconv.Itoa(n+1)+"]:1")
		}
		refusedFor(t, send("GET", "/v1/things/1", "[2001:db8:1:1::ffff]:1"), few.Address)
		if got := send("GET", "/v1/things/1", "[2001:db8:1:2::1]:1"); got.Code != 200 {
			t.Errorf("another network: got %d", got.Code)
		}
	})
	t.Run("a principal has its number, wherever it comes from", func(t *testing.T) {
		send := limited(t, few)
		for n := range few.Principal.Most {
			send("POST", "/v1/things", "10.0.1."+strconv.Itoa(n)+":1", "Authorization: Bearer rider")
		}
		refusedFor(t, send("POST", "/v1/things", here, "Authorization: Bearer rider"), few.Principal)
		if got := send("POST", "/v1/things", here, "Authorization: Bearer other"); got.Code != 200 {
			t.Errorf("another principal: got %d", got.Code)
		}
	})
	t.Run("requests that are refused count, too", func(t *testing.T) {
		send := limited(t, few)
		for range few.Address.Most {
			if got := send("POST", "/v1/things", here, "Authorization: Bearer guess"); got.Code != 401 {
				t.Errorf("got %d", got.Code)
			}
		}
		refusedFor(t, send("POST", "/v1/things", here, "Authorization: Bearer guess"), few.Address)
	})
	t.Run("requests to no route count, too", func(t *testing.T) {
		send := limited(t, few)
		for range few.Address.Most / 2 {
			if got := send("GET", "/nope", here); got.Code != 404 {
				t.Errorf("no route: got %d", got.Code)
			}
			if got := send("PATCH", "/v1/things/1", here); got.Code != 405 || got.Header().Get("Allow") == "" {
				t.Errorf("no such method: got %d", got.Code)
			}
		}
		refusedFor(t, send("GET", "/nope", here), few.Address)
		refusedFor(t, send("PATCH", "/v1/things/1", here), few.Address)
	})
	t.Run("devices share an address", func(t *testing.T) {
		send := limited(t, few)
		for n := range few.Device.Most {
			if got := send("POST", "/v1/telemetry", here, "Authorization: Bearer device"); got.Code != 200 {
				t.Errorf("report %d: got %d", n, got.Code)
			}
		}
		refusedFor(t, send("POST", "/v1/telemetry", here, "Authorization: Bearer device"), few.Device)
		if got := send("GET", "/v1/things/1", here); got.Code != 200 {
			t.Errorf("the address: got %d", got.Code)
		}
		for range few.Address.Most - 1 {
			send("POST", "/v1/telemetry", here)
		}
		refusedFor(t, send("POST", "/v1/telemetry", here), few.Address) // nobody is no device
	})
	t.Run("an address signs up a number of times", func(t *testing.T) {
		send := limited(t, few)
		for range few.SignUps.Most {
			if got := send("POST", "/v1/accounts", here); got.Code != 200 {
				t.Errorf("got %d", got.Code)
			}
		}
		refusedFor(t, send("POST", "/v1/accounts", here), few.SignUps)
		if got := send("GET", "/v1/things/1", here); got.Code != 200 {
			t.Errorf("another route: got %d", got.Code)
		}
	})
	t.Run("an address fails to sign in a number of times", func(t *testing.T) {
		send := limited(t, few)
		for range 2 {
			if got := send("POST", "/v1/sessions?status=201", here); got.Code != 201 {
				t.Errorf("a success: got %d", got.Code)
			}
		}
		for range few.FailedSignIns.Most {
			if got := send("POST", "/v1/sessions?status=401", here); got.Code != 401 {
				t.Errorf("a failure: got %d", got.Code)
			}
		}
		refusedFor(t, send("POST", "/v1/sessions?status=201", here), few.FailedSignIns)
		if got := send("POST", "/v1/sessions?status=201", there); got.Code != 201 {
			t.Errorf("another address: got %d", got.Code)
		}
	})
	t.Run("those under way at once are no exception", func(t *testing.T) {
		limiter := memory.NewLimiter()
		t.Cleanup(func() { _ = limiter.Close() })
		begun, proceed := make(chan struct{}, 100), make(chan struct{})
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-proceed
			status, _ := strconv.Atoi(r.URL.Query().Get("status"))
			w.WriteHeader(status)
		})
		w := newWorld(t, networks(t)[0], service, options{limiter: limiter, limits: few})
		send := func(status string) *httptest.ResponseRecorder {
			r, recorder := httptest.NewRequest("POST", "/v1/sessions?status="+status, nil), httptest.NewRecorder()
			r.RemoteAddr = here
			w.handler.ServeHTTP(recorder, r)
			return recorder
		}
		var all sync.WaitGroup
		for _, status := range []string{"201", "401"} {
			all.Go(func() {
				if got := send(status); strconv.Itoa(got.Code) != status {
					t.Errorf("got %d", got.Code)
				}
			})
			await(t, "an attempt reaches the service", begun)
		}
		refusedFor(t, send("201"), few.FailedSignIns)
		close(proceed)
		all.Wait()
		if got := send("401"); got.Code != 401 { // the success left its place
			t.Errorf("got %d", got.Code)
		}
		refusedFor(t, send("201"), few.FailedSignIns)
	})
	t.Run("who may not try from its account leaves the address its tries", func(t *testing.T) {
		send := limited(t, few)
		for n := range few.FailedSignIns.Most {
			send("POST", "/v1/sessions?status=401", "10.0.1."+strconv.Itoa(n)+":1", "Authorization: Bearer rider")
		}
		for range few.FailedSignIns.Most {
			refusedFor(t, send("POST", "/v1/sessions?status=401", here, "Authorization: Bearer rider"), few.FailedSignIns)
		}
		if got := send("POST", "/v1/sessions?status=401", here); got.Code != 401 {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("health is not limited", func(t *testing.T) {
		send := limited(t, few)
		for range 2 * few.Address.Most {
			if got := send("GET", "/healthz", here); got.Code == 429 {
				t.Fatal("refused")
			}
		}
	})
	t.Run("without counts everything passes", func(t *testing.T) {
		send := limitedBy(t, broken{}, few)
		for range 2 * few.Address.Most {
			if got := send("POST", "/v1/sessions?status=401", here); got.Code != 401 {
				t.Errorf("got %d", got.Code)
			}
		}
	})
}

// refusedFor checks that a limit refused the request and said when to come again.
func refusedFor(t *testing.T, got *httptest.ResponseRecorder, limit gateway.Limit) {
	t.Helper()
	if got.Code != 429 || !strings.Contains(got.Body.String(), `"rate_limited"`) {
		t.Errorf("%s: got %d %s", limit.Name, got.Code, got.Body)
	}
	h := got.Header()
	wait, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || wait < 1 || wait > int(limit.Per.Seconds()) || h.Get("RateLimit-Reset") != h.Get("Retry-After") {
		t.Errorf("%s: Retry-After %q, RateLimit-Reset %q", limit.Name, h.Get("Retry-After"), h.Get("RateLimit-Reset"))
	}
	if h.Get("RateLimit-Limit") != strconv.Itoa(limit.Most) || h.Get("RateLimit-Remaining") != "0" {
		t.Errorf("%s: got %v", limit.Name, h)
	}
}

// broken is a limiter whose counts cannot be had.
type broken struct{}

var errAway = errors.New("the counts are away")

func (broken) Take(context.Context, gateway.Limit, string) (gateway.Verdict, error) {
	return gateway.Verdict{}, errAway
}

func (broken) GiveBack(context.Context, gateway.Limit, string) error { return errAway }
