// Package profiled wires the profile service: from its configuration to something that
// runs.
package profiled

import (
	"context"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"freecar/blob/blobapi"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/repeat"
	"freecar/profile"
	"freecar/profile/internal/adapter/baidu"
	"freecar/profile/internal/adapter/blob"
	"freecar/profile/internal/adapter/sqlite"
	"freecar/profile/internal/endpoint"
	"freecar/profile/internal/transport"
	"freecar/profile/profileapi"
	"freecar/user/userapi"
)

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file.
	Path string
	// AdultAge is how old a driver must be, in years; 0 is 18.
	AdultAge int
	// PhotoRequired says that no licence is approved without a photo.
	PhotoRequired bool
	// Reader reads photos of licences; nil leaves them to a person.
	Reader    *Reader
	Obs       obs.Obs
	Clock     clock.Clock
	Bus       events.Bus
	Authority *assertion.Authority
	// Blobs is the service it calls.
	Blobs kitx.Peer
}

// Reader is a licence reader of Baidu's.
type Reader struct {
	// BaseURL is where it is; empty is Baidu's own.
	BaseURL string
	// APIKey and SecretKey are the application's there.
	APIKey, SecretKey string
	// ApproveMatching lets it approve a licence whose photo says all that its rider said.
	ApproveMatching bool
	// Every is the pause between two looks for photos to read; 0 is 2 s.
	Every time.Duration
}

const (
	adultAge  = 18
	readEvery = 2 * time.Second
)

// What it hears of others.
var (
	uploads  = blobapi.Uploads{Consumer: "profile.uploads", Purpose: blobapi.LicencePhoto}
	erasures = userapi.Erasures{Consumer: "profile.erasures"}
)

// Service is a profile service that is wired.
type Service struct {
	config    Config
	licences  *sqlite.Licences
	registry  *profile.Registry
	endpoints endpoint.Endpoints
	server    *kitx.Server
	reader    *baidu.Reader // nil for none
}

// New opens the store and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (_ *Service, err error) {
	if c.AdultAge == 0 {
		c.AdultAge = adultAge
	}
	for _, declare := range []func(context.Context, events.Bus) error{transport.Declare, uploads.Declare, erasures.Declare} {
		if err := declare(ctx, c.Bus); err != nil {
			return nil, err
		}
	}
	s := &Service{config: c}
	if s.reader, err = newReader(c); err != nil {
		return nil, err
	}
	if s.licences, err = sqlite.NewLicences(ctx, c.Path, endpoint.Event); err != nil {
		return nil, err
	}
	domain := profile.Config{Licences: s.licences, Photos: blob.NewPhotos(c.Blobs), Clock: c.Clock, Log: s.log,
		Policy: profile.Policy{AdultAge: c.AdultAge, PhotoRequired: c.PhotoRequired}}
	if s.reader != nil {
		domain.Reader, domain.Policy.ApproveMatching = s.reader, c.Reader.ApproveMatching
	}
	s.registry = profile.NewRegistry(domain)
	s.endpoints = endpoint.New(s.registry)
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, profileapi.Name)})
	transport.Mount(s.server, s.endpoints)
	return s, nil
}

func newReader(c Config) (*baidu.Reader, error) {
	if c.Reader == nil {
		return nil, nil
	}
	if c.Reader.Every == 0 {
		c.Reader.Every = readEvery
	}
	return baidu.New(baidu.Config{BaseURL: c.Reader.BaseURL, APIKey: c.Reader.APIKey, SecretKey: c.Reader.SecretKey, Clock: c.Clock, Obs: c.Obs})
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

// Run works in the background until ctx ends: it publishes, hears of uploads and
// erasures, deletes dropped photos, and has the reader read.
func (s *Service) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	bus, logger := s.config.Bus, s.config.Obs.Logger
	g.Go(func() error { return s.licences.Outbox().Relay(running, bus, logger) })
	g.Go(func() error { return s.licences.Outbox().Watch(running, s.config.Obs) })
	g.Go(func() error { return transport.Consume(running, bus, s.endpoints) })
	g.Go(func() error { return uploads.Consume(running, bus, s.registry.PhotoStored) })
	g.Go(func() error { return erasures.Consume(running, bus, s.registry.Erase) })
	if s.reader != nil {
		g.Go(func() error {
			return repeat.AtOnce(running, logger, s.config.Reader.Every, "reading licences failed", s.registry.ReadPhotos)
		})
	}
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return nil // it was told to end, maybe before it had begun
}

func (s *Service) log(_ context.Context, msg, account string, err error) {
	_ = level.Warn(s.config.Obs.Logger).Log("msg", msg, "account", account, "err", err)
}

// Close closes the store; Run has returned.
func (s *Service) Close() error {
	if s.reader != nil {
		s.reader.Close()
	}
	return s.licences.Close()
}
