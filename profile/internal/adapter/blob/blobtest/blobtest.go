// Package blobtest is a blob service for tests: it keeps its contract as far as profile
// can see, and its uploads come when the test says so.
package blobtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/blob/blobapi"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/wire"
)

// Expires is when all its addresses do.
var Expires = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

// Service is the blob service. It is safe for concurrent use.
type Service struct {
	// Peer calls it as the profile service.
	Peer *peer.Peer

	network *inproc.Network
	server  *kitx.Server

	mu     sync.Mutex
	states map[string]string
}

const address = "blob-1"

// New starts one; Close it.
func New() *Service {
	s := &Service{network: inproc.NewNetwork(), states: map[string]string{}}
	authority := assertion.NewAuthority([]byte(strings.Repeat("k", 32)), clock.System{})
	shown := obs.Discard()
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: shown.For(blobapi.Name), Identify: kitx.Asserted(authority.Check, blobapi.Name)})
	blobapi.Create.Mount(s.server, s.create)
	blobapi.GetURL.Mount(s.server, s.getURL)
	blobapi.Delete.Mount(s.server, s.delete)
	s.Up()
	s.Peer = peer.New(peer.Config{Caller: "profile", Callee: blobapi.Name, Instances: sd.FixedInstancer{address},
		Transport: s.network, Authority: authority, Obs: shown.For("profile"), Tuning: peer.Tuning{MinCalls: 1_000_000}})
	return s
}

// Close ends it.
func (s *Service) Close() { s.Peer.Close() }

// Down makes it unreachable.
func (s *Service) Down() { s.network.Close(address) }

// Up makes it reachable again.
func (s *Service) Up() { s.network.Listen(address, s.server) }

// Uploaded lets the upload of an object come.
func (s *Service) Uploaded(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states[id] = blobapi.StateStored
}

// Objects are the ids of what is there.
func (s *Service) Objects() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	there := map[string]bool{}
	for id := range s.states {
		there[id] = true
	}
	return there
}

func (s *Service) create(_ context.Context, r blobapi.CreateRequest) (blobapi.Room, error) {
	if !strings.HasPrefix(r.ContentType, "image/") {
		return blobapi.Room{}, errs.Invalidf("content_type", "invalid", "It must be an image.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := ids.Random{}.New()
	s.states[id] = blobapi.StatePending
	return blobapi.Room{BlobID: id, Upload: blobapi.UploadRequest{Method: "PUT", URL: "http://blob/" + id + "?put",
		Headers: map[string]string{"Content-Type": r.ContentType}, ExpiresAt: wire.FromTime(Expires)}}, nil
}

func (s *Service) getURL(_ context.Context, r blobapi.ObjectRequest) (blobapi.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, there := s.states[r.ID]
	if !there {
		return blobapi.Link{}, errs.Missing("object")
	}
	return blobapi.Link{URL: "http://blob/" + r.ID + "?get", ExpiresAt: wire.FromTime(Expires), State: state}, nil
}

func (s *Service) delete(_ context.Context, r blobapi.ObjectRequest) (kitx.None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.states[r.ID]; !there {
		return kitx.None{}, errs.Missing("object")
	}
	delete(s.states, r.ID)
	return kitx.None{}, nil
}
