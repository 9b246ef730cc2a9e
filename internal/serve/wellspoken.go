package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"freecar/internal/kitx"
)

// wellSpoken has net/http refuse in our words. What is no HTTP is answered before any
// handler sees it, in plain text: clients that understand problem documents alone would be
// left without a code.
type wellSpoken struct {
	net.Listener
	logger   log.Logger
	requests *counted
}

// Accept waits for the next connection.
func (l wellSpoken) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &wellSpokenConn{TCPConn: tcp, logger: l.logger, requests: l.requests}, nil
	}
	return c, err
}

type wellSpokenConn struct {
	*net.TCPConn
	logger   log.Logger
	requests *counted
	phase    atomic.Int32
}

// The phases of a connection. What net/http writes by itself it writes before a handler is
// asked; all else is an answer, whatever a piece of it looks like.
const (
	between   int32 = iota // requests
	handling               // a handler is at work
	finishing              // it has returned, and the rest of its answer goes out
)

type connKey struct{}

// withConn lets a request find the connection that it came by.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is nil for a request that did not come by a connection of ours.
func connOf(r *http.Request) *wellSpokenConn {
	c, _ := r.Context().Value(connKey{}).(*wellSpokenConn)
	return c
}

// connState knows when an answer is through: a connection that is kept is idle then.
func connState(c net.Conn, state http.ConnState) {
	if conn, ok := c.(*wellSpokenConn); ok && state == http.StateIdle {
		conn.phase.Store(between)
	}
}

// Write writes b or, of a refusal by net/http itself, ours in its place.
func (c *wellSpokenConn) Write(b []byte) (int, error) {
	switch c.phase.Load() {
	case handling:
		defer c.requests.await()()
		fallthrough
	case finishing:
		return c.TCPConn.Write(b)
	}
	status := refusedByItself(b)
	if status == 0 {
		return c.TCPConn.Write(b)
	}
	if _, err := c.TCPConn.Write(c.refusal(status)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ReadFrom sends a file as it is.
func (c *wellSpokenConn) ReadFrom(r io.Reader) (int64, error) {
	if c.phase.Load() == handling {
		defer c.requests.await()()
	}
	return c.TCPConn.ReadFrom(r)
}

// refusedByItself is the status of a refusal that net/http wrote by itself; 0 for all else.
func refusedByItself(b []byte) int {
	const line, digits = "HTTP/1.1 ", 3
	if len(b) < len(line)+digits || b[len(line)] < '4' || !bytes.HasPrefix(b, []byte(line)) {
		return 0
	}
	status, err := strconv.Atoi(string(b[len(line) : len(line)+digits]))
	if err != nil {
		return 0
	}
	return status
}

// refusals say what was wrong, by net/http's status.
var refusals = map[int]struct {
	status       int
	code, detail string
}{
	http.StatusRequestHeaderFieldsTooLarge: {431, "head_too_large", "The address and the headers are too large together; send less of them."},
	http.StatusExpectationFailed:           {417, "expectation_failed", "There is nothing to expect but 100-continue."},
	http.StatusNotImplemented:              {400, "malformed_request", "Send the body as it is, or in chunks; no other transfer encoding is known."},
	http.StatusHTTPVersionNotSupported:     {400, "malformed_request", "Speak HTTP/1.1."},
}

func (c *wellSpokenConn) refusal(status int) []byte {
	r, ok := refusals[status]
	if !ok {
		r.status, r.code, r.detail = status, "malformed_request", "The request is not well-formed HTTP/1.1."
	}
	trace := make([]byte, 16)
	_, _ = rand.Read(trace) // never fails
	id := hex.EncodeToString(trace)
	_ = level.Debug(c.logger).Log("msg", "refused at the socket", "status", r.status, "trace_id", id)
	body := kitx.Problem(r.status, r.code, r.detail, id)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		r.status, http.StatusText(r.status), len(body), body)
}
