package peer

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// connecting bounds a stream until its answer has begun, and no longer. While the body's
// sender keeps us waiting the time stands still, and each piece gives the callee all of it
// again: a photo over a slow line takes as long as it takes.
type connecting struct {
	timeout time.Duration
	mu      sync.Mutex
	timer   *time.Timer // nil when the answer has begun
}

// boundedToConnect is the context of the stream, what to call when its answer has begun,
// and what to call when it is over.
func boundedToConnect(ctx context.Context, timeout time.Duration) (_ context.Context, c *connecting, cancel func()) {
	ctx, end := context.WithCancelCause(ctx)
	c = &connecting{timeout: timeout, timer: time.AfterFunc(timeout, func() { end(errTimeout) })}
	return ctx, c, func() { c.connected(); end(nil) }
}

func (c *connecting) connected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// pause stops the time until resume, which begins it anew.
func (c *connecting) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *connecting) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Reset(c.timeout)
	}
}

// paced is a call whose body, if it comes from afar, has its time.
func (c *connecting) paced(to *call) *call {
	if to.request.GetBody != nil || to.request.Body == nil || to.request.Body == http.NoBody {
		return to
	}
	r := *to.request
	r.Body = &pacedBody{ReadCloser: r.Body, connecting: c}
	paced := *to
	paced.request = &r
	return &paced
}

type pacedBody struct {
	io.ReadCloser
	connecting *connecting
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.connecting.pause()
	defer b.connecting.resume()
	return b.ReadCloser.Read(p)
}
