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

// TestLostSpans is a collector that takes none.
func TestLostSpans(t *testing.T) {
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer collector.Close()
	var out lockedText
	logger, err := obs.NewLogger(&out, "info")
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	r := spanReporter(collector.URL, registry, logger)
	defer r.Close()
	lost := func() float64 {
		families, err := registry.Gather()
		if err != nil || len(families) != 1 {
			t.Fatal(families, err)
		}
		return families[0].GetMetric()[0].GetCounter().GetValue()
	}
	const sent = 5000
	for range sent {
		r.Send(model.SpanModel{Name: "x"})
	}
	for deadline := time.Now().Add(20 * time.Second); lost() < sent-1500; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v of %d are counted as lost", lost(), sent)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != 1 {
		t.Errorf("%d lines: %s", lines, out.String())
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
