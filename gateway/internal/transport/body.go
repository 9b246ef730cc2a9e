package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"freecar/internal/errs"
)

const (
	// keptAtMost is the size up to which a body is kept to be sent again.
	keptAtMost = 64 << 10
	// patience is how long a client may take over the next piece of its body.
	patience = 30 * time.Second
)

var tooLarge = errs.E(errs.TooLarge, "too_large", "The body is too large for this operation.")

// bodyError explains a body that could not be read.
func bodyError(err error) *errs.Error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge.Because(err)
	}
	return errs.Invalidf("body", "truncated", "The body ended early.").Because(err)
}

// keepBody reads a body whole and makes it the one of out.
func keepBody(w http.ResponseWriter, r, out *http.Request, limit int64) error {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(patience)) // not every connection has one
	body, err := readBody(r, limit)
	_ = connection.SetReadDeadline(time.Time{})
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

// upload is a long body on its way through. A client that breaks it off cancels the
// exchange, or the service would seem to have failed: the peer would rest an instance
// and open a breaker for the client's doing.
type upload struct {
	io.ReadCloser
	connection *http.ResponseController
	cancel     context.CancelCauseFunc
	settled    atomic.Bool
}

func newUpload(w http.ResponseWriter, r *http.Request, limit int64, cancel context.CancelCauseFunc) *upload {
	return &upload{ReadCloser: http.MaxBytesReader(nil, r.Body, limit), connection: http.NewResponseController(w), cancel: cancel}
}

func (u *upload) Read(p []byte) (int, error) {
	_ = u.connection.SetReadDeadline(time.Now().Add(patience)) // not every connection has one
	n, err := u.ReadCloser.Read(p)
	if err == nil {
		return n, nil
	}
	_ = u.connection.SetReadDeadline(time.Time{})
	if err != io.EOF && !u.settled.Load() {
		u.cancel(bodyError(err))
	}
	return n, err
}

// settle says that the exchange has its outcome: what is left of the body no longer
// decides it, and is closed under its reader when the answer goes out.
func (u *upload) settle() { u.settled.Store(true) }
