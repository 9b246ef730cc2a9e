package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"freecar/internal/errs"
)

// keptAtMost is the size up to which a body is kept to be sent again.
const keptAtMost = 64 << 10

var tooLarge = errs.E(errs.TooLarge, "too_large", "The body is too large for this operation.")

// tooSlow is a body that stalls, or drips: to a client it is no body that ended.
var tooSlow = errs.E(errs.Invalid, "too_slow", "The body came too slowly; try again with a better connection.")

// bodyError explains a body that could not be read.
func bodyError(err error) *errs.Error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge.Because(err)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return tooSlow.Because(err)
	}
	return errs.Invalidf("body", "truncated", "The body ended early.").Because(err)
}

// keepBody reads a body whole and makes it the one of out.
func keepBody(r, out *http.Request, limit int64) error {
	body, err := readBody(r, limit)
	if err != nil {
		return bodyError(err)
	}
	if len(body) == 0 {
		return nil
	}
	out.ContentLength = int64(len(body))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	out.Body, _ = out.GetBody()
	return nil
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// upload is a long body on its way through. When it breaks off, the peer knows that this
// was its sender's doing.
type upload struct {
	io.ReadCloser
	connection *http.ResponseController
	patience   time.Duration
	until      time.Time // all of it is there by then
	broke      atomic.Pointer[error]

	mu   sync.Mutex
	over bool
}

// leastRate is how slow an upload may be on the whole, in bytes a second: the
// slowest mobile networks (EDGE, from 64 kbit/s) are hardly slower. One that drips, a byte
// each time before patience ends, would go on for ever.
var leastRate int64 = 8 << 10

func newUpload(w http.ResponseWriter, r *http.Request, limit int64, patience time.Duration) *upload {
	size := r.ContentLength
	if size < 0 {
		size = limit
	}
	return &upload{
		ReadCloser: http.MaxBytesReader(nil, r.Body, limit), connection: http.NewResponseController(w), patience: patience,
		until: time.Now().Add(patience + time.Duration(size)*time.Second/time.Duration(leastRate)),
	}
}

// Read gives the client time for one piece. What it did not send in that time nobody
// waits for again.
func (u *upload) Read(p []byte) (int, error) {
	if !u.await() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := u.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		u.broke.Store(&err)
	}
	return n, err
}

// await sets the time for the next piece, unless the request is over.
func (u *upload) await() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.over {
		piece := time.Now().Add(u.patience)
		if piece.After(u.until) {
			piece = u.until
		}
		_ = u.connection.SetReadDeadline(piece) // not every connection has one
	}
	return !u.over
}

// end says that the request is over. A transport may still want to read, and the
// connection is the next request's then.
func (u *upload) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
}

// explain is the reason why an upload failed: its service saw a body that ended early, and
// not why. nil is an upload that did not fail.
func (u *upload) explain(failed error) error {
	broke := u.broke.Load()
	if broke == nil {
		return failed
	}
	if why := bodyError(*broke); failed != nil || why.Kind == errs.TooLarge {
		return why
	}
	return nil
}

// uploaded is the answer to an upload: its end is that of the request.
type uploaded struct {
	io.ReadCloser
	body *upload
}

func (u *uploaded) Close() error {
	u.body.end()
	return u.ReadCloser.Close()
}
