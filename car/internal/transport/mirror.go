package transport

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/events"
	"freecar/internal/repeat"
)

const (
	sweepEvery = 30 * time.Second
	// retryAfter is the pause after a failure of the bus or the store.
	retryAfter = time.Second
)

// Learner is whom a mirror tells; see car.Fleet.
type Learner interface {
	Learn(c car.Car)
	Spotted(carID string, s car.Sighting)
	Load(ctx context.Context, since time.Time) (began time.Time, err error)
}

// Mirror keeps an instance up to date with what others do to cars: it follows the feed
// of events, loads everything when the feed begins or has a gap, and sweeps up what
// changed lately. Views of a car merge in any order, so nothing has to be held back
// while it loads, and a missing version needs no rereading: each event is the whole car.
type Mirror struct {
	bus    events.Bus
	to     Learner
	logger log.Logger
	reload chan struct{}
	loaded atomic.Bool
	// purge, when there is one, is an event type of others and says whether such an event
	// wants all cars loaded anew.
	purge  string
	purges func(events.Event) bool
}

// NewMirror makes a mirror that has not begun.
func NewMirror(bus events.Bus, to Learner, logger log.Logger) *Mirror {
	return &Mirror{bus: bus, to: to, logger: logger, reload: make(chan struct{}, 1)}
}

// PurgeOn makes events of another type load all cars anew, when wanted says so of one: what
// the index knows is brought up to what the store has. Call it before Run.
func (m *Mirror) PurgeOn(eventType string, wanted func(events.Event) bool) {
	m.purge, m.purges = eventType, wanted
}

// Ready says that all cars were loaded once.
func (m *Mirror) Ready() bool { return m.loaded.Load() }

// Run mirrors until ctx ends.
func (m *Mirror) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { m.follow(ctx); return nil })
	g.Go(func() error { m.load(ctx); return nil })
	return g.Wait()
}

// follow feeds until ctx ends; after a failure it begins anew, and so does the loading.
func (m *Mirror) follow(ctx context.Context) {
	types := []string{events.Type(carapi.Name, carapi.EventMoved)}
	for _, kind := range car.EventKinds {
		types = append(types, events.Type(carapi.Name, string(kind)))
	}
	if m.purge != "" {
		types = append(types, m.purge)
	}
	for ctx.Err() == nil {
		if err := m.bus.Feed(ctx, types, m.wantAll, m.wantAll, m.take); err != nil {
			level.Warn(m.logger).Log("msg", "the feed of car events broke off", "err", err)
			repeat.Rest(ctx, retryAfter)
		}
	}
}

// wantAll asks for everything to be loaded; asking twice before it begins is asking once.
func (m *Mirror) wantAll() {
	select {
	case m.reload <- struct{}{}:
	default:
	}
}

func (m *Mirror) take(e events.Event) {
	if err := m.tell(e); err != nil {
		level.Error(m.logger).Log("msg", "an event cannot be read", "type", e.Type, "id", e.ID(), "err", err)
	}
}

func (m *Mirror) tell(e events.Event) error {
	if e.Type == m.purge {
		if m.purges(e) {
			m.wantAll()
		}
		return nil
	}
	if e.Type == events.Type(carapi.Name, carapi.EventMoved) {
		carID, s, err := endpoint.MovedOf(e)
		if err == nil {
			m.to.Spotted(carID, s)
		}
		return err
	}
	c, err := endpoint.CarOf(e)
	if err == nil {
		m.to.Learn(c)
	}
	return err
}

func (m *Mirror) load(ctx context.Context) {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	var last time.Time // zero until all was loaded
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.reload:
			last = time.Time{}
		case <-sweep.C:
		}
		began, err := m.to.Load(ctx, last)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			level.Warn(m.logger).Log("msg", "cars cannot be loaded", "err", err)
			repeat.Rest(ctx, retryAfter)
			m.wantAll()
		default:
			last = began
			m.loaded.Store(true)
		}
	}
}
