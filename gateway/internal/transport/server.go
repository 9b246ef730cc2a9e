// Package transport is the gateway's door: it mounts the routes of the table, each with
// its policies in front and its pass to the owning service behind.
package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
	"freecar/user/userapi"
)

// Config is what the door is made of.
type Config struct {
	Obs      obs.Obs
	Table    []gateway.Route
	Verifier gateway.Verifier
	Revoked  gateway.Revocations
	// Limiter counts requests; nil counts nothing.
	Limiter gateway.Limiter
	Limits  gateway.Limits
	// Peers are the services by name.
	Peers map[string]kitx.Peer
	// Export answers gateway.ExportMe.
	Export func(context.Context, kitx.None) (gateway.Export, error)
	Health *serve.Health
	// AtMost bounds the time of a request that is no stream, and of each piece of a long
	// body or answer; 0 is 30 s.
	AtMost time.Duration
}

const atMost = 30 * time.Second

const gatewayName = "gateway"

// Server is the door.
type Server struct{ kit *kitx.Server }

// NewServer mounts the table. It fails when a route's service has no peer.
func NewServer(c Config) (*Server, error) {
	if c.AtMost == 0 {
		c.AtMost = atMost
	}
	config := kitx.ServerConfig{Obs: c.Obs, Edge: true, Identify: bearer(c.Verifier, c.Revoked), AtMost: c.AtMost}
	if c.Limiter != nil {
		config.Before = newLimiting(c).before
	}
	server := kitx.NewServer(config)
	for _, route := range c.Table {
		if route.Service() == gatewayName {
			continue // answered below
		}
		peer := c.Peers[route.Service()]
		if peer == nil {
			return nil, fmt.Errorf("gateway: no peer for %s", route.Op)
		}
		kitx.NewRaw(route.Spec).Mount(server, (&pass{route: route, peer: peer, revoked: c.Revoked, patience: c.AtMost,
			tells: c.Limiter != nil && route.Op == userapi.SignIn.Spec().Op}).serve)
	}
	if c.Export != nil {
		gateway.ExportMe.Mount(server, c.Export)
	}
	mountHealth(server, c.Health)
	return &Server{kit: server}, nil
}

// ServeHTTP answers a request. Browsers shall not guess what an answer is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Content-Type-Options"] = nosniff
	s.kit.ServeHTTP(w, r)
}

var nosniff = []string{"nosniff"}

// Specs lists the operations mounted, in order.
func (s *Server) Specs() []kitx.Spec { return s.kit.Specs() }

// CloseStreams ends the streams under way, which have no deadline.
func (s *Server) CloseStreams() { s.kit.CloseStreams() }

// Health is answered here and counted by no limit.
var (
	live  = kitx.NewRaw(kitx.Spec{Op: "gateway.Live", Method: http.MethodGet, Path: "/healthz", Who: auth.Anyone(), Quiet: true})
	ready = kitx.NewRaw(kitx.Spec{Op: "gateway.Ready", Method: http.MethodGet, Path: "/readyz", Who: auth.Anyone(), Quiet: true})
)

func mountHealth(server *kitx.Server, health *serve.Health) {
	mount := func(route *kitx.Raw, answer http.HandlerFunc) {
		route.Mount(server, func(w http.ResponseWriter, r *http.Request) error {
			answer(w, r)
			return nil
		})
	}
	mount(live, health.Live)
	mount(ready, health.Ready)
}
