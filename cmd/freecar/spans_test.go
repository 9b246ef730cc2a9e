package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/obs"
)

// TestLostSpans is a collector that refuses all, and one that is not there.
func TestLostSpans(t *testing.T) {
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer collector.Close()
	for name, c := range map[string]struct {
		url           string
		sent, atLeast int
	}{
		"refuses": {collector.URL, 50, 50},
		"is away": {"http://" + vacant(t, 1)[0], 3000, 2000}, // it keeps the latest 1,000
	} {
		t.Run("one that "+name, func(t *testing.T) {
			var out lockedText
			logger, err := obs.NewLogger(&out, "info")
			if err != nil {
				t.Fatal(err)
			}
			registry := prometheus.NewRegistry()
			r := spanReporter(c.url, registry, logger)
			defer r.Close()
			lost := func() float64 {
				families, err := registry.Gather()
				if err != nil || len(families) != 1 {
					t.Fatal(families, err)
				}
				return families[0].GetMetric()[0].GetCounter().GetValue()
			}
			for range c.sent {
				r.Send(model.SpanModel{Name: "x"})
			}
			soon(t, "all that are lost are counted", 20*time.Second, func() bool { return lost() >= float64(c.atLeast) })
			if lines := strings.Count(out.String(), "\n"); lines != 1 || lost() > float64(c.sent) {
				t.Errorf("%v lost, %d lines: %s", lost(), lines, out.String())
			}
		})
	}
}

// lockedText is text that many may write.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
