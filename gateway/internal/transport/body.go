package transport

import (
	"bytes"
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

// upload is a long body on its way through. When it breaks off, the peer knows that this
// was its sender's doing.
type upload struct {
	io.ReadCloser
	connection *http.ResponseController
	exceeded   atomic.Bool
}

func newUpload(w http.ResponseWriter, r *http.Request, limit int64) *upload {
	return &upload{ReadCloser: http.MaxBytesReader(nil, r.Body, limit), connection: http.NewResponseController(w)}
}

func (u *upload) Read(p []byte) (int, error) {
	_ = u.connection.SetReadDeadline(time.Now().Add(patience)) // not every connection has one
	n, err := u.ReadCloser.Read(p)
	if err != nil {
		_ = u.connection.SetReadDeadline(time.Time{})
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		u.exceeded.Store(true)
	}
	return n, err
}
