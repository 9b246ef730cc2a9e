package trip

import (
	"context"
	"sync"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/geo"
)

// ZoneStore keeps the set of zones, which is one document.
type ZoneStore interface {
	// Zones is the set; with Version 0 before the first was saved.
	Zones(ctx context.Context) (Zones, error)
	// Version is that of the set, without reading it.
	Version(ctx context.Context) (int64, error)
	// Replace saves the set that change makes of the current one, with its event in one
	// write, and returns it as saved. A version that is not higher saves nothing; an error
	// of change is returned as it is and saves nothing; change may run more than once.
	Replace(ctx context.Context, change func(current Zones) (Zones, error)) (Zones, error)
}

// What staff are told whose set of zones is not the current one.
var (
	ErrZonesMatch   = errs.E(errs.Precondition, "precondition_failed", "The zones have changed since; read them again and send their new ETag.")
	ErrZonesChanged = errs.E(errs.Conflict, "zones_changed", "The zones have changed since this version; read them again.")
)

// zonesFor is how long an instance goes by a set before it looks whether another has
// replaced it.
const zonesFor = time.Second

// Zoning is what the service offers about zones. It keeps the current set ready in
// memory, so that asking costs microseconds.
type Zoning struct {
	store ZoneStore
	clock clock.Clock

	mu      sync.Mutex
	ready   *zoneMap
	checked time.Time
}

// NewZoning makes the use cases.
func NewZoning(store ZoneStore, clock clock.Clock) *Zoning {
	return &Zoning{store: store, clock: clock}
}

// ReplaceZones asks for another set.
type ReplaceZones struct {
	Outlines []Outline
	// BasedOn is the version that this was made from; nil is whichever is current.
	BasedOn *int64
	// Match is the If-Match of the request: the current version must be among these; nil
	// without one.
	Match []int64
	// DryRun asks what would come of it.
	DryRun bool
}

// Zones is the current set.
func (s *Zoning) Zones(ctx context.Context) (Zones, error) { return s.store.Zones(ctx) }

// Replace makes a set the current one. The same set again changes nothing, whatever
// version it is based on: so a repetition of a request answers as the first. A dry run
// has the same answer and makes nothing.
// Errors: Invalid, ErrZonesMatch, ErrZonesChanged.
func (s *Zoning) Replace(ctx context.Context, c ReplaceZones) (Zones, error) {
	zones, err := DrawZones(c.Outlines)
	if err != nil {
		return Zones{}, err
	}
	next := func(current Zones) (Zones, error) {
		if current.Same(zones) && current.Version > 0 {
			return current, nil
		}
		if err := c.check(current.Version); err != nil {
			return Zones{}, err
		}
		return Zones{Version: current.Version + 1, At: s.clock.Now(), Zones: zones}, nil
	}
	if c.DryRun {
		current, err := s.store.Zones(ctx)
		if err != nil {
			return Zones{}, err
		}
		return next(current)
	}
	saved, err := s.store.Replace(ctx, next)
	if err == nil {
		s.take(saved)
	}
	return saved, err
}

func (c ReplaceZones) check(version int64) error {
	if c.Match != nil {
		matched := false
		for _, v := range c.Match {
			matched = matched || v == version
		}
		if !matched {
			return ErrZonesMatch
		}
	}
	if c.BasedOn != nil && *c.BasedOn != version {
		return ErrZonesChanged
	}
	return nil
}

// EndRefusals are all reasons of the zones why a trip cannot end at a place: no_parking
// for each zone that forbids it, outside_zone for a place in none that allows it. Another
// instance's set is taken within a second.
func (s *Zoning) EndRefusals(ctx context.Context, at geo.Position) ([]errs.Field, error) {
	m, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	return m.refusals(at), nil
}

func (s *Zoning) current(ctx context.Context) (*zoneMap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if s.ready != nil && now.Sub(s.checked) < zonesFor && !now.Before(s.checked) {
		return s.ready, nil
	}
	version, err := s.store.Version(ctx)
	if err != nil {
		return nil, err
	}
	if s.ready == nil || s.ready.version != version {
		zones, err := s.store.Zones(ctx)
		if err != nil {
			return nil, err
		}
		s.ready = newZoneMap(zones)
	}
	s.checked = now
	return s.ready, nil
}

// take goes by a set that was saved here, unless a later one is known.
func (s *Zoning) take(z Zones) {
	m := newZoneMap(z)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready == nil || s.ready.version < m.version {
		s.ready, s.checked = m, s.clock.Now()
	}
}
