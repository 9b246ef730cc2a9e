package peer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

// TestHangingInstance is one of two instances that takes connections and says nothing.
func TestHangingInstance(t *testing.T) {
	const patience, rest = 150 * time.Millisecond, 300 * time.Millisecond
	well, sick := newScripted(t, answers(200, "ok")), newScripted(t, hangs)
	w := wire(t, []string{well.address(), sick.address()}, with(func(u *peer.Tuning) { u.Patience, u.Eject = patience, rest }))
	const calls = 300
	begin, slow := time.Now(), 0
	for range calls {
		one := time.Now()
		if code, err := w.call(t.Context(), read); code != 200 {
			t.Fatalf("got %d, %v", code, err)
		}
		if time.Since(one) >= patience {
			slow++
		}
	}
	took := time.Since(begin)
	t.Run("reads go on elsewhere, and it gets one call for each of its rests", func(t *testing.T) {
		if most := 2 + took/rest; sick.calls.Load() < 1 || sick.calls.Load() > int64(most) || slow > int(most) {
			t.Errorf("it got %d of %d calls in %v, of which %d were slow", sick.calls.Load(), calls, took, slow)
		}
	})
	t.Run("the metrics and the log say so", func(t *testing.T) {
		if n := w.counted("freecar_instances_resting"); n != 1 || w.counted("freecar_instances_ejected_total") == 0 {
			t.Errorf("%v rest", n)
		}
		if lines := w.log.lines("an instance rests"); len(lines) == 0 {
			t.Error("no line")
		}
	})
	t.Run("writes go elsewhere, too, and none is lost on trying it", func(t *testing.T) {
		before := sick.calls.Load()
		for end := time.Now().Add(2 * rest); time.Now().Before(end); {
			if code, err := w.call(t.Context(), write); code != 200 {
				t.Fatalf("got %d, %v", code, err)
			}
		}
		if sick.calls.Load() != before {
			t.Error("it got a write")
		}
	})
	t.Run("it comes back by itself", func(t *testing.T) {
		sick.tell(answers(200, "ok"))
		before := sick.calls.Load()
		until(t, "it gets its share", func() bool {
			_, _ = w.call(t.Context(), read)
			return sick.calls.Load() > before+20
		})
		if n := w.counted("freecar_instances_resting"); n != 0 || len(w.log.lines("an instance is back")) == 0 {
			t.Errorf("%v rest", n)
		}
	})
}

// TestSilence is what an instance is blamed for.
func TestSilence(t *testing.T) {
	ejected := func(r *rig) float64 { return r.counted("freecar_instances_ejected_total") }
	timeout := func(d time.Duration) func(*peer.Config) {
		return with(func(u *peer.Tuning) { u.Timeout, u.Patience = d, time.Hour })
	}
	t.Run("nothing came in all of the time", func(t *testing.T) {
		r := newRig(t, 2, hang, timeout(200*time.Millisecond))
		for _, spec := range []kitx.Spec{write, stream} {
			if _, err := r.call(t.Context(), spec); errs.KindOf(err) != errs.Timeout {
				t.Errorf("got %v", err)
			}
		}
		if n := ejected(r); n != 2 {
			t.Errorf("%v ejected", n)
		}
	})
	t.Run("one that is slow over one thing and answers others is not blamed", func(t *testing.T) {
		begun := make(chan struct{})
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Hang") != "" {
				close(begun)
				return hang(r)
			}
			return status(200)
		}, timeout(300*time.Millisecond))
		ended := make(chan error)
		go func() { _, err := r.call(t.Context(), write, "Hang", "1"); ended <- err }()
		<-begun
		for range 20 {
			_, _ = r.call(t.Context(), read)
		}
		if _, err := r.call(t.Context(), read); err != nil {
			t.Error(err)
		}
		busy := ""
		for host, n := range r.InFlight() {
			if n > 0 {
				busy = host
			}
		}
		// The least busy one got the calls so far: have the other busy, too, and more so.
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for r.InFlight()[busy] <= 1 && len(ended) == 0 {
			resp, err := r.Do(ctx, read, request(t, read, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
		}
		if err := <-ended; errs.KindOf(err) != errs.Timeout {
			t.Errorf("got %v", err)
		}
		if n := ejected(r); n != 0 {
			t.Errorf("%v ejected", n)
		}
	})
	t.Run("a caller with next to no time learns nothing", func(t *testing.T) {
		r := newRig(t, 2, hang, touchy)
		if openedWithin(50, r, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
			defer cancel()
			_, err := r.call(ctx, write)
			return err
		}) || ejected(r) != 0 {
			t.Errorf("%v ejected, or it opened", ejected(r))
		}
	})
	t.Run("a caller whose time was over before it asked learns nothing", func(t *testing.T) {
		r := newRig(t, 1, ok, touchy)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		for range 1000 {
			if _, err := r.call(ctx, read); errs.KindOf(err) != errs.Timeout && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v", err)
			}
		}
		if code, err := r.call(t.Context(), read); code != 200 || len(r.hosts()) != 1 {
			t.Errorf("got %d, %v", code, err)
		}
	})
	t.Run("an answer that breaks off in the middle is its failure, however long", func(t *testing.T) {
		r := newRig(t, 2, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{}, Body: io.NopCloser(breaking{})}, nil
		})
		if _, err := r.call(t.Context(), stream); err != nil {
			t.Fatal(err)
		}
		if n := ejected(r); n != 0 {
			t.Errorf("%v ejected for a stream, whose reader may be the slow one", n)
		}
		if _, err := r.call(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		if n := ejected(r); n != 1 {
			t.Errorf("%v ejected", n)
		}
	})
}

// breaking is a body that breaks off.
type breaking struct{}

func (breaking) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRests(t *testing.T) {
	refuse := func(*http.Request) (*http.Response, error) { return nil, errRefuse }
	t.Run("many that fail together are one failure", func(t *testing.T) {
		var wg sync.WaitGroup
		all := make(chan struct{})
		var begun atomic.Int64
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			if begun.Add(1) == 50 {
				close(all)
			}
			<-all
			return refuse(r)
		})
		for range 50 {
			wg.Go(func() { _, _ = r.call(t.Context(), write) })
		}
		wg.Wait()
		if n := r.counted("freecar_instances_ejected_total"); n != 1 {
			t.Errorf("%v", n)
		}
	})
	t.Run("after a rest one call tries, and the next rest is longer", func(t *testing.T) {
		const first = 100 * time.Millisecond
		var down atomic.Bool
		down.Store(true)
		var tries []time.Time // when each began; its rest begins later
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" && down.Load() {
				tries = append(tries, time.Now())
				return refuse(r)
			}
			return status(200)
		}, with(func(u *peer.Tuning) { u.Eject = first }))
		for len(tries) < 4 {
			_, _ = r.call(t.Context(), read)
			<-time.After(time.Millisecond)
		}
		for i, least := range []time.Duration{first, 2 * first, 4 * first} {
			if got := tries[i+1].Sub(tries[i]); got < least {
				t.Errorf("rest %d took %v", i+1, got)
			}
		}
		down.Store(false)
		_ = r.hosts()
		until(t, "it is back", func() bool { _, _ = r.call(t.Context(), read); return count(r.hosts(), "a") > 0 })
		for n := 0; n < 10; { // and is back for good
			_, _ = r.call(t.Context(), write)
			n += count(r.hosts(), "a")
		}
	})
	t.Run("one call at a time tries, while others go on", func(t *testing.T) {
		const first = 100 * time.Millisecond
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" {
				return hang(r)
			}
			return status(200)
		}, with(func(u *peer.Tuning) { u.Eject, u.Patience, u.Timeout = first, 3*first, 5*first }))
		until(t, "it rests", func() bool { _, _ = r.call(t.Context(), write); return r.counted("freecar_instances_resting") == 1 })
		_ = r.hosts()
		<-time.After(first) // a rest
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { _, _ = r.call(t.Context(), read) })
		}
		wg.Wait()
		if n := count(r.hosts(), "a"); n > 3 { // one for each rest while they lasted
			t.Errorf("%d tried", n)
		}
	})
	t.Run("where only writes come, one of them tries in the end", func(t *testing.T) {
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" && r.Header.Get("Refuse") != "" {
				return refuse(r)
			}
			return status(200)
		}, with(func(u *peer.Tuning) { u.Eject = 20 * time.Millisecond }))
		until(t, "it rests", func() bool {
			_, _ = r.call(t.Context(), write, "Refuse", "1")
			return r.counted("freecar_instances_resting") == 1
		})
		until(t, "it is back", func() bool { _, _ = r.call(t.Context(), write); return r.counted("freecar_instances_resting") == 0 })
	})
	t.Run("a write does not try it before its time, be there a key", func(t *testing.T) {
		const rest = 100 * time.Millisecond
		r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errRefuse}
			}
			return status(200)
		}, with(func(u *peer.Tuning) { u.Eject = rest }))
		until(t, "it rests", func() bool { _, _ = r.call(t.Context(), write); return r.counted("freecar_instances_resting") == 1 })
		begin := time.Now()
		_ = r.hosts()
		for time.Since(begin) < 2*rest { // the rest is over, and the time of writes is not come
			_, _ = r.call(t.Context(), write, kitx.KeyHeader, "k")
			if tried := count(r.hosts(), "a") > 0; tried && time.Since(begin) < 4*rest {
				t.Fatalf("a write tried it after %v", time.Since(begin))
			}
		}
		until(t, "a read tries it", func() bool { _, _ = r.call(t.Context(), read); return count(r.hosts(), "a") > 0 })
	})
	t.Run("one that goes, or whose peer closes, is counted no longer", func(t *testing.T) {
		for name, end := range map[string]func(*rig){
			"goes":   func(r *rig) { r.instances.say(sd.Event{Instances: []string{"x"}}) },
			"closes": func(r *rig) { r.Close() },
		} {
			r := newRig(t, 2, refuse, func(c *peer.Config) { c.Caller += name })
			_, _ = r.call(t.Context(), read)
			if n := r.counted("freecar_instances_resting"); n != 2 {
				t.Errorf("%v rest", n)
			}
			end(r)
			if n := r.counted("freecar_instances_resting"); n != 0 {
				t.Errorf("%s: %v rest", name, n)
			}
		}
	})
}
