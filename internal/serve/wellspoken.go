package serve

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"freecar/internal/kitx"
)

// wellSpoken has net/http refuse in our words. What is no HTTP is answered before any
// handler sees it, in plain text: clients that understand problem documents alone would be
// left without a code.
type wellSpoken struct {
	net.Listener
	logger log.Logger
}

// Accept waits for the next connection.
func (l wellSpoken) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &wellSpokenConn{TCPConn: tcp, logger: l.logger}, nil
	}
	return c, err
}

type wellSpokenConn struct {
	*net.TCPConn
	logger log.Logger
}

// Write writes b or, of a refusal by net/http itself, ours in its place.
func (c *wellSpokenConn) Write(b []byte) (int, error) {
	status := refusedByItself(b)
	if status == 0 {
		return c.TCPConn.Write(b)
	}
	if _, err := c.TCPConn.Write(c.refusal(status)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ownHead follows the status line of what net/http writes past every handler. A handler's
// answer has more headers, a Date at least.
var ownHead = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

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
	end := bytes.IndexByte(b, '\r')
	if status == http.StatusExpectationFailed || end > 0 && bytes.HasPrefix(b[end:], ownHead) {
		return status
	}
	return 0
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
