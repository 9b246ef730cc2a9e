// Package inproc carries HTTP between services of one process without a socket. It
// passes the message and its cancellation and nothing else: the other side gets a fresh
// context and cloned headers, as it would from the network.
package inproc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Network is a set of addresses with a handler each. It is an http.RoundTripper.
type Network struct {
	mu       sync.RWMutex
	handlers map[string]http.Handler
}

var _ http.RoundTripper = (*Network)(nil)

// NewNetwork makes an empty network.
func NewNetwork() *Network { return &Network{handlers: map[string]http.Handler{}} }

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

// ErrRefused is what a call to an address gets where nobody listens.
var ErrRefused = errors.New("inproc: connection refused")

// errReset is what the client sees of a handler that panicked or ended early.
var errReset = errors.New("inproc: connection reset by peer")

// RoundTrip calls the handler at the request's host.
func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.RLock()
	h := n.handlers[r.URL.Host]
	n.mu.RUnlock()
	if h == nil {
		closeBody(r)
		return nil, fmt.Errorf("%s: %w", r.URL.Host, ErrRefused)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{header: http.Header{}, ready: make(chan struct{}), request: r, cancel: cancel}
	stop := context.AfterFunc(r.Context(), func() { w.abort(r.Context().Err()) })
	go func() {
		defer cancel()
		defer stop()
		defer closeBody(r)
		w.serve(h, incoming(ctx, r))
	}()
	select {
	case <-w.ready:
		return w.answer()
	case <-r.Context().Done():
		cancel()
		return nil, r.Context().Err()
	}
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// incoming is the request as the other side sees it.
func incoming(ctx context.Context, r *http.Request) *http.Request {
	in := (&http.Request{
		Method: r.Method, URL: r.URL, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header.Clone(), Body: r.Body, ContentLength: r.ContentLength,
		Host: r.URL.Host, RemoteAddr: "127.0.0.1:0", RequestURI: r.URL.RequestURI(),
	}).WithContext(ctx)
	u := *r.URL
	u.Scheme, u.Host = "", ""
	in.URL = &u
	if in.Header == nil {
		in.Header = http.Header{}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// bufferAtMost is how much of an answer waits for the handler's end; a longer one, or a
// flushed one, streams.
const bufferAtMost = 32 << 10

// writer collects a short answer whole and turns into a pipe for a long one.
type writer struct {
	header  http.Header
	request *http.Request
	cancel  context.CancelFunc

	mu     sync.Mutex
	status int
	sent   http.Header
	buffer bytes.Buffer
	pipe   *io.PipeWriter
	body   io.ReadCloser
	err    error
	ready  chan struct{}
}

func (w *writer) serve(h http.Handler, r *http.Request) {
	defer func() {
		p := recover()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.finish(p != nil)
	}()
	h.ServeHTTP(w, r)
}

// finish ends the answer; mu is held.
func (w *writer) finish(panicked bool) {
	switch {
	case w.pipe != nil && panicked:
		_ = w.pipe.CloseWithError(errReset)
	case w.pipe != nil:
		_ = w.pipe.Close()
	case panicked:
		w.err = errReset
		close(w.ready)
	default:
		w.writeHeader(http.StatusOK)
		w.body = io.NopCloser(&w.buffer)
		close(w.ready)
	}
}

// abort ends the exchange because the client left: a body cut short reads as an error.
func (w *writer) abort(reason error) {
	w.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pipe != nil {
		_ = w.pipe.CloseWithError(reason)
	}
}

// Header is what WriteHeader will send.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader fixes status and headers.
func (w *writer) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *writer) writeHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write adds to the answer.
func (w *writer) Write(b []byte) (int, error) {
	w.mu.Lock()
	w.writeHeader(http.StatusOK)
	if w.pipe == nil && w.buffer.Len()+len(b) <= bufferAtMost {
		defer w.mu.Unlock()
		return w.buffer.Write(b)
	}
	w.stream()
	pipe := w.pipe
	w.mu.Unlock()
	if err := w.flushBuffer(pipe); err != nil {
		return 0, err
	}
	return pipe.Write(b)
}

// FlushError sends what there is: the answer streams from now on.
func (w *writer) FlushError() error {
	w.mu.Lock()
	w.writeHeader(http.StatusOK)
	w.stream()
	pipe := w.pipe
	w.mu.Unlock()
	return w.flushBuffer(pipe)
}

// Flush is FlushError for those who look for an http.Flusher.
func (w *writer) Flush() { _ = w.FlushError() }

// stream hands the client a pipe; mu is held.
func (w *writer) stream() {
	if w.pipe != nil {
		return
	}
	var body *io.PipeReader
	body, w.pipe = io.Pipe()
	w.body = abandonable{PipeReader: body, cancel: w.cancel}
	close(w.ready)
}

// flushBuffer moves the buffer into the pipe. Only the handler's goroutine writes.
func (w *writer) flushBuffer(pipe *io.PipeWriter) error {
	if w.buffer.Len() == 0 {
		return nil
	}
	_, err := w.buffer.WriteTo(pipe)
	return err
}

// abandonable is a streamed body; closing it early cancels the handler, as a closed
// connection would.
type abandonable struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (a abandonable) Close() error {
	a.cancel()
	return a.PipeReader.Close()
}

func (w *writer) answer() (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	length := int64(-1)
	if w.pipe == nil {
		length = int64(w.buffer.Len())
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: w.body, ContentLength: length, Request: w.request,
	}, nil
}
