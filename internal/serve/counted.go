package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
)

// counted knows how many requests are under way, and how many of them wait for their clients
// just now: for more of a body, or for somebody to read the answer.
type counted struct {
	next         http.Handler
	now, waiting atomic.Int64
}

// ServeHTTP counts the request while it is served.
func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.now.Add(1)
	defer c.now.Add(-1)
	if conn := connOf(r); conn != nil {
		conn.phase.Store(handling)
		defer conn.phase.Store(finishing)
	}
	if r.ContentLength != 0 {
		// A copy: net/http looks at the body of its own to know what is left of it.
		r = r.WithContext(r.Context())
		r.Body = awaited{r.Body, c}
	}
	c.next.ServeHTTP(w, r)
}

// awaited is a body whose reader waits for the client.
type awaited struct {
	io.ReadCloser
	requests *counted
}

func (a awaited) Read(p []byte) (int, error) {
	defer a.requests.await()()
	return a.ReadCloser.Read(p)
}

// await counts a wait for a client until it is over.
func (c *counted) await() (over func()) {
	c.waiting.Add(1)
	return func() { c.waiting.Add(-1) }
}

// cut ends what did not end in time. That a client sends half a body and waits, or does not
// read, is no reason to call a stop a bad one; work that was given up is. late is why there
// is no more time.
func (p *Process) cut(name string, server *http.Server, requests *counted, late error) error {
	waiting := requests.waiting.Load()
	working := max(requests.now.Load()-waiting, 0)
	err := errors.Join(server.Close(), requests.awaitEnd(late))
	level.Warn(p.logger).Log("msg", "what did not end in time was cut off", "part", name, "at_work", working, "waiting_for_clients", waiting)
	if err == nil && working > 0 {
		err = fmt.Errorf("%d requests were cut off at their work: %w", working, late)
	}
	return err
}

const (
	endWithin = 500 * time.Millisecond
	lookAgain = 2 * time.Millisecond
)

// awaitEnd waits for requests whose connections are cut: that they end is what they owe. late
// is why one that does not end was to.
func (c *counted) awaitEnd(late error) error {
	for end := time.Now().Add(endWithin); c.now.Load() > 0; time.Sleep(lookAgain) {
		if time.Now().After(end) {
			return fmt.Errorf("%d requests did not end when their connections were cut: %w", c.now.Load(), late)
		}
	}
	return nil
}
