package adaptertest

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/events"
	"freecar/trip"
)

// ZoneStore is a store of zones under test, with what its contract looks at from outside.
type ZoneStore struct {
	trip.ZoneStore
	// History is the events saved for the zones, by version.
	History func(ctx context.Context) ([]events.Event, error)
}

// OpenZones gives a store with nothing in it, and another handle on the same data.
type OpenZones func(t *testing.T) (ZoneStore, func() ZoneStore)

// Zones holds a store of zones to its contract.
func Zones(t *testing.T, open OpenZones) {
	t.Run("before the first there is the empty set of version 0", func(t *testing.T) { noZones(t, open) })
	t.Run("what is saved comes back equal, with its event", func(t *testing.T) { zonesRoundTrip(t, open) })
	t.Run("an error of change, or no higher version, saves nothing", func(t *testing.T) { zonesRollback(t, open) })
	t.Run("many replace at once: each sees the one before", func(t *testing.T) { zonesRace(t, open) })
}

func drawn(t *testing.T) []trip.Zone {
	t.Helper()
	square := func(west, south, size float64) trip.Ring {
		return trip.Ring{{west, south}, {west + size, south}, {west + size, south + size}, {west, south + size}, {west, south}}
	}
	zones, err := trip.DrawZones([]trip.Outline{
		{ID: "a", Name: "Alpha", RideEndAllowed: true, Single: true, Parts: [][]trip.Ring{{square(13, 52, 1), square(13.4, 52.4, 0.1)}}},
		{ID: "b", Name: "Beta", Parts: [][]trip.Ring{{square(-179.123456789, -10, 1)}, {square(170, -10, 2)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return zones
}

func replace(t *testing.T, s ZoneStore, zones []trip.Zone) trip.Zones {
	t.Helper()
	saved, err := s.Replace(t.Context(), func(current trip.Zones) (trip.Zones, error) {
		return trip.Zones{Version: current.Version + 1, At: now, Zones: zones}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func noZones(t *testing.T, open OpenZones) {
	s, _ := open(t)
	z, err := s.Zones(t.Context())
	v, versionErr := s.Version(t.Context())
	if err != nil || versionErr != nil || z.Version != 0 || v != 0 || len(z.Zones) != 0 {
		t.Errorf("got %+v, %v; version %d, %v", z, err, v, versionErr)
	}
}

func zonesRoundTrip(t *testing.T, open OpenZones) {
	s, again := open(t)
	want := replace(t, s, drawn(t))
	got, err := again().Zones(t.Context())
	if err != nil || got.Version != 1 || !got.At.Equal(now) || !got.Same(want.Zones) || len(got.Zones) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	if v, err := again().Version(t.Context()); err != nil || v != 1 {
		t.Errorf("version %d, %v", v, err)
	}
	replace(t, s, nil)
	if got, err := again().Zones(t.Context()); err != nil || got.Version != 2 || len(got.Zones) != 0 {
		t.Errorf("emptied: %+v, %v", got, err)
	}
	if h, err := s.History(t.Context()); err != nil || len(h) != 2 || h[0].Version != 1 || len(h[0].Data) == 0 {
		t.Errorf("events %+v, %v", h, err)
	}
}

func zonesRollback(t *testing.T, open OpenZones) {
	s, _ := open(t)
	replace(t, s, drawn(t))
	no := errors.New("no")
	if _, err := s.Replace(t.Context(), func(z trip.Zones) (trip.Zones, error) { z.Version++; return z, no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	same, err := s.Replace(t.Context(), func(z trip.Zones) (trip.Zones, error) { return z, nil })
	if err != nil || same.Version != 1 {
		t.Errorf("got %+v, %v", same, err)
	}
	if h, err := s.History(t.Context()); err != nil || len(h) != 1 {
		t.Errorf("%d events, %v", len(h), err)
	}
}

func zonesRace(t *testing.T, open OpenZones) {
	s, again := open(t)
	stores := []ZoneStore{s, again()}
	zones := drawn(t)
	race(t, nil, func(i int) error {
		_, err := stores[i%2].Replace(t.Context(), func(z trip.Zones) (trip.Zones, error) {
			if int(z.Version)%2 != len(z.Zones)/2 {
				return z, errors.New("a set of another version")
			}
			return trip.Zones{Version: z.Version + 1, At: now, Zones: zones[:2-len(z.Zones)]}, nil
		})
		return err
	})
	if v, err := s.Version(t.Context()); err != nil || v != racers {
		t.Errorf("version %d, %v", v, err)
	}
}
