package transport_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"freecar/gateway"
	"freecar/gateway/internal/transport"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

// raw opens a connection to the gateway and writes to it.
func raw(t *testing.T, w *world, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(eventually)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestStalledBodies(t *testing.T) {
	service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	long := fmt.Sprintf("Content-Length: %d\r\n\r\nsome", mega)
	for _, c := range []struct {
		what, request, rest string
		want                int
	}{
		{"a short one", "POST /v1/accounts", "Content-Length: 10\r\n\r\n", 400},
		{"half of one", "POST /v1/accounts", "Content-Length: 10\r\n\r\nhalf", 400},
		{"one in chunks", "POST /v1/accounts", "Transfer-Encoding: chunked\r\n\r\n", 400},
		{"of a stream, a short one", "PUT /objects/1", "Content-Length: 10\r\n\r\nhalf", 400},
		{"a long one", "PUT /objects/1", long, 400},
		{"a long one in chunks", "PUT /objects/1", "Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n", 400},
		{"a long one to a service that is dead", "PUT /v1/dead", long, 503},
		{"of a read", "GET /v1/things/1", "Content-Length: 10\r\n\r\n", 400},
		{"where nobody may come in", "POST /v1/things", "Content-Length: 10\r\n\r\n", 401},
		{"at no route", "POST /nope", "Content-Length: 10\r\n\r\n", 404},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, networks(t)[1], service, options{atMost: 50 * time.Millisecond})
			conn := raw(t, w, c.request+" HTTP/1.1\r\nHost: x\r\n"+c.rest)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != c.want || !resp.Close || c.want == 400 && !strings.Contains(string(body), `"code":"too_slow"`) {
				t.Errorf("got %s, closing %t, %s", resp.Status, resp.Close, body)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil { // to the connection's end
				t.Error(err)
			}
		})
	}
	t.Run("a slow network is no stall", func(t *testing.T) {
		const edge = 64_000 / 8 // bytes a second, at the worst
		rate := transport.LeastRate(0)
		transport.LeastRate(rate)
		const size = 2 * mega
		if took, most := size/edge, int64(30)+size/rate; int64(took) > most {
			t.Errorf("over EDGE %d bytes take %d s; there are %d s", size, took, most)
		}
	})
	t.Run("one that drips has its time, and no more", func(t *testing.T) {
		defer transport.LeastRate(transport.LeastRate(32 << 10))
		const patience = 200 * time.Millisecond
		w := newWorld(t, networks(t)[1], service, options{atMost: patience})
		const size = 65<<10 + 1 // some two seconds' worth at the least rate
		conn := raw(t, w, fmt.Sprintf("PUT /objects/1 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size))
		stop := make(chan struct{})
		dripped := make(chan struct{})
		go func() {
			defer close(dripped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(patience / 10):
					if _, err := io.WriteString(conn, "x"); err != nil {
						return
					}
				}
			}
		}()
		defer func() { close(stop); <-dripped }()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !resp.Close || !strings.Contains(string(body), `"code":"too_slow"`) {
			t.Errorf("got %s, closing %t, %s", resp.Status, resp.Close, body)
		}
	})
	t.Run("a slow one that goes on is not stalled, nor is its answer", func(t *testing.T) {
		const patience = 200 * time.Millisecond
		hurried := networks(t)[1]
		hurried.listen = func(t *testing.T, h http.Handler) string {
			server := httptest.NewUnstartedServer(h)
			server.Config.WriteTimeout = patience
			server.Start()
			t.Cleanup(server.Close)
			return server.Listener.Addr().String()
		}
		answer := strings.Repeat("x", 32<<10)
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
			_, _ = io.WriteString(w, answer)
		})
		w := newWorld(t, hurried, service, options{atMost: patience})
		conn := raw(t, w, "PUT /objects/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		for begin := time.Now(); time.Since(begin) < 2*patience; time.Sleep(patience / 10) {
			if _, err := io.WriteString(conn, "4\r\nsome\r\n"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.WriteString(conn, "0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(text) != answer || err != nil {
			t.Errorf("got %s, %d bytes, %v", resp.Status, len(text), err)
		}
	})
}

// early is a service that answers before it has read the body, which stays in its hands.
type early struct{ body io.ReadCloser }

func (e *early) Do(_ context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	e.body = r.Body
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// timed counts how often the connection's deadline was set.
type timed struct {
	*httptest.ResponseRecorder
	set int
}

func (t *timed) SetReadDeadline(time.Time) error {
	t.set++
	return nil
}

func TestUploadAfterItsRequest(t *testing.T) {
	service := &early{}
	door, err := transport.NewServer(transport.Config{
		Obs: obs.Discard().For("gateway"), Table: []gateway.Route{uploadLine}, Verifier: known, Revoked: nobodyRevoked{}, Health: &serve.Health{},
		Peers: map[string]kitx.Peer{"thing": service},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	door.ServeHTTP(w, httptest.NewRequest("PUT", "/objects/1", strings.NewReader(strings.Repeat("x", mega))))
	during := w.set
	// The connection is the next request's now.
	if n, err := service.body.Read(make([]byte, 10)); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) || w.set != during {
		t.Errorf("got %d bytes, %v; the deadline was set %d times more", n, err, w.set-during)
	}
}
