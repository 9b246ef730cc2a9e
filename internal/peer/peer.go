package peer

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/internal/auth/assertion"
	"freecar/internal/kitx"
	"freecar/internal/obs"
)

// Config is what a peer is made of.
type Config struct {
	Caller, Callee string
	// For sets a peer apart from the others of its caller and callee: their troubles do not
	// open its breaker. Empty is what most share.
	For string
	// Instances tells where the callee runs: host:port each.
	Instances sd.Instancer
	Transport http.RoundTripper
	Authority *assertion.Authority
	Obs       obs.Obs
	Tuning    Tuning
}

// Tuning is what operators may want to change; the zero value takes the defaults.
type Tuning struct {
	// Timeout bounds a call with all its tries; 0 is 5 s.
	Timeout time.Duration
	// Concurrent calls of one class at most; 0 is 512.
	Concurrent int
	// Breaker: the share of faults in percent that opens it, the calls in 10 s below
	// which it stays closed, and how long it stays open. 0: 50, 20, 2 s.
	ErrorPercent, MinCalls int
	OpenFor                time.Duration
	// Eject is how long an instance rests after a connection error, or when nothing came
	// from it; up to four times as long when that happens again and again. 0 is 3 s.
	Eject time.Duration
	// Patience is how long a read waits for its answer before it asks another instance, too,
	// if there is one; 0 is two fifths of the time that the call has left.
	Patience time.Duration
	// Pause is about how long a call waits before its second try, and half of what it
	// waits before its third; 0 is 5 ms.
	Pause time.Duration
}

func (t Tuning) completed() Tuning {
	or(&t.Timeout, 5*time.Second)
	or(&t.Concurrent, 512)
	or(&t.ErrorPercent, 50)
	or(&t.MinCalls, 20)
	or(&t.OpenFor, 2*time.Second)
	or(&t.Eject, 3*time.Second)
	or(&t.Pause, 5*time.Millisecond)
	return t
}

func or[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// Peer calls one service. Close it when no call is under way any more.
type Peer struct {
	config   Config
	balancer *balancer
	chain    *Chain
}

var _ kitx.Peer = (*Peer)(nil)

// New makes a peer and follows its instances until Close.
func New(c Config) *Peer {
	c.Tuning = c.Tuning.completed()
	p := &Peer{config: c, balancer: newBalancer(c)}
	p.chain = newChain(c, p.try, p.balancer)
	return p
}

// Close stops following the instances.
func (p *Peer) Close() { p.balancer.close() }

// Ready says that at least one instance is known.
func (p *Peer) Ready() bool { return len(p.balancer.all()) > 0 }

// Do sends the request of an operation.
func (p *Peer) Do(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	return p.chain.Do(ctx, spec, r)
}

// NewTransport is the one transport of a process towards other services, tuned for many
// requests to few hosts.
func NewTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: time.Second, KeepAlive: 15 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     45 * time.Second, // below the servers' own
		DisableCompression:  true,

		MaxResponseHeaderBytes: 64 << 10,
	}
}
