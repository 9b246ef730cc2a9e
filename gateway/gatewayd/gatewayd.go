// Package gatewayd makes the gateway run.
package gatewayd

import (
	"context"
	"net/http"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
	"freecar/gateway/internal/adapter/user"
	"freecar/gateway/internal/export"
	"freecar/gateway/internal/revocations"
	"freecar/gateway/internal/transport"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
	"freecar/user/userapi"
)

// Config is what a gateway is made of.
type Config struct {
	Obs      obs.Obs
	Verifier gateway.Verifier
	Clock    clock.Clock
	// Peers are the services by name: "user", "car", … They stay the caller's.
	Peers map[string]kitx.Peer
	// Revocations is the way to the user service's list of what is revoked: one of its own,
	// so that what clients cause on the usual one does not keep the list from its news.
	// nil is the usual one.
	Revocations kitx.Peer
	// Health is what /healthz and /readyz answer.
	Health *serve.Health
	// Unlimited switches the rate limits off: for tests and load.
	Unlimited bool
}

// Gateway is a gateway that runs. Close it when it gets no more requests.
type Gateway struct {
	server  *transport.Server
	limiter *memory.Limiter
	revoked *revocations.List
}

// New makes a gateway; it lets nobody in before Run has loaded what is revoked. It fails when a service of the route table has no peer.
func New(c Config) (*Gateway, error) {
	limiter := memory.NewLimiter()
	if c.Revocations == nil {
		c.Revocations = c.Peers[userapi.Name]
	}
	revoked := revocations.New(user.NewRevocations(c.Revocations), c.Clock, c.Obs)
	config := transport.Config{
		Obs: c.Obs, Table: gateway.Table(), Verifier: c.Verifier, Revoked: revoked,
		Limiter: limiter, Limits: gateway.DefaultLimits(),
		Peers: c.Peers, Health: c.Health, Export: export.New(c.Peers, c.Clock).Export,
	}
	if c.Unlimited {
		config.Limiter = nil
	}
	server, err := transport.NewServer(config)
	if err != nil {
		return nil, err
	}
	return &Gateway{server: server, limiter: limiter, revoked: revoked}, nil
}

// Handler answers clients.
func (g *Gateway) Handler() http.Handler { return g.server }

// Specs lists the operations that clients may call.
func (g *Gateway) Specs() []kitx.Spec { return g.server.Specs() }

// Run follows what is revoked until ctx ends.
func (g *Gateway) Run(ctx context.Context) error { return g.revoked.Run(ctx) }

// Loaded is closed once Run knows all that is revoked: before, requests of who is signed
// in are 503.
func (g *Gateway) Loaded() <-chan struct{} { return g.revoked.Loaded() }

// CloseStreams ends the streams under way: they have no deadline, and a listener that
// stops would wait for them.
func (g *Gateway) CloseStreams() { g.server.CloseStreams() }

// Close forgets the rate limits' counts.
func (g *Gateway) Close() error { return g.limiter.Close() }
