package peer

import (
	"bytes"
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
