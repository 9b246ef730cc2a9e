package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/go-kit/kit/sd"

	"freecar/blob/blobapi"
	"freecar/blob/blobd"
	"freecar/car/carapi"
	"freecar/car/card"
	"freecar/gateway/gatewayd"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/ids"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/serve"
	"freecar/profile/profileapi"
	"freecar/profile/profiled"
	"freecar/trip/tripapi"
	"freecar/trip/tripd"
	"freecar/user/userapi"
	"freecar/user/userd"
)

// platform is the whole company in one process: some instances of each service on
// embedded parts, which call each other over the in-process network.
type platform struct {
	options platformOptions
	network *inproc.Network
	bus     *sqlitebus.Bus
	keys    keys.Set
	mint    *assertion.Authority
	process *serve.Process
	users   []*userd.Service
	gateway *gatewayd.Gateway
}

type platformOptions struct {
	DataDir   string
	PublicURL string
	Limits    bool
	Instances int
	Obs       *obs.Platform
	Clock     clock.Clock
	Tuning    peer.Tuning
	Health    *serve.Health
}

// tokensKept is how many access tokens the gateway remembers as verified.
const tokensKept = 10_000

// service is what all services have in common once they are wired.
type service interface {
	Handler() http.Handler
	Run(context.Context) error
	Close() error
}

// newPlatform opens the stores, wires all services and starts their background work.
// Everything stops with the process.
func newPlatform(ctx context.Context, o platformOptions, process *serve.Process) (*platform, error) {
	p := &platform{options: o, network: inproc.NewNetwork(), process: process}
	var err error
	if p.keys, err = keys.LoadOrCreate(filepath.Join(o.DataDir, "keys", "keys.json")); err != nil {
		return nil, err
	}
	p.mint = assertion.NewAuthority(p.keys.Assertion, o.Clock)
	if p.bus, err = sqlitebus.Open(ctx, p.file("bus"), o.Clock); err != nil {
		return nil, err
	}
	process.OnStop("bus", func(context.Context) error { return p.bus.Close() })

	for _, start := range []func(context.Context, int) error{p.startBlob, p.startUser, p.startProfile, p.startCar, p.startTrip} {
		for i := range o.Instances {
			if err := start(ctx, i); err != nil {
				return nil, err
			}
		}
	}
	return p, p.startGateway(ctx)
}

func (p *platform) file(service string) string {
	return filepath.Join(p.options.DataDir, service+".db")
}

func address(service string, instance int) string {
	return fmt.Sprintf("%s-%d.internal", service, instance)
}

// peer calls a service in the name of another.
func (p *platform) peer(caller, callee string) *peer.Peer {
	var instances sd.FixedInstancer
	for i := range p.options.Instances {
		instances = append(instances, address(callee, i))
	}
	to := peer.New(peer.Config{
		Caller: caller, Callee: callee, Instances: instances, Transport: p.network,
		Authority: p.mint, Obs: p.options.Obs.For(caller), Tuning: p.options.Tuning,
	})
	p.process.OnStop(caller+" → "+callee, func(context.Context) error { to.Close(); return nil })
	return to
}

// run puts a wired service on the network and starts its background work.
func (p *platform) run(name string, instance int, s service) {
	at := address(name, instance)
	p.process.OnStop(at, func(context.Context) error { return s.Close() })
	p.network.Listen(at, s.Handler())
	p.process.Go(at+" background", s.Run)
}

func (p *platform) startBlob(ctx context.Context, i int) error {
	s, err := blobd.New(ctx, blobd.Config{
		Path: p.file(blobapi.Name), Directory: filepath.Join(p.options.DataDir, "objects"), PublicURL: p.options.PublicURL, URLKey: p.keys.URL,
		Obs: p.options.Obs.For(blobapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
	if err == nil {
		p.run(blobapi.Name, i, s)
	}
	return err
}

func (p *platform) startUser(ctx context.Context, i int) error {
	s, err := userd.New(ctx, userd.Config{
		Path: p.file(userapi.Name), Keys: p.keys.Signing,
		Obs: p.options.Obs.For(userapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
	if err == nil {
		p.users = append(p.users, s)
		p.run(userapi.Name, i, s)
	}
	return err
}

func (p *platform) startProfile(ctx context.Context, i int) error {
	s, err := profiled.New(ctx, profiled.Config{
		Path: p.file(profileapi.Name), Blobs: p.peer(profileapi.Name, blobapi.Name),
		Obs: p.options.Obs.For(profileapi.Name), Clock: p.options.Clock, Bus: p.bus, Authority: p.mint,
	})
	if err == nil {
		p.run(profileapi.Name, i, s)
	}
	return err
}

func (p *platform) startCar(ctx context.Context, i int) error {
	s, err := card.New(ctx, card.Config{
		Path: p.file(carapi.Name), Trips: p.peer(carapi.Name, tripapi.Name),
		Obs: p.options.Obs.For(carapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
	if err == nil {
		p.run(carapi.Name, i, s)
	}
	return err
}

func (p *platform) startTrip(ctx context.Context, i int) error {
	s, err := tripd.New(ctx, tripd.Config{
		Path: p.file(tripapi.Name),
		Cars: p.peer(tripapi.Name, carapi.Name), Users: p.peer(tripapi.Name, userapi.Name), Profiles: p.peer(tripapi.Name, profileapi.Name),
		Obs: p.options.Obs.For(tripapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
	if err == nil {
		p.run(tripapi.Name, i, s)
	}
	return err
}

func (p *platform) startGateway(ctx context.Context) (err error) {
	verifier, err := token.NewVerifier(p.keys.Public(), p.options.Clock)
	if err != nil {
		return err
	}
	cached, err := token.NewCached(verifier, tokensKept)
	if err != nil {
		return err
	}
	peers := map[string]kitx.Peer{}
	for _, name := range []string{blobapi.Name, userapi.Name, profileapi.Name, carapi.Name, tripapi.Name} {
		peers[name] = p.peer("gateway", name)
	}
	p.gateway, err = gatewayd.New(gatewayd.Config{
		Obs: p.options.Obs.For("gateway"), Verifier: cached, Clock: p.options.Clock, Peers: peers,
		Health: p.options.Health, Unlimited: !p.options.Limits,
	})
	if err != nil {
		return err
	}
	p.process.OnStop("limits", func(context.Context) error { return p.gateway.Close() })
	p.process.Go("revocations", p.gateway.Run)
	select {
	case <-p.gateway.Loaded():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
