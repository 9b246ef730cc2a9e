package peer_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/internal/peer"
)

func TestInstances(t *testing.T) {
	ask := func(t *testing.T, r *rig) []string {
		t.Helper()
		for range 50 {
			if _, err := r.call(t.Context(), read); err != nil {
				t.Fatal(err)
			}
		}
		hosts := r.hosts()
		slices.Sort(hosts)
		return slices.Compact(hosts)
	}
	t.Run("all get calls", func(t *testing.T) {
		if got := ask(t, newRig(t, 3, ok)); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("who comes gets calls, and who goes gets none", func(t *testing.T) {
		r := newRig(t, 2, ok)
		r.instances.say(sd.Event{Instances: []string{"b", "x"}})
		if got := ask(t, r); !slices.Equal(got, []string{"b", "x"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the last good list is kept when the resolver is away or knows nobody", func(t *testing.T) {
		r := newRig(t, 2, ok)
		for _, e := range []sd.Event{{Err: errors.New("away")}, {}, {Instances: []string{}}, {Instances: []string{"x"}, Err: errors.New("stale")}} {
			r.instances.say(e)
			if got := ask(t, r); !slices.Equal(got, []string{"a", "b"}) || !r.Ready() {
				t.Errorf("%+v: got %v", e, got)
			}
		}
	})
	t.Run("nobody is not ready, and somebody is", func(t *testing.T) {
		r := newRig(t, 0, ok)
		if r.Ready() {
			t.Error("ready without an instance")
		}
		r.instances.say(sd.Event{Instances: []string{"a"}})
		if !r.Ready() {
			t.Error("not ready")
		}
	})
	t.Run("one that is told twice is one", func(t *testing.T) {
		r := newRig(t, 0, func(*http.Request) (*http.Response, error) { return nil, errRefuse })
		r.instances.say(sd.Event{Instances: []string{"a", "a", "b"}})
		if _, err := r.call(t.Context(), read); err == nil || len(r.hosts()) != 2 || r.Instances() != 2 {
			t.Errorf("got %v, of %d instances", err, r.Instances())
		}
	})
	t.Run("closing twice is closing once", func(t *testing.T) {
		r := newRig(t, 2, ok)
		r.Close()
		r.Close()
	})
}

func TestEjection(t *testing.T) {
	var down atomic.Pointer[string]
	set := func(names string) { down.Store(&names) }
	callee := func(r *http.Request) (*http.Response, error) {
		if slices.Contains([]byte(*down.Load()), r.URL.Host[0]) {
			return nil, errRefuse
		}
		return status(200)
	}
	forEver := with(func(u *peer.Tuning) { u.Eject = time.Hour })
	t.Run("an instance that cannot be reached rests", func(t *testing.T) {
		set("a")
		r := newRig(t, 2, callee, forEver)
		for r.counted("freecar_instances_ejected_total") == 0 {
			_, _ = r.call(t.Context(), read)
		}
		_ = r.hosts()
		for range 50 {
			if code, err := r.call(t.Context(), write); code != 200 {
				t.Fatalf("got %d, %v", code, err)
			}
		}
		if slices.Contains(r.hosts(), "a") {
			t.Error("it does not rest")
		}
		t.Run("and is called all the same when all rest", func(t *testing.T) {
			set("b")
			if code, err := r.call(t.Context(), read); code != 200 {
				t.Errorf("got %d, %v", code, err)
			}
		})
	})
	t.Run("one that answers badly does not rest", func(t *testing.T) {
		r := newRig(t, 2, func(*http.Request) (*http.Response, error) { return status(500) })
		_, _ = r.call(t.Context(), read)
		if got := r.counted("freecar_instances_ejected_total"); got != 0 {
			t.Errorf("ejected %v", got)
		}
	})
	t.Run("the rest ends", func(t *testing.T) {
		set("ab")
		r := newRig(t, 2, callee, with(func(u *peer.Tuning) { u.Eject = time.Nanosecond }))
		_, _ = r.call(t.Context(), read)
		set("")
		_ = r.hosts()
		for !slices.Contains(r.hosts(), "a") {
			_, _ = r.call(t.Context(), read)
		}
		for !slices.Contains(r.hosts(), "b") {
			_, _ = r.call(t.Context(), read)
		}
	})
}

func TestLeastBusy(t *testing.T) {
	begun := make(chan string)
	r := newRig(t, 2, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Hang") != "" {
			begun <- r.URL.Host
			return hang(r)
		}
		return status(200)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = r.call(ctx, read, "Hang", "1") }()
	busy := <-begun
	t.Run("the less busy of two gets the call", func(t *testing.T) {
		_ = r.hosts()
		for range 50 {
			_, _ = r.call(t.Context(), read)
		}
		if slices.Contains(r.hosts(), busy) {
			t.Error("the busy one got a call")
		}
	})
	t.Run("a call counts until its answer is closed", func(t *testing.T) {
		resp, err := r.Do(t.Context(), read, request(t, read, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.InFlight(); got["a"] != 1 || got["b"] != 1 {
			t.Errorf("got %v", got)
		}
		_, _ = resp.Body.Close(), resp.Body.Close() // once
		cancel()
		<-ended
		if got := r.InFlight(); got["a"] != 0 || got["b"] != 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("failed calls do not stay in the count", func(t *testing.T) {
		r := newRig(t, 3, func(*http.Request) (*http.Response, error) { return nil, errRefuse })
		_, _ = r.call(t.Context(), read)
		for host, n := range r.InFlight() {
			if n != 0 {
				t.Errorf("%s: %d", host, n)
			}
		}
	})
}
