package tripd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	zipkin "github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/clock"
	"freecar/internal/idem"
	"freecar/internal/obs"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
)

// TestStuckIsToldOnce: operators hear of stuck rentals when there are more or fewer, not at each look.
func TestStuckIsToldOnce(t *testing.T) {
	store, err := sqlite.NewTrips(t.Context(), filepath.Join(t.TempDir(), "trip.db"), endpoint.Event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var logged bytes.Buffer
	now := clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))
	registry := prometheus.NewRegistry()
	o := obs.NewPlatform(log.NewLogfmtLogger(&logged), registry, zipkin.NewNoopReporter(), 0).For("trip")
	s := &Service{config: Config{Obs: o}, trips: store, rentals: trip.NewRentals(trip.Config{Trips: store, Clock: now})}
	looks := func(stuck float64, lines int) {
		t.Helper()
		for range 3 {
			if err := s.watch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Count(logged.String(), "stuck"); got != lines {
			t.Errorf("%d lines, want %d:\n%s", got, lines, logged.String())
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range families {
			if strings.Contains(f.GetName(), "stuck") {
				if found = true; f.GetMetric()[0].GetGauge().GetValue() != stuck {
					t.Errorf("the figure is %v, want %v", f, stuck)
				}
			}
		}
		if !found {
			t.Error("there is no such figure")
		}
		logged.Reset()
	}
	looks(0, 0)
	if err := store.Create(t.Context(), trip.NewTrip("t", "1", "c", idem.Key{}, now.Now())); err != nil {
		t.Fatal(err)
	}
	now.Advance(trip.RequestAtMost + trip.StuckAfter)
	looks(1, 2) // the line has the word twice
	if _, err := store.Update(t.Context(), "t", func(t *trip.Trip) error { return t.Refuse("x", now.Now()) }); err != nil {
		t.Fatal(err)
	}
	looks(0, 1)
}
