package peer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/kitx"
	"freecar/internal/peer"
)

// TestHedge is a read whose answer does not come in time.
func TestHedge(t *testing.T) {
	const patience = 150 * time.Millisecond
	impatient := with(func(u *peer.Tuning) { u.Patience = patience })
	// after answers as somebody else would, later: later than a second try begins, if d says so.
	after := func(r *http.Request, d time.Duration, code int) (*http.Response, error) {
		select {
		case <-time.After(d):
			return status(code)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	refuses := &net.OpError{Op: "dial", Net: "tcp", Err: errRefuse}
	settled := func(t *testing.T, r *rig) {
		t.Helper()
		for host, n := range r.InFlight() {
			if n != 0 {
				t.Errorf("%s is at %d calls", host, n)
			}
		}
	}

	t.Run("one that is slow and well is waited for, whatever becomes of the other", func(t *testing.T) {
		for name, other := range map[string]serve{
			"hangs":      hang,
			"is dead":    func(*http.Request) (*http.Response, error) { return nil, refuses },
			"is ill":     func(*http.Request) (*http.Response, error) { return status(500) },
			"is away":    func(*http.Request) (*http.Response, error) { return status(503) },
			"is as slow": func(r *http.Request) (*http.Response, error) { return after(r, 2*patience, 200) },
		} {
			var n atomic.Int64
			r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
				if n.Add(1) > 1 {
					return other(r)
				}
				return after(r, 2*patience, 200)
			}, impatient, func(c *peer.Config) { c.Caller += name })
			if code, err := r.call(t.Context(), read); code != 200 || err != nil {
				t.Errorf("the other %s: got %d, %v", name, code, err)
			}
			if hosts := r.hosts(); len(hosts) != 2 || hosts[0] == hosts[1] {
				t.Errorf("the other %s: tried %v", name, hosts)
			}
			if ejected := r.counted("freecar_instances_ejected_total"); ejected != 0 && name != "is dead" {
				t.Errorf("the other %s: %v rest", name, ejected)
			}
			settled(t, r)
		}
	})
	t.Run("one that needs most of the call's time has it", func(t *testing.T) {
		const timeout = time.Second
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) { return after(r, timeout*7/10, 200) },
			with(func(u *peer.Tuning) { u.Timeout = timeout }))
		if code, err := r.call(t.Context(), read); code != 200 || len(r.hosts()) != 2 {
			t.Errorf("got %d, %v", code, err)
		}
		if n := r.counted("freecar_instances_ejected_total"); n != 0 {
			t.Errorf("%v rest", n)
		}
	})
	t.Run("one that rests is not asked", func(t *testing.T) {
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" {
				return nil, refuses
			}
			return after(r, 2*patience, 200)
		}, impatient, with(func(u *peer.Tuning) { u.Eject = time.Hour }))
		until(t, "it rests", func() bool {
			_, _ = r.call(t.Context(), write)
			return r.counted("freecar_instances_resting") == 1
		})
		_ = r.hosts()
		if code, err := r.call(t.Context(), read); code != 200 || len(r.hosts()) != 1 {
			t.Errorf("got %d, %v", code, err)
		}
	})
	for name, slow := range map[string]time.Duration{"the first": 2 * patience, "the second": time.Hour} {
		t.Run("when "+name+" has answered, it is whole, and an answer of the other is let go", func(t *testing.T) {
			var n atomic.Int64
			late := &tied{Reader: strings.NewReader("late")}
			lost := func(r *http.Request) (*http.Response, error) { // hears too late that it is given up
				<-r.Context().Done()
				return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{}, Body: late}, nil
			}
			r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
				if (n.Add(1) == 1) == (name == "the second") {
					return lost(r)
				}
				if name == "the first" {
					<-time.After(slow)
				}
				return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{},
					Body: &tied{Reader: strings.NewReader("whole"), ctx: r.Context()}}, nil
			}, impatient)
			resp, err := r.Do(t.Context(), read, request(t, read, ""))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); string(got) != "whole" || err != nil || !late.closed || len(r.hosts()) != 2 {
				t.Errorf("got %q, %v, the other's is closed: %t", got, err, late.closed)
			}
			_ = resp.Body.Close()
			settled(t, r)
		})
	}
	t.Run("a panic of the second try is its caller's", func(t *testing.T) {
		var n atomic.Int64
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if n.Add(1) > 1 {
				panic("boom")
			}
			return after(r, 2*patience, 200)
		}, impatient)
		defer func() {
			if recover() == nil {
				t.Error("it was swallowed")
			}
			settled(t, r)
		}()
		_, _ = r.call(t.Context(), read)
	})
	t.Run("it is a retry to the budget, and no second is sent when that is used up", func(t *testing.T) {
		quick := with(func(u *peer.Tuning) { u.Patience = 5 * time.Millisecond })
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) { return after(r, 30*time.Millisecond, 200) }, quick)
		const calls = 30
		for range calls {
			if code, err := r.call(t.Context(), read); code != 200 {
				t.Fatalf("got %d, %v", code, err)
			}
		}
		tries := len(r.hosts())
		if most := calls + 10 + calls/10; tries > most || tries == calls || r.counted("freecar_call_retries_total") != float64(tries-calls) {
			t.Errorf("%d tries for %d calls", tries, calls)
		}
	})
	t.Run("one read that is slow is no reason to rest, nor are two with an answer between", func(t *testing.T) {
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" && r.Header.Get("Slow") != "" {
				return hang(r)
			}
			return status(200)
		}, impatient)
		for range 3 {
			for len(r.hosts()) < 2 { // until a was asked, and b
				_, _ = r.call(t.Context(), read, "Slow", "1")
			}
			for count(r.hosts(), "a") == 0 {
				_, _ = r.call(t.Context(), read)
			}
		}
		if n := r.counted("freecar_instances_ejected_total"); n != 0 {
			t.Errorf("%v rest", n)
		}
	})
}

// tied is a body that lives as long as its request's context, if it has one.
type tied struct {
	io.Reader
	ctx    context.Context
	closed bool
}

func (b *tied) Read(p []byte) (int, error) {
	if b.ctx != nil && b.ctx.Err() != nil {
		return 0, b.ctx.Err()
	}
	return b.Reader.Read(p)
}

func (b *tied) Close() error { b.closed = true; return nil }

// TestInnerHop is a service that waits out an instance of another one that hangs: its own
// caller, who began to wait before it did, must not take it for the one that hangs.
func TestInnerHop(t *testing.T) {
	var n atomic.Int64
	far := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
		if n.Add(1) == 1 {
			return hang(r)
		}
		<-time.After(30 * time.Millisecond) // of work
		return status(200)
	}, with(func(u *peer.Tuning) { u.Timeout = 5 * time.Second }))
	near := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
		left, err := strconv.Atoi(r.Header.Get(kitx.DeadlineHeader))
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(left)*time.Millisecond)
		defer cancel()
		code, err := far.call(ctx, read)
		if err != nil {
			return nil, err
		}
		return status(code)
	}, with(func(u *peer.Tuning) { u.Timeout = 5 * time.Second }), func(c *peer.Config) { c.Caller += " near" })
	if code, err := near.call(t.Context(), read); code != 200 {
		t.Errorf("got %d, %v", code, err)
	}
	if outer, inner := near.hosts(), far.hosts(); len(outer) != 1 || len(inner) != 2 {
		t.Errorf("asked %v, which asked %v", outer, inner)
	}
}
