package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"freecar/blob/blobapi"
	"freecar/blob/blobd"
	"freecar/car/carapi"
	"freecar/car/card"
	"freecar/gateway/gatewayd"
	"freecar/internal/auth/token"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/peer"
	"freecar/profile/profileapi"
	"freecar/profile/profiled"
	"freecar/trip/tripapi"
	"freecar/trip/tripd"
	"freecar/user/userapi"
	"freecar/user/userd"
)

// service is what all services have in common once they are wired.
type service interface {
	Handler() http.Handler
	Run(context.Context) error
	Close() error
}

// isReady says whether s should get requests; one that has no opinion should.
func isReady(s service) bool {
	r, has := s.(interface{ Ready() bool })
	return !has || r.Ready()
}

// drain ends what would keep a listener from closing: streams.
func drain(s service) {
	if d, has := s.(interface{ Drain() }); has {
		d.Drain()
	}
}

// kind is a service as a process of its own: its name, what it is for, where it listens
// unless told otherwise, and how it is wired.
type kind struct {
	name, purpose string
	addr, ops     string
	wire          func(*platform, context.Context) (service, error)
}

const gatewayName = "gateway"

// kinds are all services, those that others call first.
var kinds = []kind{
	{blobapi.Name, "photos and their signed URLs", "127.0.0.1:7005", "127.0.0.1:9095", (*platform).startBlob},
	{userapi.Name, "accounts, sessions, devices, the ledger", "127.0.0.1:7001", "127.0.0.1:9091", (*platform).startUser},
	{profileapi.Name, "driver's licences and their verification", "127.0.0.1:7004", "127.0.0.1:9094", (*platform).startProfile},
	{carapi.Name, "fleet, commands, telemetry, search", "127.0.0.1:7002", "127.0.0.1:9092", (*platform).startCar},
	{tripapi.Name, "reservations, trips, fares", "127.0.0.1:7003", "127.0.0.1:9093", (*platform).startTrip},
	{gatewayName, "the one door for clients", "127.0.0.1:8080", "127.0.0.1:9090",
		func(p *platform, _ context.Context) (service, error) { return p.startGateway() }},
}

// callable are the services that have an address for others: all but the gateway.
var callable = []string{blobapi.Name, carapi.Name, profileapi.Name, tripapi.Name, userapi.Name}

func (p *platform) startBlob(ctx context.Context) (service, error) {
	return blobd.New(ctx, blobd.Config{
		Path: p.file(blobapi.Name), Directory: filepath.Join(p.options.DataDir, "objects"), PublicURL: p.options.PublicURL, URLKey: p.keys.URL,
		Obs: p.options.Obs.For(blobapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
}

func (p *platform) startUser(ctx context.Context) (service, error) {
	return userd.New(ctx, userd.Config{
		Path: p.file(userapi.Name), Keys: p.keys.Signing, SealKey: p.keys.Sealing, WeChat: p.options.WeChat, DeadLetters: p.bus.DeadLetters(), Blobs: p.peer(userapi.Name, blobapi.Name),
		Obs: p.options.Obs.For(userapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
}

func (p *platform) startProfile(ctx context.Context) (service, error) {
	c := profiled.Config{
		Path: p.file(profileapi.Name), Blobs: p.peer(profileapi.Name, blobapi.Name),
		Obs: p.options.Obs.For(profileapi.Name), Clock: p.options.Clock, Bus: p.bus, Authority: p.mint,
	}
	if err := licenceSettings(os.LookupEnv, &c); err != nil {
		return nil, err
	}
	return profiled.New(ctx, c)
}

func (p *platform) startCar(ctx context.Context) (service, error) {
	return card.New(ctx, card.Config{
		Path: p.file(carapi.Name), Trips: p.peer(carapi.Name, tripapi.Name), Policy: p.options.Fleet,
		Obs: p.options.Obs.For(carapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
}

func (p *platform) startTrip(ctx context.Context) (service, error) {
	return tripd.New(ctx, tripd.Config{
		Path: p.file(tripapi.Name),
		Cars: p.peer(tripapi.Name, carapi.Name), Users: p.peer(tripapi.Name, userapi.Name), Profiles: p.peer(tripapi.Name, profileapi.Name),
		Blobs: p.peer(tripapi.Name, blobapi.Name), Policy: p.options.Rentals,
		Obs: p.options.Obs.For(tripapi.Name), Clock: p.options.Clock, IDs: ids.Random{}, Bus: p.bus, Authority: p.mint,
	})
}

// tokensKept is how many access tokens the gateway remembers as verified.
const tokensKept = 10_000

func (p *platform) startGateway() (*edge, error) {
	verifier, err := token.NewVerifier(p.keys.Public(), p.options.Clock)
	if err != nil {
		return nil, err
	}
	cached, err := token.NewCached(verifier, tokensKept)
	if err != nil {
		return nil, err
	}
	e := &edge{since: time.Now()}
	peers := map[string]kitx.Peer{}
	for _, name := range callable {
		to := p.peer(gatewayName, name)
		peers[name], e.peers = to, append(e.peers, to)
	}
	e.Gateway, err = gatewayd.New(gatewayd.Config{
		Obs: p.options.Obs.For(gatewayName), Verifier: cached, Clock: p.options.Clock, Peers: peers,
		Revocations: p.peerFor("revocations", gatewayName, userapi.Name),
		Health:      p.options.Health, Unlimited: !p.options.Limits,
	})
	return e, err
}

// edge is the gateway as a service like the others.
type edge struct {
	*gatewayd.Gateway
	peers []*peer.Peer
	since time.Time
}

// resolveWithin is how long a gateway waits for its resolver to tell of every service. A
// service that runs nowhere must not keep the others' routes shut for longer.
const resolveWithin = 10 * time.Second

// Ready says that the gateway knows where to send requests, to every service, and who is
// shut out; after a while any service is enough. It is asked until the gateway is open,
// and never again: what is known then is kept, and a service that is down has its own
// answer.
func (e *edge) Ready() bool {
	known, all := 0, len(e.peers)
	select {
	case <-e.Loaded():
	default:
		all++ // one thing more to know
	}
	for _, to := range e.peers {
		if to.Ready() {
			known++
		}
	}
	return known == all || known > 0 && time.Since(e.since) > resolveWithin
}

// Drain ends the streams, which have no deadline.
func (e *edge) Drain() { e.CloseStreams() }
