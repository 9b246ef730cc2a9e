package peer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

// TestUnsent is an instance that nobody reaches: what was never sent may go elsewhere,
// even what must not be done twice.
func TestUnsent(t *testing.T) {
	refuses := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	swallows := &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}
	down := func(name string, err error) serve {
		return func(r *http.Request) (*http.Response, error) {
			if strings.Contains(name, r.URL.Host) {
				return nil, err
			}
			return ok(r)
		}
	}
	for _, spec := range []kitx.Spec{write, stream, read} {
		for name, err := range map[string]error{"refuses": refuses, "swallows": swallows} {
			t.Run(spec.Op+", one that "+name, func(t *testing.T) {
				r := newRig(t, 2, down("a", err))
				for range 20 {
					if code, err := r.call(t.Context(), spec); err != nil || code != http.StatusOK {
						t.Fatalf("got %d, %v", code, err)
					}
				}
				if hosts := r.hosts(); count(hosts, "a") > 1 {
					t.Errorf("it was asked again: %v", hosts)
				}
			})
		}
	}
	t.Run("all are asked once, and then the answer is no", func(t *testing.T) {
		r := newRig(t, 3, down("abc", refuses))
		if _, err := r.call(t.Context(), write); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		hosts := r.hosts()
		slices.Sort(hosts)
		if !slices.Equal(hosts, []string{"a", "b", "c"}) {
			t.Errorf("asked %v", hosts)
		}
	})
	t.Run("what was sent and not answered is not sent again, and may have been done", func(t *testing.T) {
		r := newRig(t, 2, down("ab", &net.OpError{Op: "read", Net: "tcp", Err: io.ErrUnexpectedEOF}))
		_, err := r.call(t.Context(), write)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Timeout || e.RetryAfter != 0 || len(r.hosts()) != 1 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nor is what took too long: whoever asked is told to look before asking again", func(t *testing.T) {
		r := newRig(t, 2, hang, with(func(u *peer.Tuning) { u.Timeout = 150 * time.Millisecond }))
		look := func(err error) bool {
			e, ok := errors.AsType[*errs.Error](err)
			return ok && e.Kind == errs.Timeout && strings.Contains(e.Detail, "look whether it was done")
		}
		if _, err := r.call(t.Context(), write); !look(err) {
			t.Errorf("got %v", err)
		}
		if _, err := r.call(t.Context(), write, kitx.KeyHeader, "k"); look(err) || errs.KindOf(err) != errs.Timeout {
			t.Errorf("with a key: got %v", err)
		}
	})
	t.Run("what may be done twice can be asked for again", func(t *testing.T) {
		r := newRig(t, 2, down("ab", &net.OpError{Op: "read", Net: "tcp", Err: io.ErrUnexpectedEOF}))
		for _, spec := range []kitx.Spec{read, again} {
			if _, err := r.call(t.Context(), spec); errs.KindOf(err) != errs.Unavailable || len(r.hosts()) != 2 {
				t.Errorf("%s: got %v", spec.Op, err)
			}
		}
	})
	t.Run("a body that is read once is sent once", func(t *testing.T) {
		r := newRig(t, 2, down("ab", refuses))
		req := request(t, write, "")
		req.Body, req.GetBody = io.NopCloser(strings.NewReader("photo")), nil
		if resp, err := r.Do(t.Context(), write, req); err == nil || len(r.hosts()) != 1 {
			t.Errorf("got %v, %v", resp, err)
		}
	})
	t.Run("a caller who has left asks nobody else", func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		var asked atomic.Int64
		r := newRig(t, 2, func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			leave()
			return nil, refuses
		})
		if _, err := r.call(ctx, write); !errors.Is(err, context.Canceled) || asked.Load() != 1 {
			t.Errorf("got %v after %d", err, asked.Load())
		}
	})
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}
