package obs_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter/recorder"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/errs"
	"freecar/internal/obs"
)

func TestOutcomes(t *testing.T) {
	registry := prometheus.NewRegistry()
	platform := obs.NewPlatform(log.NewNopLogger(), registry, recorder.NewReporter(), 1)
	metrics := platform.For("trip").Metrics
	t.Run("are counted by kind, whoever counts at the same time", func(t *testing.T) {
		served, called := metrics.Served("trip", "trip.Start"), metrics.Called("trip", "car.Claim")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				served.Observe(time.Millisecond, nil)
				served.Observe(time.Millisecond, fmt.Errorf("starting: %w", errs.Missing("car")))
				served.Observe(time.Millisecond, errors.New("disk full"))
				called.Observe(time.Millisecond, errs.E(errs.Timeout, "timeout", ""))
			})
		}
		wg.Wait()
		if got := counts(t, registry); got != "call car.Claim timeout 8, request trip.Start internal 8, request trip.Start not_found 8, request trip.Start ok 8" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("services of one process share the metrics", func(t *testing.T) {
		if platform.For("car").Metrics != metrics {
			t.Error("they do not")
		}
	})
}

// counts is what was observed, without what was not.
func counts(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, family := range families {
		side := strings.TrimSuffix(strings.TrimPrefix(family.GetName(), "freecar_"), "_duration_seconds")
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if n := m.GetHistogram().GetSampleCount(); n > 0 {
				all = append(all, fmt.Sprint(side, " ", labels["op"], " ", labels["kind"], " ", n))
			}
		}
	}
	return strings.Join(all, ", ")
}

func TestTracer(t *testing.T) {
	for name, c := range map[string]struct {
		rate float64
		want int
	}{"all": {1, 1}, "none": {0, 0}, "a rate that is none": {7, 0}} {
		t.Run("samples as told: "+name, func(t *testing.T) {
			spans := recorder.NewReporter()
			tracer := obs.NewPlatform(log.NewNopLogger(), prometheus.NewRegistry(), spans, c.rate).For("trip").Tracer
			tracer.StartSpan("x").Finish()
			got := spans.Flush()
			if len(got) != c.want || c.want == 1 && (got[0].LocalEndpoint.ServiceName != "trip" || got[0].TraceID.High == 0) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
