// Package tripd wires the trip service: from its configuration to something that runs.
package tripd

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/repeat"
	"freecar/trip"
	"freecar/trip/internal/adapter/carevents"
	"freecar/trip/internal/adapter/cars"
	"freecar/trip/internal/adapter/licences"
	"freecar/trip/internal/adapter/refunds"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/adapter/wallet"
	"freecar/trip/internal/endpoint"
	"freecar/trip/internal/transport"
	"freecar/trip/tripapi"
)

// Policy is what the company decides about rentals.
type Policy = trip.Policy

// StuckAfter is when staff see a rental that recovery does not get on with.
const StuckAfter = trip.StuckAfter

// DefaultPolicy is what holds unless it is configured otherwise.
func DefaultPolicy() Policy { return trip.DefaultPolicy() }

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file.
	Path      string
	Obs       obs.Obs
	Clock     clock.Clock
	IDs       ids.Source
	Bus       events.Bus
	Authority *assertion.Authority
	// Policy of rentals; nil is the default.
	Policy *Policy
	// The services it calls.
	Cars, Users, Profiles, Blobs kitx.Peer
}

// Service is a trip service that is wired.
type Service struct {
	config  Config
	trips   *sqlite.Trips
	rentals *trip.Rentals
	desk    *trip.Desk
	server  *kitx.Server
}

// New opens the store and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (*Service, error) {
	if err := errors.Join(carevents.Declare(ctx, c.Bus, tripapi.Name), refunds.Declare(ctx, c.Bus)); err != nil {
		return nil, err
	}
	trips, err := sqlite.NewTrips(ctx, c.Path, endpoint.Event)
	if err != nil {
		return nil, err
	}
	tariffs, err := newTariffs(ctx, c, trips)
	if err != nil {
		return nil, errors.Join(err, trips.Close())
	}
	policy := DefaultPolicy()
	if c.Policy != nil {
		policy = *c.Policy
	}
	s := &Service{config: c, trips: trips}
	s.rentals = trip.NewRentals(trip.Config{
		Trips: trips, Cars: cars.New(c.Cars), Licences: licences.New(c.Profiles), Wallet: wallet.New(c.Users),
		Tariffs: tariffs.pricing, Places: tariffs.zoning, Promotions: tariffs.campaigns, Refunds: sqlite.NewRefunds(trips),
		Clock: c.Clock, IDs: c.IDs, Policy: policy, Log: s.log,
	})
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, tripapi.Name)})
	transport.Mount(s.server, endpoint.New(s.rentals))
	tariffs.mount(s.server)
	if s.desk, err = newDesk(ctx, c, trips, s.server); err != nil {
		return nil, errors.Join(err, trips.Close())
	}
	return s, nil
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

const recoverEvery = time.Second

// Run works in the background until ctx ends: it publishes, consumes and recovers.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return erasures.Consume(ctx, s.config.Bus, s.erase) })
	g.Go(func() error { return carevents.Consume(ctx, s.config.Bus, tripapi.Name, s.rentals) })
	g.Go(func() error { return refunds.Consume(ctx, s.config.Bus, sqlite.NewRefunds(s.trips)) })
	g.Go(func() error { return s.trips.Outbox().Relay(ctx, s.config.Bus, s.config.Obs.Logger) })
	g.Go(func() error { return s.trips.Outbox().Watch(ctx, s.config.Obs) })
	g.Go(func() error {
		return repeat.AtOnce(ctx, s.config.Obs.Logger, recoverEvery, "what is due cannot be read", s.rentals.Recover)
	})
	g.Go(func() error {
		return repeat.AtOnce(ctx, s.config.Obs.Logger, watchEvery, "rentals cannot be counted", s.watch)
	})
	return g.Wait()
}

// erase forgets a person.
func (s *Service) erase(ctx context.Context, account string) error {
	return errors.Join(s.desk.EraseIssues(ctx, account), s.rentals.Forget(ctx, account))
}

// watchEvery is how often operators see how many rentals there are, and how many of them are stuck.
const watchEvery = 15 * time.Second

func (s *Service) watch(ctx context.Context) error {
	live, err := s.trips.CountLive(ctx)
	if err != nil {
		return err
	}
	for _, state := range trip.LiveStates() {
		s.config.Obs.Metrics.LiveRentals.WithLabelValues(string(state)).Set(float64(live[state]))
	}
	n, err := s.rentals.Stuck(ctx)
	if err != nil {
		return err
	}
	s.config.Obs.Metrics.StuckRentals.Set(float64(n))
	if n > 0 {
		_ = level.Warn(s.config.Obs.Logger).Log("msg", "rentals are stuck: freecar ops trips list --stuck shows those that are trips", "rentals", n)
	}
	return nil
}

// Close closes the store; Run has returned.
func (s *Service) Close() error { return s.trips.Close() }

func (s *Service) log(ctx context.Context, msg, tripID string, err error) {
	logger := level.Warn(s.config.Obs.Logger)
	if errors.Is(err, context.Canceled) {
		logger = level.Debug(s.config.Obs.Logger)
	}
	_ = logger.Log("msg", msg, "trip", tripID, "err", err, "request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}
