// Package gatewayd makes the gateway run.
package gatewayd

import (
	"net/http"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
	"freecar/gateway/internal/transport"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

// Config is what a gateway is made of.
type Config struct {
	Obs      obs.Obs
	Verifier gateway.Verifier
	// Peers are the services by name: "user", "car", … They stay the caller's.
	Peers map[string]kitx.Peer
	// Health is what /healthz and /readyz answer.
	Health *serve.Health
	// Unlimited switches the rate limits off: for tests and load.
	Unlimited bool
}

// Gateway is a gateway that runs. Close it when it gets no more requests.
type Gateway struct {
	server  *transport.Server
	limiter *memory.Limiter
}

// New makes a gateway. It fails when a service of the route table has no peer.
func New(c Config) (*Gateway, error) {
	limiter := memory.NewLimiter()
	config := transport.Config{
		Obs: c.Obs, Table: gateway.Table(), Verifier: c.Verifier,
		Limiter: limiter, Limits: gateway.DefaultLimits(),
		Peers: c.Peers, Health: c.Health,
	}
	if c.Unlimited {
		config.Limiter = nil
	}
	server, err := transport.NewServer(config)
	if err != nil {
		return nil, err
	}
	return &Gateway{server: server, limiter: limiter}, nil
}

// Handler answers clients.
func (g *Gateway) Handler() http.Handler { return g.server }

// Specs lists the operations that clients may call.
func (g *Gateway) Specs() []kitx.Spec { return g.server.Specs() }

// CloseStreams ends the streams under way: they have no deadline, and a listener that
// stops would wait for them.
func (g *Gateway) CloseStreams() { g.server.CloseStreams() }

// Close forgets the rate limits' counts.
func (g *Gateway) Close() error { return g.limiter.Close() }
