package peer_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

// TestBreakerLife is a breaker's whole life over sockets: closed, open, half open, open
// again, half open, closed.
func TestBreakerLife(t *testing.T) {
	const timeout, openFor = 500 * time.Millisecond, 600 * time.Millisecond
	for name, sick := range map[string]http.HandlerFunc{
		"fails": answers(500, "no"),
		"hangs": hangs,
		"is slow": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(2 * timeout): // longer than anybody waits
			}
			answers(200, "late")(w, r)
		},
	} {
		t.Run("one that "+name, func(t *testing.T) {
			t.Parallel()
			callee := newScripted(t, sick)
			var sent atomic.Int64
			w := wire(t, []string{callee.address()}, with(func(u *peer.Tuning) { u.MinCalls, u.Timeout, u.OpenFor = 10, timeout, openFor }),
				func(c *peer.Config) {
					inner := c.Transport
					c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { sent.Add(1); return inner.RoundTrip(r) })
				})
			many := func(n int) (ok, refused, failed int) {
				var mu sync.Mutex
				var wg sync.WaitGroup
				for range n {
					wg.Go(func() {
						code, err := w.call(t.Context(), write)
						e, _ := errors.AsType[*errs.Error](err)
						mu.Lock()
						defer mu.Unlock()
						switch {
						case err == nil && code == 200:
							ok++
						case e != nil && e.Kind == errs.Unavailable && e.RetryAfter == openFor:
							refused++
						default:
							failed++
						}
					})
				}
				wg.Wait()
				return ok, refused, failed
			}
			until(t, "it opens", func() bool { _, refused, _ := many(12); return refused == 12 })
			reached := sent.Load()
			begin := time.Now()
			for range 1000 {
				if _, err := w.call(t.Context(), write); errs.KindOf(err) == errs.Unavailable && sent.Load() == reached {
					continue
				}
				break // half open: a probe went out
			}
			if took := time.Since(begin); sent.Load() == reached && took > openFor {
				t.Errorf("1000 refusals took %v", took)
			}
			if w.counted("freecar_breaker_open") != 1 || len(w.log.lines("a breaker opened")) != 1 {
				t.Errorf("the gauge is %v, the log has %v", w.counted("freecar_breaker_open"), w.log.lines("breaker"))
			}

			reached = sent.Load()
			until(t, "a probe goes out", func() bool { many(50); return sent.Load() > reached })
			if n := sent.Load() - reached; n != 1 {
				t.Errorf("half open it let %d through", n)
			}
			if ok, refused, _ := many(50); ok > 0 || refused < 49 {
				t.Errorf("after a probe that failed: %d passed, %d were refused", ok, refused)
			}

			callee.tell(answers(200, "ok"))
			well := time.Now()
			until(t, "it closes", func() bool { ok, _, _ := many(1); return ok == 1 })
			if took := time.Since(well); took > 2*openFor+timeout {
				t.Errorf("it closed after %v", took)
			}
			if ok, refused, failed := many(20); ok != 20 {
				t.Errorf("closed: %d passed, %d refused, %d failed", ok, refused, failed)
			}
			if w.counted("freecar_breaker_open") != 0 || len(w.log.lines("a breaker closed")) != 1 || len(w.log.lines("a breaker opened")) != 1 {
				t.Errorf("the gauge is %v, the log has %v", w.counted("freecar_breaker_open"), w.log.lines("breaker"))
			}
		})
	}
}

// TestStraggler is a call that began before its breaker opened.
func TestStraggler(t *testing.T) {
	begun, answer := make(chan struct{}), make(chan struct{})
	r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Late") == "" {
			return status(500)
		}
		close(begun)
		<-answer
		return status(200)
	}, touchy)
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = r.call(t.Context(), read, "Late", "1") }()
	<-begun
	if !opened(r, func() error { _, err := r.call(t.Context(), read); return err }) {
		t.Fatal("it stays closed")
	}
	close(answer)
	<-ended
	_ = r.hosts()
	for range 50 {
		if _, err := r.call(t.Context(), read); errs.KindOf(err) != errs.Unavailable || len(r.hosts()) != 0 {
			t.Fatalf("its success let others in: %v", err)
		}
	}
}

// TestSharedCircuit is two peers of one name in a process, which have one circuit.
func TestSharedCircuit(t *testing.T) {
	begun, answer := make(chan struct{}), make(chan struct{})
	one := newRig(t, 1, func(*http.Request) (*http.Response, error) { return status(500) }, touchy)
	other := newRig(t, 1, func(*http.Request) (*http.Response, error) {
		close(begun)
		<-answer
		return status(200)
	}, touchy)
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = other.call(t.Context(), read) }()
	<-begun
	if !opened(one, func() error { _, err := one.call(t.Context(), read); return err }) {
		t.Fatal("it stays closed")
	}
	close(answer)
	<-ended
	_, _ = one.hosts(), other.hosts()
	for range 50 {
		for _, r := range []*rig{one, other} {
			if _, err := r.call(t.Context(), read); errs.KindOf(err) != errs.Unavailable || len(r.hosts()) != 0 {
				t.Fatalf("the late success of another peer let calls in: %v", err)
			}
		}
	}
	if one.counted("freecar_breaker_open") != 1 || other.counted("freecar_breaker_open") != 1 {
		t.Error("the metrics do not say so")
	}
}

// TestReleased is what a call leaves behind, however it ends: nothing.
func TestReleased(t *testing.T) {
	const most = 2
	full := http.Header{"Content-Length": {"5"}}
	answer := func(length int64) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: length, Header: full, Body: &watched{Reader: strings.NewReader("hello")}}, nil
	}
	for name, c := range map[string]struct {
		callee serve
		use    func(*testing.T, *rig, kitx.Spec)
	}{
		"a panic in the transport": {func(*http.Request) (*http.Response, error) { panic("boom") }, func(t *testing.T, r *rig, spec kitx.Spec) {
			defer func() {
				if recover() == nil {
					t.Error("it was swallowed")
				}
			}()
			_, _ = r.call(t.Context(), spec)
		}},
		"a caller who leaves": {hang, func(t *testing.T, r *rig, spec kitx.Spec) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Millisecond, cancel)
			_, _ = r.call(ctx, spec)
		}},
		"a connection that breaks": {func(*http.Request) (*http.Response, error) { return nil, errRefuse }, func(t *testing.T, r *rig, spec kitx.Spec) {
			_, _ = r.call(t.Context(), spec)
		}},
		"an answer that is closed early": {func(*http.Request) (*http.Response, error) { return answer(-1) }, func(t *testing.T, r *rig, spec kitx.Spec) {
			resp, err := r.Do(t.Context(), spec, request(t, spec, ""))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}},
		"a short answer that nobody reads": {func(*http.Request) (*http.Response, error) { return answer(5) }, func(t *testing.T, r *rig, spec kitx.Spec) {
			if _, err := r.Do(t.Context(), spec, request(t, spec, "")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, spec := range []kitx.Spec{read, write, stream} {
				r := newRig(t, 2, c.callee, with(func(u *peer.Tuning) { u.Concurrent = most }))
				for range 3 * most {
					c.use(t, r, spec)
				}
				for host, n := range r.InFlight() {
					if n != 0 {
						t.Errorf("%s: %s is at %d calls", spec.Op, host, n)
					}
				}
			}
		})
	}
	t.Run("an answer that nobody reads or closes holds no ticket", func(t *testing.T) {
		r := newRig(t, 2, func(*http.Request) (*http.Response, error) { return answer(-1) }, with(func(u *peer.Tuning) { u.Concurrent = most }))
		for range 3 * most {
			resp, err := r.Do(t.Context(), stream, request(t, stream, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
		}
	})
}

// TestShortAnswers are read whole within their try.
func TestShortAnswers(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	}
	stalled := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		hangs(w, r)
	}
	for name, sick := range map[string]http.HandlerFunc{"breaks off": half, "stalls": stalled} {
		t.Run("one that "+name+" is asked for elsewhere", func(t *testing.T) {
			bad, good := newScripted(t, sick), newScripted(t, answers(200, "0123456789"))
			w := wire(t, []string{bad.address(), good.address()}, with(func(u *peer.Tuning) { u.Patience = 150 * time.Millisecond }))
			until(t, "it rests", func() bool {
				if code, err := w.call(t.Context(), read); code != 200 || err != nil {
					t.Fatalf("got %d, %v", code, err)
				}
				return w.counted("freecar_instances_resting") == 1
			})
			if n := bad.calls.Load(); n > 2 { // one that stalls may have been slow over one thing
				t.Errorf("it rests after %d", n)
			}
		})
		t.Run("one that "+name+" opens the breaker", func(t *testing.T) {
			bad := newScripted(t, sick)
			w := wire(t, []string{bad.address()}, with(func(u *peer.Tuning) { u.MinCalls, u.OpenFor, u.Timeout = 10, time.Hour, 120*time.Millisecond }))
			until(t, "it opens", func() bool {
				var wg sync.WaitGroup
				for range 12 {
					wg.Go(func() { _, _ = w.call(t.Context(), read) })
				}
				wg.Wait()
				before := bad.calls.Load()
				_, err := w.call(t.Context(), read)
				return errs.KindOf(err) == errs.Unavailable && bad.calls.Load() == before
			})
		})
	}
	t.Run("a write that breaks off is not asked for again, and may have been done", func(t *testing.T) {
		bad := newScripted(t, half)
		w := wire(t, []string{bad.address()})
		_, err := w.call(t.Context(), write)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Timeout || e.RetryAfter != 0 || bad.calls.Load() != 1 {
			t.Errorf("got %v after %d", err, bad.calls.Load())
		}
	})
	t.Run("a write that nobody took was not done, and can be asked for again", func(t *testing.T) {
		bad := newScripted(t, half)
		bad.Close()
		w := wire(t, []string{bad.address()})
		_, err := w.call(t.Context(), write)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one that nobody reads leaves its connection to the next", func(t *testing.T) {
		for _, code := range []int{200, 404, 500, 503} {
			callee := newScripted(t, answers(code, strings.Repeat("x", 1000)))
			w := wire(t, []string{callee.address()}, func(c *peer.Config) { c.Caller += http.StatusText(code) })
			for range 20 {
				resp, err := w.Do(t.Context(), read, request(t, read, ""))
				if err != nil || resp.StatusCode != code {
					t.Fatal(resp, err)
				}
			}
			if n := callee.conns.Load(); n != 1 {
				t.Errorf("%d: %d connections", code, n)
			}
		}
	})
	t.Run("the head of one has no body", func(t *testing.T) {
		callee := newScripted(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000") })
		head := request(t, read, "")
		head.Method = http.MethodHead
		resp, err := wire(t, []string{callee.address()}).Do(t.Context(), read, head)
		if err != nil || resp.ContentLength != 1000 {
			t.Fatal(resp, err)
		}
		_ = resp.Body.Close()
	})
}

// TestStorm is how many tries a service that fails always gets for each call of a client.
func TestStorm(t *testing.T) {
	const calls = 1000
	var reached atomic.Int64
	network := inproc.NewNetwork()
	fails := service("car", func(_ context.Context, p ping) (ping, error) {
		reached.Add(1)
		return p, errs.E(errs.Unavailable, "unavailable", "")
	})
	far := newPeer(t, "trip", "car", network, "car-1", "car-2")
	network.Listen("car-1", fails)
	network.Listen("car-2", fails)
	middle := service("trip", func(ctx context.Context, p ping) (ping, error) { return echo.Call(ctx, far, p) })
	network.Listen("trip-1", middle)
	network.Listen("trip-2", middle)
	near := newPeer(t, "gateway", "trip", network, "trip-1", "trip-2")
	keyed := ping{Keyed: kitx.Keyed{IdempotencyKey: "k"}}
	for range calls {
		_, _ = echo.Call(t.Context(), near, keyed)
	}
	// A tenth more at each hop, and the ten that each saved up.
	if n := reached.Load(); n > calls*121/100+11+10 {
		t.Errorf("%d tries for %d calls", n, calls)
	}
	// And with breakers, as it is: the far one opens, and so does the near one.
	if n := reached.Load(); n > calls/2 {
		t.Errorf("%d tries for %d calls: the breakers stay closed", n, calls)
	}
}

// TestStormWithoutBreakers is the budgets' own part of it.
func TestStormWithoutBreakers(t *testing.T) {
	const calls = 1000
	var reached int
	far := newRig(t, 2, func(*http.Request) (*http.Response, error) { reached++; return status(503) })
	near := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
		code, err := far.call(r.Context(), read)
		if err != nil {
			return nil, err
		}
		return status(code)
	}, func(c *peer.Config) { c.Caller += " near" })
	for range calls {
		_, _ = near.call(t.Context(), read)
	}
	hops := slices.Clone(near.hosts())
	if len(hops) > calls*110/100+10 || reached > len(hops)*110/100+10 || reached < calls {
		t.Errorf("%d tries at the first hop, %d at the second", len(hops), reached)
	}
	t.Logf("%.3f tries for each call at the first hop, %.3f at the second", float64(len(hops))/calls, float64(reached)/calls)
}
