// Package inproc carries HTTP between services of one process without a socket. It
// passes the message and its cancellation and nothing else: the other side gets a fresh
// context and cloned headers, as it would from the network.
package inproc

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
)

// Network is a set of addresses with a handler each. It is an http.RoundTripper.
type Network struct {
	// ErrorLog gets the panics of handlers, as that of http.Server does; nil is the
	// standard logger.
	ErrorLog *log.Logger

	mu       sync.RWMutex
	handlers map[string]http.Handler
}

var _ http.RoundTripper = (*Network)(nil)

// NewNetwork makes an empty network.
func NewNetwork() *Network {
	return &Network{handlers: map[string]http.Handler{}}
}

// Listen serves h at an address (the host of request URLs).
func (n *Network) Listen(address string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.handlers[address] = h
}

// Close ends the service at an address: calls get a connection error from now on.
func (n *Network) Close(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.handlers, address)
}

// ErrRefused is what a call to an address gets where nobody listens, within a net.OpError
// of a dial, as from the network.
var ErrRefused = errors.New("connection refused")

// errReset is what the client sees of a handler that panicked.
var errReset = errors.New("inproc: connection reset by peer")

// RoundTrip calls the handler at the request's host.
func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	h, err := n.dial(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, body := incoming(ctx, r)
	w := newWriter(r, cancel)
	stop := context.AfterFunc(r.Context(), func() {
		w.abort(r.Context().Err())
		body.end(r.Context().Err())
	})
	go func() {
		defer cancel()
		defer stop()
		defer body.end(http.ErrBodyReadAfterClose)
		n.serve(h, w, in)
	}()
	select {
	case <-w.ready:
		return w.answer()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (n *Network) dial(r *http.Request) (http.Handler, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	h := n.handlers[r.URL.Host]
	if h == nil {
		return nil, &net.OpError{Op: "dial", Net: "inproc", Addr: address(r.URL.Host), Err: ErrRefused}
	}
	return h, nil
}

// address is that of a handler as a net.Addr.
type address string

func (address) Network() string  { return "inproc" }
func (a address) String() string { return string(a) }

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
