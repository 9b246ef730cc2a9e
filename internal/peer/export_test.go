package peer

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Instances is how many instances are known.
func (p *Peer) Instances() int { return len(p.balancer.all()) }

// InFlight is the number of calls that each instance is at.
func (p *Peer) InFlight() map[string]int64 {
	now := map[string]int64{}
	for _, i := range p.balancer.all() {
		now[i.address] = i.inFlight.Load()
	}
	return now
}

// BoundedToConnect is the bound of a stream, how it paces a body, and what says that the
// answer has begun.
func BoundedToConnect(ctx context.Context, timeout time.Duration) (_ context.Context, paced func(io.ReadCloser) io.ReadCloser, connected, cancel func()) {
	ctx, c, cancel := boundedToConnect(ctx, timeout)
	return ctx, func(b io.ReadCloser) io.ReadCloser {
		return c.paced(&call{request: &http.Request{Body: b}}).request.Body
	}, c.connected, cancel
}
