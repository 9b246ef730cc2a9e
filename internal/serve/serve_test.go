package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"go.uber.org/goleak"

	"freecar/internal/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newProcess(grace time.Duration) *serve.Process {
	return serve.NewProcess(log.NewNopLogger(), grace)
}

func TestStop(t *testing.T) {
	t.Run("what was started last stops first", func(t *testing.T) {
		p := newProcess(time.Minute)
		var order []string
		for _, name := range []string{"store", "outbox", "door"} {
			p.OnStop(name, func(context.Context) error { order = append(order, name); return nil })
		}
		if err := p.Stop(); err != nil || strings.Join(order, " ") != "door outbox store" {
			t.Errorf("got %v, %v", order, err)
		}
	})
	t.Run("a door that opened early stops before what came after it", func(t *testing.T) {
		p := newProcess(time.Minute)
		var order []string
		for _, name := range []string{"lock", "door", "store", "outbox"} {
			p.OnStop(name, func(context.Context) error { order = append(order, name); return nil })
		}
		p.StopFirst("door")
		p.StopFirst("nobody")
		p.OnStop("streams", func(context.Context) error { order = append(order, "streams"); return nil })
		if err := p.Stop(); err != nil || strings.Join(order, " ") != "streams door outbox store lock" {
			t.Errorf("got %v, %v", order, err)
		}
	})
	t.Run("a loop is waited for before the part beneath it stops", func(t *testing.T) {
		p := newProcess(time.Minute)
		var order []string
		p.OnStop("store", func(context.Context) error { order = append(order, "store"); return nil })
		begun := make(chan struct{})
		p.Go("loop", func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			order = append(order, "loop") // a race unless Stop waits
			return ctx.Err()
		})
		<-begun
		if err := p.Stop(); err != nil || strings.Join(order, " ") != "loop store" {
			t.Errorf("got %v, %v", order, err)
		}
		select {
		case err := <-p.Failed():
			t.Errorf("a loop that was stopped failed: %v", err)
		default:
		}
	})
	t.Run("what fails to stop is named, and keeps nothing else from stopping", func(t *testing.T) {
		p := newProcess(time.Minute)
		stopped := false
		full := errors.New("disk full")
		p.OnStop("store", func(context.Context) error { stopped = true; return nil })
		p.OnStop("outbox", func(context.Context) error { return full })
		if err := p.Stop(); !stopped || !errors.Is(err, full) || err.Error() != "stopping outbox: disk full" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one that hangs leaves time for those beneath it", func(t *testing.T) {
		p := newProcess(100 * time.Millisecond)
		left := false
		p.OnStop("store", func(ctx context.Context) error { left = ctx.Err() == nil; return nil })
		release := make(chan struct{})
		p.Go("loop", func(context.Context) error { <-release; return nil })
		if err := p.Stop(); !errors.Is(err, context.DeadlineExceeded) || !left {
			t.Errorf("got %v, time left %t", err, left)
		}
		close(release)
	})
	t.Run("stopping twice is stopping once", func(t *testing.T) {
		p := newProcess(time.Minute)
		n := 0
		p.OnStop("store", func(context.Context) error { n++; return nil })
		if err := errors.Join(p.Stop(), p.Stop()); err != nil || n != 1 {
			t.Errorf("stopped %d times, %v", n, err)
		}
	})
}

func TestGo(t *testing.T) {
	t.Run("a loop that fails ends the process, the first one with its reason", func(t *testing.T) {
		p := newProcess(time.Minute)
		full := errors.New("disk full")
		p.Go("relay", func(context.Context) error { return full })
		err := <-p.Failed()
		if !errors.Is(err, full) || err.Error() != "relay: disk full" {
			t.Errorf("got %v", err)
		}
		for range 3 { // nobody listens any more
			p.Go("relay", func(context.Context) error { return full })
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a loop that has nothing left to do ends nothing", func(t *testing.T) {
		p := newProcess(time.Minute)
		p.Go("once", func(context.Context) error { return nil })
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		select {
		case err := <-p.Failed():
			t.Error(err)
		default:
		}
	})
}

// door serves h and gives its base address.
func door(t *testing.T, p *serve.Process, h http.HandlerFunc) string {
	t.Helper()
	address, err := p.Serve("door", "127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// ask opens a connection of its own for one request.
func ask(address string) (*http.Response, string, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return nil, "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

func TestServe(t *testing.T) {
	t.Run("a request under way at the stop is finished, and no other begins", func(t *testing.T) {
		p := newProcess(time.Minute)
		begun, proceed := make(chan struct{}), make(chan struct{})
		address := door(t, p, func(w http.ResponseWriter, _ *http.Request) {
			close(begun)
			<-proceed
			_, _ = io.WriteString(w, "done")
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			resp, text, err := ask(address)
			if err != nil || text != "done" || !resp.Close {
				t.Errorf("got %q, %v", text, err)
			}
		})
		<-begun
		wg.Go(func() {
			if err := p.Stop(); err != nil {
				t.Error(err)
			}
		})
		for { // until the door is shut
			conn, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			_ = conn.Close()
		}
		close(proceed)
		wg.Wait()
		select {
		case err := <-p.Failed():
			t.Errorf("a stop is a failure: %v", err)
		default:
		}
	})
	t.Run("one that goes on although it is cut is a failure", func(t *testing.T) {
		p := newProcess(50 * time.Millisecond)
		begun, release := make(chan struct{}), make(chan struct{})
		address := door(t, p, func(http.ResponseWriter, *http.Request) { close(begun); <-release })
		asked := make(chan error)
		go func() { _, _, err := ask(address); asked <- err }()
		<-begun
		if err := p.Stop(); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "stopping door: 1 requests did not end") {
			t.Errorf("got %v", err)
		}
		close(release)
		if err := <-asked; err == nil {
			t.Error("it was answered")
		}
	})
	t.Run("a client that does not read holds nothing", func(t *testing.T) {
		before := serve.AnswerWithin(50 * time.Millisecond)
		defer serve.AnswerWithin(before)
		p := newProcess(time.Minute)
		ended := make(chan error, 1)
		address := door(t, p, func(w http.ResponseWriter, _ *http.Request) {
			for piece := make([]byte, 1<<20); ; {
				if _, err := w.Write(piece); err != nil {
					ended <- err
					return
				}
			}
		})
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a port in use says who wanted which", func(t *testing.T) {
		p := newProcess(time.Minute)
		address := door(t, p, func(http.ResponseWriter, *http.Request) {})
		_, err := p.Serve("ops", address, http.NotFoundHandler())
		if want := "ops cannot listen: listen tcp " + address + ": bind: address already in use"; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a panic is logged with the rest", func(t *testing.T) {
		var lines bytes.Buffer
		p := serve.NewProcess(log.NewJSONLogger(log.NewSyncWriter(&lines)), time.Minute)
		address := door(t, p, func(http.ResponseWriter, *http.Request) { panic("boom") })
		if _, _, err := ask(address); err == nil {
			t.Error("it was answered")
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if got := lines.String(); !strings.Contains(got, `"part":"door"`) || !strings.Contains(got, "panic serving") {
			t.Errorf("got %s", got)
		}
	})
}

func TestHealth(t *testing.T) {
	var h serve.Health
	for _, step := range []struct {
		name        string
		do          func()
		live, ready int
	}{
		{"before it was ready", func() {}, 503, 503},
		{"ready", func() { h.SetReady(true) }, 200, 200},
		{"draining, and alive", func() { h.SetReady(false) }, 200, 503},
		{"ready again", func() { h.SetReady(true) }, 200, 200},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			for _, probe := range []struct {
				serve http.HandlerFunc
				want  int
			}{{h.Live, step.live}, {h.Ready, step.ready}} {
				w := httptest.NewRecorder()
				probe.serve(w, nil)
				want := fmt.Sprintf(`{"status":"%s"}`, map[int]string{200: "ok", 503: "unavailable"}[probe.want])
				if w.Code != probe.want || w.Body.String() != want || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			}
		})
	}
}
