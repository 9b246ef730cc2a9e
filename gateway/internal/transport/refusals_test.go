package transport_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"freecar/gateway/internal/adapter/memory"
)

// TestRefusalsAreCounted: operators see which limit refuses how much.
func TestRefusalsAreCounted(t *testing.T) {
	limiter := memory.NewLimiter()
	t.Cleanup(func() {
		if err := limiter.Close(); err != nil {
			t.Error(err)
		}
	})
	w := newWorld(t, networks(t)[0], http.NotFoundHandler(), options{limiter: limiter, limits: few})
	const beyond = 3
	for range few.Address.Most + beyond {
		r := httptest.NewRequest("GET", "/v1/things/1", nil)
		r.RemoteAddr = here
		w.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	families, err := w.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "freecar_rate_limited_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
	}
	if len(got) != 1 || got["address"] != beyond {
		t.Errorf("got %v", got)
	}
}
