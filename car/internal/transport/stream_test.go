package transport

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"freecar/car"
	"freecar/internal/auth"
)

// orders is a car.Service of which a stream uses two methods.
type orders struct {
	car.Service
	mu      sync.Mutex
	waiting []car.Pending
	err     error
	news    chan car.Pending
	left    bool
}

func (o *orders) Pending(context.Context, string) ([]car.Pending, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]car.Pending(nil), o.waiting...), o.err
}

func (o *orders) Listen(string) (<-chan car.Pending, func()) {
	return o.news, func() { o.left = true }
}

func (o *orders) set(ids ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = nil
	for _, id := range ids {
		o.waiting = append(o.waiting, pending(id))
	}
}

func pending(id string) car.Pending {
	return car.Pending{CarID: "car", Command: car.Command{ID: id, Kind: car.CommandLock, State: car.Waiting, CreatedAt: time.UnixMilli(0)}}
}

// recorder is an http.ResponseWriter that can be read while it is written.
type recorder struct {
	mu sync.Mutex
	*httptest.ResponseRecorder
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ResponseRecorder.Write(b)
}

func (r *recorder) count(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.Body.String(), text)
}

// streamed runs a stream in a bubble of time.
func streamed(t *testing.T, o *orders, during func(r *recorder, s *CommandStreams, leave func())) {
	synctest.Test(t, func(t *testing.T) {
		o.news = make(chan car.Pending, 10)
		s := NewCommandStreams(o)
		ctx, leave := context.WithCancel(auth.With(t.Context(), auth.Principal{Subject: "device"}))
		r := &recorder{ResponseRecorder: httptest.NewRecorder()}
		done := make(chan error, 1)
		go func() {
			done <- s.Serve(r, httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/devices/commands", nil))
		}()
		synctest.Wait()
		during(r, s, leave)
		leave()
		if err := <-done; err != nil || !o.left {
			t.Errorf("ended with %v, left %t", err, o.left)
		}
	})
}

func TestCommandStream(t *testing.T) {
	wait := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
	t.Run("begins with what waits", func(t *testing.T) {
		o := &orders{}
		o.set("a", "b")
		streamed(t, o, func(r *recorder, _ *CommandStreams, _ func()) {
			const event = "event: command\nid: a\ndata: {\"id\":\"a\",\"car_id\":\"car\",\"kind\":\"lock\",\"created_at\":\"1970-01-01T00:00:00.000Z\"}\n\n"
			if r.count(event) != 1 || r.count("id: b\n") != 1 || r.Header().Get("Content-Type") != "text/event-stream" || !r.Flushed {
				t.Errorf("got %q", r.Body)
			}
		})
	})
	t.Run("brings news at once, and once", func(t *testing.T) {
		o := &orders{}
		streamed(t, o, func(r *recorder, _ *CommandStreams, _ func()) {
			o.set("a")
			o.news <- pending("a")
			o.news <- pending("a")
			synctest.Wait()
			if n := r.count("id: a\n"); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	})
	t.Run("repeats what waits until it is answered", func(t *testing.T) {
		o := &orders{}
		o.set("a")
		streamed(t, o, func(r *recorder, _ *CommandStreams, _ func()) {
			wait(3 * resendEvery)
			if n := r.count("id: a\n"); n != 4 {
				t.Errorf("sent %d times in %s", n, 3*resendEvery)
			}
			o.set()
			wait(10 * resendEvery)
			if n := r.count("id: a\n"); n != 4 {
				t.Errorf("sent %d times", n)
			}
		})
	})
	t.Run("finds what the news missed", func(t *testing.T) {
		o := &orders{}
		streamed(t, o, func(r *recorder, _ *CommandStreams, _ func()) {
			o.set("a")
			wait(resendEvery)
			if n := r.count("id: a\n"); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	})
	t.Run("beats while nothing happens", func(t *testing.T) {
		streamed(t, &orders{}, func(r *recorder, _ *CommandStreams, _ func()) {
			wait(3 * heartbeatEvery)
			if n := r.count(": still here\n\n"); n != 3 {
				t.Errorf("%d heartbeats", n)
			}
		})
	})
	t.Run("ends when the service stops", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := NewCommandStreams(&orders{})
			s.Close()
			s.Close()
			r := &recorder{ResponseRecorder: httptest.NewRecorder()}
			if err := s.Serve(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/devices/commands", nil)); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("is refused while the store is away", func(t *testing.T) {
		away := errors.New("away")
		r := &recorder{ResponseRecorder: httptest.NewRecorder()}
		err := NewCommandStreams(&orders{err: away}).Serve(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/devices/commands", nil))
		if !errors.Is(err, away) || r.Body.Len() > 0 {
			t.Errorf("got %v after %q", err, r.Body)
		}
	})
}
