// Package card wires the car service: from its configuration to something that runs.
package card

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/car/internal/adapter/bus"
	"freecar/car/internal/adapter/nearby"
	"freecar/car/internal/adapter/sqlite"
	"freecar/car/internal/adapter/trips"
	"freecar/car/internal/adapter/userevents"
	"freecar/car/internal/endpoint"
	"freecar/car/internal/transport"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/repeat"
)

// Policy is what the company decides about its fleet.
type Policy = car.Policy

// DefaultPolicy is what holds unless it is configured otherwise.
func DefaultPolicy() Policy { return car.DefaultPolicy() }

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file.
	Path      string
	Obs       obs.Obs
	Clock     clock.Clock
	IDs       ids.Source
	Bus       events.Bus
	Authority *assertion.Authority
	// Policy of the fleet; nil is the default.
	Policy *car.Policy
	// Trips is the way to the trip service, which is asked about old claims; nil asks nobody.
	Trips kitx.Peer
}

// Service is a car service that is wired.
type Service struct {
	config   Config
	cars     *sqlite.Cars
	fleet    *car.Fleet
	commands *transport.CommandStreams
	mirror   *transport.Mirror
	server   *kitx.Server
}

// New opens the store and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (*Service, error) {
	if err := userevents.Declare(ctx, c.Bus, carapi.Name); err != nil {
		return nil, err
	}
	cars, err := sqlite.NewCars(ctx, c.Path, endpoint.Event, c.Clock)
	if err != nil {
		return nil, err
	}
	policy := car.DefaultPolicy()
	if c.Policy != nil {
		policy = *c.Policy
	}
	s := &Service{config: c, cars: cars}
	s.fleet = car.NewFleet(car.Config{
		Cars: cars, Index: nearby.New(policy), Announcer: bus.NewAnnouncer(c.Bus, endpoint.Moved, c.Clock, s.log), Trips: asked(c.Trips),
		Clock: c.Clock, IDs: c.IDs, Policy: policy, Log: s.log,
	})
	s.commands = transport.NewCommandStreams(s.fleet)
	s.mirror = transport.NewMirror(c.Bus, s.fleet, c.Obs.Logger)
	s.mirror.PurgeOn(userevents.CachePurged, userevents.PurgesCars)
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, carapi.Name)})
	transport.Mount(s.server, endpoint.New(s.fleet, policy), s.commands)
	return s, nil
}

func asked(peer kitx.Peer) car.Trips {
	if peer == nil {
		return nil
	}
	return trips.New(peer)
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

// Ready says that searches are answered from the whole fleet.
func (s *Service) Ready() bool { return s.mirror.Ready() }

// Drain ends the streams, which would otherwise keep a listener from closing.
func (s *Service) Drain() { s.commands.Close() }

// Upkeep, and how often.
const (
	expireEvery   = time.Second
	contactEvery  = 15 * time.Second
	questionEvery = time.Minute
)

// Run works in the background until ctx ends: it publishes, consumes, mirrors the other
// instances and keeps the fleet in order. Any number of instances may do so at once.
func (s *Service) Run(ctx context.Context) error {
	defer s.Drain()
	g, ctx := errgroup.WithContext(ctx)
	logger := s.config.Obs.Logger
	g.Go(func() error { return s.cars.Outbox().Relay(ctx, s.config.Bus, logger) })
	g.Go(func() error { return s.cars.Outbox().Watch(ctx, s.config.Obs) })
	g.Go(func() error { return s.mirror.Run(ctx) })
	g.Go(func() error { return userevents.Consume(ctx, s.config.Bus, carapi.Name, s.fleet) })
	g.Go(func() error {
		return repeat.Every(ctx, logger, expireEvery, "commands were not expired", s.fleet.ExpireCommands)
	})
	g.Go(func() error {
		return repeat.Every(ctx, logger, contactEvery, "silent cars were not swept", s.fleet.LoseContact)
	})
	g.Go(func() error {
		return repeat.Every(ctx, logger, contactEvery, "silent devices were not replaced", s.fleet.ReplaceDevices)
	})
	g.Go(func() error {
		return repeat.Every(ctx, logger, questionEvery, "old claims were not questioned", s.fleet.QuestionClaims)
	})
	return g.Wait()
}

// Close closes the store; Run has returned.
func (s *Service) Close() error {
	s.Drain()
	return s.cars.Close()
}

func (s *Service) log(ctx context.Context, msg, carID string, err error) {
	logger := level.Warn(s.config.Obs.Logger)
	if errors.Is(err, context.Canceled) {
		logger = level.Debug(s.config.Obs.Logger)
	}
	_ = logger.Log("msg", msg, "car", carID, "err", err, "request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}
