// Package blobd wires the blob service: from its configuration to something that runs.
package blobd

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/blob/internal/adapter/dir"
	"freecar/blob/internal/adapter/sqlite"
	"freecar/blob/internal/endpoint"
	"freecar/blob/internal/transport"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/repeat"
	"freecar/user/userapi"
)

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file, Directory that of the objects' bytes.
	Path, Directory string
	// PublicURL is where clients reach the platform: signed addresses begin with it.
	PublicURL string
	// URLKey signs addresses: 32 bytes or more.
	URLKey []byte
	// SweepEvery is the pause between sweeps; 0 is a minute.
	SweepEvery time.Duration
	Obs        obs.Obs
	Clock      clock.Clock
	IDs        ids.Source
	Bus        events.Bus
	Authority  *assertion.Authority
}

// erasures is what it hears of the user service.
var erasures = userapi.Erasures{Consumer: "blob.erasures"}

// Service is a blob service that is wired.
type Service struct {
	config  Config
	objects *sqlite.Objects
	bytes   *dir.Objects
	vault   *blob.Vault
	server  *kitx.Server
}

// New opens the stores and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.SweepEvery == 0 {
		c.SweepEvery = time.Minute
	}
	signer, err := blob.NewSigner(c.URLKey, c.PublicURL)
	if err != nil {
		return nil, err
	}
	bytes, err := dir.Open(c.Directory, c.Clock)
	if err != nil {
		return nil, err
	}
	objects, err := sqlite.NewObjects(ctx, c.Path, endpoint.Event)
	if err != nil {
		return nil, errors.Join(err, bytes.Close())
	}
	s := &Service{config: c, objects: objects, bytes: bytes}
	if err := erasures.Declare(ctx, c.Bus); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.vault = blob.NewVault(blob.Config{Objects: objects, Store: bytes, Links: signer, Clock: c.Clock, IDs: c.IDs, Log: s.log})
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, blobapi.Name)})
	transport.Mount(s.server, endpoint.New(s.vault), blob.NewDoor(s.vault, signer))
	return s, nil
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

// Run works in the background until ctx ends: it publishes, sweeps and hears of erasures.
func (s *Service) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	bus, logger := s.config.Bus, s.config.Obs.Logger
	g.Go(func() error { return s.objects.Outbox().Relay(running, bus, logger) })
	g.Go(func() error { return s.objects.Outbox().Watch(running, s.config.Obs) })
	g.Go(func() error { return erasures.Consume(running, bus, s.vault.EraseOwner) })
	g.Go(func() error {
		return repeat.AtOnce(running, logger, s.config.SweepEvery, "a sweep failed", s.vault.Sweep)
	})
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return nil // it was told to end, maybe before it had begun
}

// Close closes the stores; Run has returned.
func (s *Service) Close() error { return errors.Join(s.objects.Close(), s.bytes.Close()) }

func (s *Service) log(ctx context.Context, msg, id string, err error) {
	_ = level.Warn(s.config.Obs.Logger).Log("msg", msg, "object", id, "err", err,
		"request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}
