package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/go-kit/kit/sd"

	"freecar/car/card"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/inproc"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/serve"
	"freecar/trip/tripd"
	"freecar/user/userd"
)

// platform is what services are wired from, whether they share a process (dev) or not
// (serve): the store's folder, the bus, the keys and the way to one another.
type platform struct {
	options platformOptions
	process *serve.Process
	bus     *sqlitebus.Bus
	keys    keys.Set
	mint    *assertion.Authority
	// instances tells where a service runs, transport gets there.
	instances func(service string) sd.Instancer
	transport http.RoundTripper
	callees   []string // whom the services of this process call
	// gateway is that of this process, if it has one.
	gateway *edge
}

type platformOptions struct {
	DataDir   string
	PublicURL string
	Limits    bool
	// Instances of each service; serve has one of one.
	Instances int
	Keys      keys.Set
	Obs       *obs.Platform
	Clock     clock.Clock
	Tuning    peer.Tuning
	Health    *serve.Health
	WeChat    *userd.WeChat // nil: nobody signs in by it
	Rentals   *tripd.Policy // nil is the default
	Fleet     *card.Policy  // nil is the default
}

// openPlatform opens what services share: the embedded bus. The bus and the stores of a
// cluster come in here and in the functions of kinds; commands stay as they are. It stops
// with the process.
func openPlatform(ctx context.Context, o platformOptions, process *serve.Process) (*platform, error) {
	bus, err := sqlitebus.Open(ctx, filepath.Join(o.DataDir, "bus.db"), o.Clock)
	if err != nil {
		return nil, err
	}
	process.OnStop("bus", func(context.Context) error { return bus.Close() })
	return &platform{options: o, process: process, bus: bus, keys: o.Keys, mint: assertion.NewAuthority(o.Keys.Assertion, o.Clock)}, nil
}

// newPlatform is the whole company in one process: some instances of each service, which
// call each other over the in-process network, and their background work.
func newPlatform(ctx context.Context, o platformOptions, process *serve.Process) (*platform, error) {
	p, err := openPlatform(ctx, o, process)
	if err != nil {
		return nil, err
	}
	network := inproc.NewNetwork()
	p.transport, p.instances = network, p.fixed
	for _, k := range kinds {
		if k.name == gatewayName {
			continue // one door is enough, and it has a socket
		}
		for i := range o.Instances {
			s, err := k.wire(p, ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k.name, err)
			}
			at := address(k.name, i)
			p.run(at, s)
			network.Listen(at, s.Handler())
		}
	}
	if p.gateway, err = p.startGateway(); err != nil {
		return nil, err
	}
	p.run(gatewayName, p.gateway)
	select {
	case <-p.gateway.Loaded():
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func address(service string, instance int) string {
	return fmt.Sprintf("%s-%d.internal", service, instance)
}

func (p *platform) fixed(service string) sd.Instancer {
	var instances sd.FixedInstancer
	for i := range p.options.Instances {
		instances = append(instances, address(service, i))
	}
	return instances
}

// run starts the background work of a wired service.
func (p *platform) run(name string, s service) {
	p.process.OnStop(name, func(context.Context) error { return s.Close() })
	p.process.Go(name+" background", s.Run)
}

// peer calls a service in the name of another.
func (p *platform) peer(caller, callee string) *peer.Peer { return p.peerFor("", caller, callee) }

// peerFor is a peer that is set apart from the usual one.
func (p *platform) peerFor(purpose, caller, callee string) *peer.Peer {
	if !slices.Contains(p.callees, callee) {
		p.callees = append(p.callees, callee)
	}
	to := peer.New(peer.Config{
		Caller: caller, Callee: callee, For: purpose, Instances: p.instances(callee), Transport: p.transport,
		Authority: p.mint, Obs: p.options.Obs.For(caller), Tuning: p.options.Tuning,
	})
	p.process.OnStop(caller+" → "+callee, func(context.Context) error { to.Close(); return nil })
	return to
}

func (p *platform) file(service string) string {
	return filepath.Join(p.options.DataDir, service+".db")
}
