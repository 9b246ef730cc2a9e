package peer

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// shortAtMost is the length up to which an answer is read whole before it counts as one.
const shortAtMost = 64 << 10

// short says that an answer is read whole within its try: one that breaks off, or stops in
// the middle, is the instance's failure then, to the breaker and to the retry, and a client
// that reads slowly holds nothing of the callee.
func short(r *http.Request, resp *http.Response) bool {
	return resp.ContentLength > 0 && resp.ContentLength <= shortAtMost && r.Method != http.MethodHead
}

// ErrSwitched is an answer that goes on in another protocol, which nobody asked for: its
// body is the connection, and has neither an end nor a deadline.
var ErrSwitched = errors.New("peer: the answer switches to another protocol")

// taken takes an answer in: whole, if it is short.
func taken(r *http.Request, resp *http.Response) error {
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		_ = resp.Body.Close()
		return ErrSwitched
	case short(r, resp):
		return readWhole(resp)
	}
	return nil
}

// whole is the body of an answer that is in memory.
type whole struct{ bytes.Reader }

// Close has nothing to close.
func (*whole) Close() error { return nil }

func readWhole(resp *http.Response) error {
	content := make([]byte, resp.ContentLength)
	_, err := io.ReadFull(resp.Body, content)
	_ = resp.Body.Close() // all of it is there, or why it is not is known
	if err != nil {
		return err
	}
	body := &whole{}
	body.Reset(content)
	resp.Body = body
	return nil
}
