package kitx_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// socket is a rig behind a real listener.
func socket(t *testing.T, change ...func(*kitx.ServerConfig)) (r *rig, address string) {
	t.Helper()
	r = newRig(t, change...)
	server := httptest.NewServer(r.Server)
	t.Cleanup(server.Close)
	return r, server.Listener.Addr().String()
}

// send opens a connection, writes the request and reads the head of the answer.
func send(t *testing.T, address, request string) (*http.Response, net.Conn) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp, conn
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\nWho: rider\r\n\r\n" }

func TestSocket(t *testing.T) {
	t.Run("a client that sends half a body and waits does not hold the operation", func(t *testing.T) {
		r, address := socket(t, func(c *kitx.ServerConfig) { c.AtMost = 20 * time.Millisecond })
		put.Mount(r.Server, func(_ context.Context, o order) (order, error) { return o, nil })
		resp, _ := send(t, address, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nWho: rider\r\nContent-Length: 10\r\n\r\n{", here))
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("got %s", resp.Status)
		}
	})
	t.Run("nor does one whose body nobody wants, and the connection ends", func(t *testing.T) {
		for request, want := range map[string]int{
			"POST " + here:      http.StatusUnauthorized,
			"POST /nowhere":     http.StatusNotFound,
			"DELETE /v1/file":   http.StatusMethodNotAllowed,
			"GET /v1/anybody":   http.StatusBadRequest,
			"PATCH /v1/anybody": http.StatusOK,
		} {
			for _, body := range []string{"Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n"} {
				r, address := socket(t, func(c *kitx.ServerConfig) { c.AtMost = 20 * time.Millisecond })
				put.Mount(r.Server, func(_ context.Context, o order) (order, error) { return o, nil })
				file.Mount(r.Server, func(http.ResponseWriter, *http.Request) error { return nil })
				kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "trip.Anybody", Method: "GET", Path: "/v1/anybody", Who: auth.Anyone()}).
					Mount(r.Server, func(context.Context, kitx.None) (kitx.None, error) { return kitx.None{}, nil })
				kitx.NewRaw(kitx.Spec{Op: "trip.Stream", Method: "PATCH", Path: "/v1/anybody", Who: auth.Anyone(), Stream: true}).
					Mount(r.Server, func(http.ResponseWriter, *http.Request) error { return nil })
				resp, conn := send(t, address, request+" HTTP/1.1\r\nHost: x\r\n"+body)
				if resp.StatusCode != want {
					t.Errorf("%s: got %s", request, resp.Status)
				}
				if _, err := io.Copy(io.Discard, conn); err != nil { // to its end
					t.Errorf("%s: %v", request, err)
				}
			}
		}
	})
	t.Run("once the body is there nothing bounds a stream", func(t *testing.T) {
		const atMost = 100 * time.Millisecond
		r, address := socket(t, func(c *kitx.ServerConfig) { c.AtMost = atMost })
		stream := kitx.NewRaw(kitx.Spec{Op: "trip.Stream", Method: "POST", Path: "/v1/stream", Who: auth.Anyone(), Stream: true})
		stream.Mount(r.Server, func(_ http.ResponseWriter, r *http.Request) error {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return err
			}
			select {
			case <-r.Context().Done():
				return r.Context().Err()
			case <-time.After(2 * atMost): // beyond the bound
				return nil
			}
		})
		resp, _ := send(t, address, "POST /v1/stream HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("got %s", resp.Status)
		}
	})
	t.Run("a stream is answered however late", func(t *testing.T) {
		const within = 20 * time.Millisecond
		for name, late := range map[string]func(http.ResponseWriter) error{
			"nothing":   func(http.ResponseWriter) error { return nil },
			"an answer": func(w http.ResponseWriter) error { w.WriteHeader(http.StatusOK); return nil },
			"a refusal": func(http.ResponseWriter) error { return errs.Missing("file") },
			"a fault":   func(http.ResponseWriter) error { return errors.New("disk full") },
		} {
			r := newRig(t)
			server := httptest.NewUnstartedServer(r.Server)
			server.Config.WriteTimeout = within
			server.Start()
			t.Cleanup(server.Close)
			stream := kitx.NewRaw(kitx.Spec{Op: "trip.Stream", Method: "GET", Path: "/v1/stream", Who: auth.Anyone(), Stream: true})
			stream.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
				time.Sleep(2 * within)
				return late(w)
			})
			resp, _ := send(t, server.Listener.Addr().String(), get("/v1/stream"))
			if _, err := io.ReadAll(resp.Body); err != nil {
				t.Errorf("%s: got %s, %v", name, resp.Status, err)
			}
		}
	})
	t.Run("a request that has taken all its time is a 504", func(t *testing.T) {
		r, address := socket(t, func(c *kitx.ServerConfig) { c.AtMost = 20 * time.Millisecond })
		cancel.Mount(r.Server, func(ctx context.Context, _ kitx.None) (kitx.None, error) {
			<-ctx.Done()
			return kitx.None{}, fmt.Errorf("asking the store: %w", ctx.Err())
		})
		resp, _ := send(t, address, "POST /v1/cancel HTTP/1.1\r\nHost: x\r\nWho: rider\r\nContent-Length: 0\r\n\r\n")
		if resp.StatusCode != http.StatusGatewayTimeout || r.log.one(t)["code"] != "timeout" {
			t.Errorf("got %s, %s", resp.Status, r.log.text.String())
		}
	})
	t.Run("a client that leaves is no error", func(t *testing.T) {
		r, address := socket(t)
		begun, ended := make(chan struct{}), make(chan struct{})
		file.Mount(r.Server, func(w http.ResponseWriter, r *http.Request) error {
			defer close(ended)
			_ = http.NewResponseController(w).Flush()
			close(begun)
			<-r.Context().Done()
			return r.Context().Err()
		})
		_, conn := send(t, address, get("/v1/file"))
		<-begun
		_ = conn.Close()
		<-ended
		line := waitForLine(t, r)
		if line["level"] == "error" || len(r.count("trip.File")) != 0 {
			t.Errorf("got %v, counted %v", line, r.count("trip.File"))
		}
	})
	t.Run("an error after the first byte breaks the answer off", func(t *testing.T) {
		for name, fail := range map[string]func() error{
			"a fault":          func() error { return errors.New("disk full") },
			"a refusal":        func() error { return errs.Missing("rest") },
			"a panic":          func() error { panic("boom") },
			"http.ErrAbort...": func() error { panic(http.ErrAbortHandler) },
		} {
			r, address := socket(t)
			file.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				return fail()
			})
			resp, _ := send(t, address, get("/v1/file"))
			if b, err := io.ReadAll(resp.Body); string(b) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: got %q, %v", name, b, err)
			}
			waitForLine(t, r)
		}
	})
	t.Run("an answer that is broken off before it began is none", func(t *testing.T) {
		r, address := socket(t)
		file.Mount(r.Server, func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, get("/v1/file"))
		if b, err := io.ReadAll(conn); len(b) != 0 || err != nil {
			t.Errorf("got %s, %v", b, err)
		}
		if line := r.log.one(t); line["op"] != "trip.File" || line["level"] != "error" || r.count("trip.File")["internal"] != 1 {
			t.Errorf("got %v", line)
		}
	})
	t.Run("an informational answer is not the first byte", func(t *testing.T) {
		r, address := socket(t)
		file.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusEarlyHints)
			return errs.Missing("file")
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/file", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Who", "rider")
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // it skips the hints
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("got %s", resp.Status)
		}
	})
	t.Run("headers that were flushed are an answer begun", func(t *testing.T) {
		r, address := socket(t)
		file.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
			w.(http.Flusher).Flush()
			return errors.New("disk full")
		})
		resp, _ := send(t, address, get("/v1/file"))
		if b, err := io.ReadAll(resp.Body); len(b) != 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %s, %q, %v", resp.Status, b, err)
		}
	})
	t.Run("http.ResponseController reaches the socket", func(t *testing.T) {
		r, address := socket(t)
		done := make(chan error, 1)
		file.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
			conn := http.NewResponseController(w)
			done <- errors.Join(conn.SetWriteDeadline(time.Now().Add(time.Minute)), conn.SetReadDeadline(time.Now().Add(time.Minute)), conn.Flush())
			return nil
		})
		if resp, _ := send(t, address, get("/v1/file")); resp.StatusCode != 200 {
			t.Errorf("got %s", resp.Status)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("streams have no deadline, and end when they are closed", func(t *testing.T) {
		r, address := socket(t, func(c *kitx.ServerConfig) { c.AtMost = time.Nanosecond })
		stream := kitx.NewRaw(kitx.Spec{Op: "trip.Stream", Method: "GET", Path: "/v1/stream", Who: auth.Only(auth.Rider), Stream: true})
		stream.Mount(r.Server, func(w http.ResponseWriter, r *http.Request) error {
			if err := r.Context().Err(); err != nil {
				return err
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return nil
		})
		resp, _ := send(t, address, get("/v1/stream"))
		r.CloseStreams()
		if b, err := io.ReadAll(resp.Body); len(b) != 0 || err != nil {
			t.Errorf("got %s, %q, %v", resp.Status, b, err)
		}
	})
}

// waitForLine waits until the request's end is logged, which the client cannot see.
func waitForLine(t *testing.T, r *rig) map[string]any {
	t.Helper()
	<-r.log.wrote
	return r.log.one(t)
}
