// Package serve is the life of a process: what it runs, when it is ready, and the order
// in which it stops.
package serve

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Process runs parts and stops them in the reverse order of their start: what was
// started last (the door) stops first, what others stand on (stores) last.
type Process struct {
	logger log.Logger
	grace  time.Duration

	mu     sync.Mutex
	parts  []part
	failed chan error
}

type part struct {
	name string
	stop func(context.Context) error
}

// NewProcess makes an empty process whose stop takes at most grace.
func NewProcess(logger log.Logger, grace time.Duration) *Process {
	return &Process{logger: logger, grace: grace, failed: make(chan error, 1)}
}

// OnStop adds a part that only has to be stopped. stop returns soon after its context
// ends: nobody interrupts it.
func (p *Process) OnStop(name string, stop func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parts = append(p.parts, part{name: name, stop: stop})
}

// Go runs a loop until the process stops: ctx ends then, and the stop waits for the loop.
// A loop that returns an error stops the process.
func (p *Process) Go(name string, loop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := loop(ctx); err != nil && ctx.Err() == nil {
			p.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
	p.OnStop(name, func(stopCtx context.Context) error {
		cancel()
		return wait(stopCtx, done)
	})
}

// IdleTimeout is how long a connection is kept for the next request. Clients give theirs up
// before: or a request could be on its way when the server closes.
const IdleTimeout = time.Minute

// answerWithin is how long an answer may take to get through, from when its request came:
// that of any request which is no stream, and as much for a slow reader. A client that
// does not read would hold its connection for ever. Streams and long answers set a time
// for each piece.
var answerWithin = time.Minute

// Serve listens on the address and serves h; the address it got (port 0 is a free one)
// is returned. At stop no keep-alive is left, requests under way are finished, and what
// does not end in time is cut: a failure, unless it waited for its client.
func (p *Process) Serve(name, address string, h http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("%s cannot listen: %w", name, err)
	}
	requests := &counted{next: h}
	server := &http.Server{
		Handler:           requests,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      answerWithin,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    32 << 10,
		// OPTIONS * is no operation of ours, and answered like all that is none.
		DisableGeneralOptionsHandler: true,
		ConnContext:                  withConn,
		ConnState:                    connState,
		ErrorLog:                     stdlog.New(log.NewStdlibAdapter(level.Warn(log.With(p.logger, "part", name))), "", 0),
	}
	go func() {
		if err := server.Serve(wellSpoken{listener, p.logger, requests}); !errors.Is(err, http.ErrServerClosed) {
			p.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
	p.OnStop(name, func(ctx context.Context) error {
		server.SetKeepAlivesEnabled(false)
		if late := server.Shutdown(ctx); late != nil {
			return p.cut(name, server, requests, late)
		}
		return nil
	})
	return listener.Addr().String(), nil
}

// StopFirst makes a part stop before all that were started up to now: a door that had to
// open early, so that what came later is still there for the requests under way.
func (p *Process) StopFirst(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, part := range p.parts {
		if part.name == name {
			p.parts = append(slices.Delete(p.parts, i, i+1), part)
			return
		}
	}
}

func (p *Process) fail(err error) {
	select {
	case p.failed <- err:
	default: // the first failure stops the process; later ones follow from it
	}
}

// Failed delivers the error that must end the process.
func (p *Process) Failed() <-chan error { return p.failed }

// Stop stops all parts, the last started first, and returns what did not stop well. Each
// part may take half of the time that is left, so that one that hangs leaves some for
// those beneath it.
func (p *Process) Stop() error {
	p.mu.Lock()
	parts := p.parts
	p.parts = nil
	p.mu.Unlock()
	end := time.Now().Add(p.grace)
	var failures []error
	for i := len(parts) - 1; i >= 0; i-- {
		share := time.Until(end) / 2
		if i == 0 {
			share = time.Until(end)
		}
		if err := parts[i].stopWithin(share); err != nil {
			failures = append(failures, fmt.Errorf("stopping %s: %w", parts[i].name, err))
			level.Error(p.logger).Log("msg", "a part did not stop well", "part", parts[i].name, "err", err)
		}
	}
	return errors.Join(failures...)
}

func (p part) stopWithin(share time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), share)
	defer cancel()
	return p.stop(ctx)
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
