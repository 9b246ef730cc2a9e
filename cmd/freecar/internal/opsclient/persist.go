package opsclient

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"freecar/internal/kitx"
	"freecar/internal/repeat"
)

const (
	triesAtMost  = 3
	firstPause   = 200 * time.Millisecond // doubled from try to try
	patientUntil = 90 * time.Second       // what a request waits in all: a rate limit's window, and some
)

// persist sends the request until there is an answer that another try would not change.
func (c *Client) persist(ctx context.Context, spec kitx.Spec, r *http.Request, token string) (*http.Response, error) {
	if kitx.RequestID(ctx) == "" {
		ctx = kitx.WithRequestID(ctx, c.config.IDs.New())
	}
	waited := time.Duration(0)
	for n := 1; ; n++ {
		resp, err := c.try(ctx, spec, r, token)
		why := again(spec, r, resp, err)
		pause := pauseBefore(n, resp)
		if why == "" || n == triesAtMost || waited+pause > patientUntil {
			return resp, err
		}
		c.config.Waiting(pause, why)
		if resp != nil {
			_, _ = io.CopyN(io.Discard, resp.Body, discardAtMost) // its connection serves the next try
			_ = resp.Body.Close()
		}
		if !repeat.Rest(ctx, pause) {
			return nil, context.Cause(ctx)
		}
		waited += pause
	}
}

const discardAtMost = 64 << 10

// again says why another try may do better; empty when it would not, or might do twice
// what must be done once.
func again(spec kitx.Spec, r *http.Request, resp *http.Response, err error) string {
	switch {
	case r.Body != nil && r.Body != http.NoBody && r.GetBody == nil:
		return "" // it is read
	case err != nil:
		if !errors.Is(err, context.Canceled) && (repeatable(spec, r) && connection(err) || NeverSent(err)) {
			return "no connection"
		}
	case resp.StatusCode == http.StatusTooManyRequests && !spec.Who.Public():
		return "too many requests" // refused at the door, whatever it was
	case resp.StatusCode == http.StatusServiceUnavailable && repeatable(spec, r):
		return "the service is not available"
	}
	return ""
}

// repeatable says that doing it twice is doing it once: by its nature, or by its key.
func repeatable(spec kitx.Spec, r *http.Request) bool {
	return spec.Repeatable() || r.Header.Get(kitx.KeyHeader) != ""
}

// connection says that the connection failed, and not our patience.
func connection(err error) bool { return !errors.Is(err, errTimeout) }

// NeverSent says that the request did not leave: nobody listened.
func NeverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// pauseBefore is how long to wait after the n-th try: as long as the answer asks, or
// longer each time.
func pauseBefore(n int, resp *http.Response) time.Duration {
	if resp != nil {
		if asked := kitx.RetryAfter(resp.Header); asked > 0 {
			return asked
		}
	}
	pause := firstPause << (n - 1)
	return pause/2 + rand.N(pause) // spread, since many may wait for the same
}
