// Package profiled wires the profile service: from its configuration to something that
// runs.
package profiled

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/profile"
	"freecar/profile/internal/adapter/blob"
	"freecar/profile/internal/adapter/sqlite"
	"freecar/profile/internal/endpoint"
	"freecar/profile/internal/transport"
	"freecar/profile/profileapi"
)

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file.
	Path string
	// AdultAge is how old a driver must be, in years; 0 is 18.
	AdultAge int
	// PhotoRequired says that no licence is approved without a photo.
	PhotoRequired bool
	Obs           obs.Obs
	Clock         clock.Clock
	Bus           events.Bus
	Authority     *assertion.Authority
	// Blobs is the service it calls.
	Blobs kitx.Peer
}

const adultAge = 18

// Service is a profile service that is wired.
type Service struct {
	config    Config
	licences  *sqlite.Licences
	endpoints endpoint.Endpoints
	server    *kitx.Server
}

// New opens the store and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.AdultAge == 0 {
		c.AdultAge = adultAge
	}
	if err := transport.Declare(ctx, c.Bus); err != nil {
		return nil, err
	}
	licences, err := sqlite.NewLicences(ctx, c.Path, endpoint.Event)
	if err != nil {
		return nil, err
	}
	registry := profile.NewRegistry(profile.Config{
		Licences: licences, Photos: blob.NewPhotos(c.Blobs), Clock: c.Clock,
		Policy: profile.Policy{AdultAge: c.AdultAge, PhotoRequired: c.PhotoRequired},
	})
	s := &Service{config: c, licences: licences, endpoints: endpoint.New(registry)}
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, profileapi.Name)})
	transport.Mount(s.server, s.endpoints)
	return s, nil
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

// Run works in the background until ctx ends: it publishes, and deletes dropped photos.
func (s *Service) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return s.licences.Outbox().Relay(running, s.config.Bus, s.config.Obs.Logger) })
	g.Go(func() error { return s.licences.Outbox().Watch(running, s.config.Obs) })
	g.Go(func() error { return transport.Consume(running, s.config.Bus, s.endpoints) })
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return nil // it was told to end, maybe before it had begun
}

// Close closes the store; Run has returned.
func (s *Service) Close() error { return s.licences.Close() }
