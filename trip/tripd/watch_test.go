package tripd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/obs"
	"freecar/trip"
)

// TestWatch: operators see what goes on by state, also that nothing does, and what is stuck.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	bus, err := sqlitebus.Open(t.Context(), filepath.Join(dir, "bus.db"), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	registry, told, now := prometheus.NewRegistry(), &strings.Builder{}, clock.NewManual(time.Unix(1_000_000, 0))
	s, err := New(t.Context(), Config{Path: filepath.Join(dir, "trip.db"), Clock: now, IDs: ids.Random{}, Bus: bus,
		Obs:       obs.NewPlatform(log.NewLogfmtLogger(told), registry, reporter.NewNoopReporter(), 0).For("trip"),
		Authority: assertion.NewAuthority(bytes.Repeat([]byte("k"), 32), now)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, account := range []string{"1", "2"} {
		if err := s.trips.Create(t.Context(), trip.NewTrip(ids.Random{}.New(), account, "c", idem.Key{}, now.Now())); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(want map[string]float64, stuck float64) {
		t.Helper()
		if err := s.watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, family := range families {
			for _, m := range family.GetMetric() {
				switch family.GetName() {
				case "freecar_live_rentals":
					seen++
					if state := m.GetLabel()[0].GetValue(); m.GetGauge().GetValue() != want[state] {
						t.Errorf("%v are %s", m.GetGauge().GetValue(), state)
					}
				case "freecar_stuck_rentals":
					if got := m.GetGauge().GetValue(); got != stuck {
						t.Errorf("%v are stuck, not %v", got, stuck)
					}
				}
			}
		}
		if seen != len(trip.LiveStates()) {
			t.Errorf("%d states are shown", seen)
		}
	}
	shows(map[string]float64{"starting": 2}, 0)
	now.Advance(trip.RequestAtMost + StuckAfter)
	shows(map[string]float64{"starting": 2}, 2)
	if !strings.Contains(told.String(), "rentals are stuck") {
		t.Errorf("the log says %q", told)
	}
}
