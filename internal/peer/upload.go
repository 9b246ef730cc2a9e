package peer

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"freecar/internal/errs"
)

// upload is a request's body that is passed on as it comes, and remembers when it broke
// off: that is its sender's doing and not the callee's.
type upload struct {
	io.ReadCloser
	broke atomic.Pointer[error]
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		u.broke.Store(&err)
	}
	return n, err
}

// unread is the refusal of a request whose body could not be read; nil when it could.
func unread(r *http.Request) error {
	u, ok := r.Body.(*upload)
	if !ok || u.broke.Load() == nil {
		return nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](*u.broke.Load()); ok {
		return errs.E(errs.TooLarge, "too_large", fmt.Sprintf("The body must have at most %d bytes.", tooLarge.Limit))
	}
	return errs.Invalidf("body", "truncated", "The body ended early.")
}
