package peer_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

// touchy opens after ten calls, half of them faults.
var touchy = with(func(u *peer.Tuning) { u.MinCalls, u.OpenFor = 10, time.Hour })

// opened calls until the callee is called no more; false when that does not happen.
// Hystrix counts on a goroutine of its own, hence the many calls.
func opened(r *rig, call func() error) bool { return openedWithin(100_000, r, call) }

func openedWithin(calls int, r *rig, call func() error) bool {
	for range calls {
		_ = r.hosts()
		if err := call(); len(r.hosts()) == 0 {
			return errs.KindOf(err) == errs.Unavailable
		}
	}
	return false
}

func TestBreaker(t *testing.T) {
	t.Run("faults open it, and then the answer is a fast 503", func(t *testing.T) {
		for name, callee := range map[string]serve{
			"500":                func(*http.Request) (*http.Response, error) { return status(500) },
			"503":                func(*http.Request) (*http.Response, error) { return status(503) },
			"connection refused": func(*http.Request) (*http.Response, error) { return nil, errRefuse },
			"timeout":            func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded },
		} {
			t.Run(name, func(t *testing.T) {
				r := newRig(t, 1, callee, touchy)
				if !opened(r, func() error { _, err := r.call(t.Context(), read); return err }) {
					t.Fatal("it stays closed")
				}
				_, err := r.call(t.Context(), read)
				if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter != time.Hour || !errors.Is(err, kitx.ErrBreakerOpen) || len(r.hosts()) != 0 {
					t.Errorf("got %v", err)
				}
				if got := r.counted("freecar_breaker_open"); got != 1 {
					t.Errorf("the metric says %v", got)
				}
			})
		}
	})
	t.Run("a peer that is set apart goes on", func(t *testing.T) {
		fails := func(*http.Request) (*http.Response, error) { return status(500) }
		r := newRig(t, 1, fails, touchy)
		apart := newRig(t, 1, fails, touchy, func(c *peer.Config) { c.For = "revocations" })
		if !opened(r, func() error { _, err := r.call(t.Context(), read); return err }) {
			t.Fatal("it stays closed")
		}
		if _, err := apart.call(t.Context(), read); err != nil || len(apart.hosts()) == 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("another class of operations goes on", func(t *testing.T) {
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return status(500)
			}
			return status(200)
		}, touchy)
		opened(r, func() error { _, err := r.call(t.Context(), read); return err })
		if code, err := r.call(t.Context(), write); code != 200 {
			t.Errorf("got %d, %v", code, err)
		}
	})
	t.Run("refusals do not open it", func(t *testing.T) {
		for _, code := range []int{400, 401, 403, 404, 409, 422, 429} {
			r := newRig(t, 1, func(*http.Request) (*http.Response, error) { return status(code) }, touchy,
				func(c *peer.Config) { c.Caller += http.StatusText(code) })
			if openedWithin(500, r, func() error { _, err := r.call(t.Context(), read); return err }) {
				t.Errorf("%d opened it", code)
			}
		}
	})
	t.Run("callers that leave do not open it", func(t *testing.T) {
		r := newRig(t, 1, hang, touchy)
		if openedWithin(500, r, func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := r.call(ctx, read)
			return err
		}) {
			t.Error("it opened")
		}
	})
	t.Run("uploads that break off do not open it", func(t *testing.T) {
		r := newRig(t, 1, drainBody, touchy)
		if openedWithin(500, r, func() error { _, err := r.Do(t.Context(), write, broken(t)); return err }) {
			t.Error("it opened")
		}
	})
	t.Run("uploads that break off do not close it either", func(t *testing.T) {
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Fail") != "" {
				return status(500)
			}
			return drainBody(r)
		}, with(func(u *peer.Tuning) { u.MinCalls, u.OpenFor = 10, 500*time.Millisecond }))
		if !opened(r, func() error { _, err := r.call(t.Context(), write, "Fail", "1"); return err }) {
			t.Fatal("it stays closed")
		}
		for len(r.hosts()) == 0 { // until one is let through
			_, _ = r.Do(t.Context(), write, broken(t))
		}
		if n := r.counted("freecar_breaker_open"); n != 1 {
			t.Errorf("the metric says %v", n)
		}
	})
	t.Run("a call that tries and learns nothing leaves it to the next one, and to one alone", func(t *testing.T) {
		const openFor = 1500 * time.Millisecond
		var begun chan struct{}
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Fail") != "" {
				return status(500)
			}
			close(begun)
			return hang(r)
		}, with(func(u *peer.Tuning) { u.MinCalls, u.OpenFor = 10, openFor }))
		if !opened(r, func() error { _, err := r.call(t.Context(), write, "Fail", "1"); return err }) {
			t.Fatal("it stays closed")
		}
		leave := func() bool { // says that it tried, and left
			begun = make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			go func() { _, err := r.call(ctx, write); ended <- err }()
			select {
			case <-begun:
				_, err := r.call(t.Context(), write, "Fail", "1")
				if errs.KindOf(err) != errs.Unavailable {
					t.Errorf("two try at a time: %v", err)
				}
				cancel()
				<-ended
				return true
			case <-ended:
				return false
			}
		}
		until(t, "one tries", leave)
		for begin := time.Now(); time.Since(begin) < openFor/10; {
			if !leave() {
				t.Fatal("the next one may not")
			}
		}
		if code, err := r.call(t.Context(), write, "Fail", "1"); code != 500 { // learns something
			t.Fatalf("got %d, %v", code, err)
		}
		if leave() {
			t.Error("after one that failed, another tries at once")
		}
	})
	t.Run("after a while one call is let through, and its success closes it", func(t *testing.T) {
		var well atomic.Bool
		r := newRig(t, 1, func(*http.Request) (*http.Response, error) {
			if well.Load() {
				return status(200)
			}
			return status(500)
		}, with(func(u *peer.Tuning) { u.MinCalls, u.OpenFor = 10, 50*time.Millisecond }))
		if !opened(r, func() error { _, err := r.call(t.Context(), read); return err }) {
			t.Fatal("it stays closed")
		}
		well.Store(true)
		for code := 0; code != 200; { // until it is half open
			code, _ = r.call(t.Context(), read)
		}
		_ = r.hosts()
		for range 100 {
			if code, err := r.call(t.Context(), read); code != 200 {
				t.Fatalf("got %d, %v", code, err)
			}
		}
		if got := r.counted("freecar_breaker_open"); got != 0 {
			t.Errorf("the metric says %v", got)
		}
	})
}

func TestBulkhead(t *testing.T) {
	const most = 3
	small := with(func(u *peer.Tuning) { u.Concurrent = most })
	// busy has most calls of an operation hang, and gives what ends them.
	busy := func(t *testing.T, r *rig, spec kitx.Spec, begun <-chan struct{}) (release func()) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, most)
		for range most {
			go func() { _, err := r.call(ctx, spec); ended <- err }()
			<-begun
		}
		return func() {
			cancel()
			for range most {
				<-ended
			}
		}
	}
	hanging := func() (serve, <-chan struct{}) {
		begun := make(chan struct{})
		return func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Quick") != "" {
				return status(200)
			}
			begun <- struct{}{}
			return hang(r)
		}, begun
	}
	for _, spec := range []kitx.Spec{read, stream} {
		t.Run("holds what hangs, and no more, "+spec.Class(), func(t *testing.T) {
			callee, begun := hanging()
			r := newRig(t, 2, callee, small)
			release := busy(t, r, spec, begun)
			_, err := r.call(t.Context(), spec, "Quick", "1")
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Code != "overloaded" || e.Kind != errs.Unavailable || e.RetryAfter == 0 {
				t.Errorf("got %v", err)
			}
			if code, err := r.call(t.Context(), write, "Quick", "1"); code != 200 {
				t.Errorf("another class: got %d, %v", code, err)
			}
			release()
			if code, err := r.call(t.Context(), spec, "Quick", "1"); code != 200 {
				t.Errorf("after the release: got %d, %v", code, err)
			}
		})
	}
	t.Run("streams leave it once they are connected", func(t *testing.T) {
		r := newRig(t, 2, ok, small)
		for range 5 * most {
			resp, err := r.Do(t.Context(), stream, request(t, stream, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
		}
	})
}
