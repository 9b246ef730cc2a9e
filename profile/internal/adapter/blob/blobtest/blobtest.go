// Package blobtest is a blob service for tests: it keeps its contract as far as profile
// can see, and its uploads come when the test says so.
package blobtest

import (
	"context"
	"maps"
	"slices"
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

	mu      sync.Mutex
	states  map[string]string
	changed chan struct{} // closed and replaced at each change
}

const address = "blob-1"

// New starts one; Close it.
func New() *Service {
	s := &Service{network: inproc.NewNetwork(), states: map[string]string{}, changed: make(chan struct{})}
	authority := assertion.NewAuthority([]byte(strings.Repeat("k", 32)), clock.System{})
	shown := obs.Discard()
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: shown.For(blobapi.Name), Identify: kitx.Asserted(authority.Check, blobapi.Name)})
	blobapi.Create.Mount(s.server, s.create)
	blobapi.GetURL.Mount(s.server, s.getURL)
	blobapi.GetContent.Mount(s.server, s.getContent)
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
	s.set(id, blobapi.StateStored)
}

// Objects are the ids of what is there, sorted.
func (s *Service) Objects() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.states))
}

// Await blocks until these objects, and no others, are there. Errors: ctx's.
func (s *Service) Await(ctx context.Context, ids ...string) error {
	slices.Sort(ids)
	for {
		s.mu.Lock()
		there, changed := slices.Sorted(maps.Keys(s.states)), s.changed
		s.mu.Unlock()
		if slices.Equal(there, ids) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// set changes an object, to nothing with an empty state; mu is held.
func (s *Service) set(id, state string) {
	s.states[id] = state
	if state == "" {
		delete(s.states, id)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Service) create(_ context.Context, r blobapi.CreateRequest) (blobapi.Room, error) {
	if !strings.HasPrefix(r.ContentType, "image/") {
		return blobapi.Room{}, errs.Invalidf("content_type", "invalid", "It must be an image.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := ids.Random{}.New()
	s.set(id, blobapi.StatePending)
	return blobapi.Room{BlobID: id, Upload: wire.Upload{Method: "PUT", URL: "http://blob/" + id + "?put",
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

// Content is the bytes of every uploaded object.
const Content = "a photo"

func (s *Service) getContent(_ context.Context, r blobapi.ObjectRequest) (blobapi.Content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states[r.ID] != blobapi.StateStored {
		return blobapi.Content{}, errs.Missing("object")
	}
	return blobapi.Content{ContentType: "image/png", Bytes: []byte(Content)}, nil
}

func (s *Service) delete(_ context.Context, r blobapi.ObjectRequest) (kitx.None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.states[r.ID]; !there {
		return kitx.None{}, errs.Missing("object")
	}
	s.set(r.ID, "")
	return kitx.None{}, nil
}
