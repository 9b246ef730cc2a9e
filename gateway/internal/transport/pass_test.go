package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
)

const eventually = 20 * time.Second

func TestRequests(t *testing.T) {
	t.Run("path, query and headers arrive as they were sent", func(t *testing.T) {
		var got *http.Request
		service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Clone(context.Background()) })
		everywhere(t, service, func(t *testing.T, w *world) {
			w.do(t, "GET", "/v1/things/a%20b%2Bc?x=1&x=2&y=%2F;", nil,
				"X-Own: one", "X-Own: two", "Accept-Encoding: br", "If-None-Match: W/\"1\"", "X-Request-Id: mine")
			if got.Method != "GET" || got.RequestURI != "/v1/things/a%20b%2Bc?x=1&x=2&y=%2F;" {
				t.Errorf("got %s %s", got.Method, got.RequestURI)
			}
			for name, want := range map[string][]string{
				"X-Own": {"one", "two"}, "Accept-Encoding": {"br"}, "If-None-Match": {`W/"1"`}, "X-Request-Id": {"mine"},
			} {
				if values := got.Header[name]; !slices.Equal(values, want) {
					t.Errorf("%s: got %q, want %q", name, values, want)
				}
			}
		})
	})
	t.Run("what concerns one connection does not arrive", func(t *testing.T) {
		var got http.Header
		service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
		everywhere(t, service, func(t *testing.T, w *world) {
			w.do(t, "GET", "/v1/things/1", nil, "Connection: X-Mine, keep-alive", "X-Mine: 1", "Keep-Alive: 5", "Te: trailers",
				"Proxy-Authorization: x", "Upgrade: websocket")
			for _, name := range []string{"Connection", "X-Mine", "Keep-Alive", "Te", "Proxy-Authorization", "Upgrade"} {
				if values := got[name]; values != nil {
					t.Errorf("%s: got %q", name, values)
				}
			}
		})
	})
	t.Run("an address outside the table is nowhere, however it is written", func(t *testing.T) {
		reached := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Error("reached " + r.RequestURI) })
		everywhere(t, reached, func(t *testing.T, w *world) {
			for _, path := range []string{"/", "/v1", "/v1/things/", "/v1/things/1/x", "//v1/things/1", "/v1/../v1/things/1",
				"/internal/v1/things/1", "/v1/things/..%2f..%2f..%2finternal%2fv1%2fthings", "/v1/things/%2e%2e/internal/v1/things"} {
				resp, body := w.do(t, "GET", path, nil)
				if resp.StatusCode != 404 || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"no_such_route"`) {
					t.Errorf("%s: got %d %s", path, resp.StatusCode, body)
				}
			}
		})
	})
	t.Run("another method is refused with those that are allowed", func(t *testing.T) {
		everywhere(t, http.NotFoundHandler(), func(t *testing.T, w *world) {
			for _, method := range []string{"POST", "PATCH"} {
				resp, _ := w.do(t, method, "/v1/things/1", nil)
				if allow := resp.Header.Get("Allow"); resp.StatusCode != 405 || allow != "DELETE, GET, HEAD" {
					t.Errorf("%s: got %d, Allow %q", method, resp.StatusCode, allow)
				}
			}
		})
	})
}

func TestBodies(t *testing.T) {
	var length int64
	var got []byte
	service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		length = r.ContentLength
		got, _ = io.ReadAll(r.Body)
	})
	everywhere(t, service, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what, method, path string
			size               int
			chunked            bool
			length             int64
		}{
			{"none", "POST", "/v1/open", 0, false, 0},
			{"a short one", "POST", "/v1/open", 100, false, 100},
			{"the longest that is kept", "POST", "/v1/open", 64 << 10, false, 64 << 10},
			{"a short one in chunks", "POST", "/v1/open", 100, true, 100},
			{"none in chunks", "POST", "/v1/open", 0, true, 0},
			{"a long one", "PUT", "/objects/1", 2 * mega, false, 2 * mega},
			{"a long one in chunks", "PUT", "/objects/1", 2 * mega, true, -1},
		} {
			t.Run(c.what, func(t *testing.T) {
				sent := bytes.Repeat([]byte("0123456789abcdef"), c.size/16+1)[:c.size]
				body := io.Reader(bytes.NewReader(sent))
				if c.chunked {
					body = chunked{body}
				}
				resp, _ := w.do(t, c.method, c.path, body)
				if resp.StatusCode != 200 || length != c.length || !bytes.Equal(got, sent) {
					t.Errorf("got %d, length %d, %d bytes", resp.StatusCode, length, len(got))
				}
			})
		}
	})
	t.Run("too long", func(t *testing.T) {
		drain := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
		everywhere(t, drain, func(t *testing.T, w *world) {
			for _, path := range []string{"/v1/open", "/objects/1"} {
				method, size := "POST", 64<<10+1
				if path == "/objects/1" {
					method, size = "PUT", 2*mega+1
				}
				for _, body := range []io.Reader{bytes.NewReader(make([]byte, size)), chunked{bytes.NewReader(make([]byte, size))}} {
					resp, text := w.do(t, method, path, body)
					if resp.StatusCode != 413 || !strings.Contains(text, `"too_large"`) {
						t.Errorf("%s, %T: got %d %s", path, body, resp.StatusCode, text)
					}
				}
			}
			if n := w.counted(t, "freecar_instances_ejected_total"); n != 0 {
				t.Errorf("the service was blamed %v times", n)
			}
		})
	})
}

func TestAnswers(t *testing.T) {
	answer := func(status int, body string, headers ...string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, h := range headers {
				name, value, _ := strings.Cut(h, ": ")
				w.Header().Add(name, value)
			}
			w.WriteHeader(status)
			if body != "" {
				_, _ = io.WriteString(w, body)
			}
		})
	}
	long := strings.Repeat("0123456789abcdef", mega/16)
	for _, c := range []struct {
		what, body string
		status     int
		headers    []string
	}{
		{"a success", `{"id":"1"}`, 201, []string{"Content-Type: application/json", "X-Many: 1", "X-Many: 2", "Idempotency-Replayed: true"}},
		{"a long one", long, 200, []string{"Content-Type: text/plain"}},
		{"nothing", "", 204, nil},
		{"nothing new", "", 304, []string{`ETag: W/"1"`, "Cache-Control: private, no-cache"}},
		{"a refusal", `{"status":409,"code":"car_unavailable"}`, 409, []string{"Content-Type: application/problem+json"}},
		{"a fault", `{"status":500,"code":"internal","trace_id":"1"}`, 500, []string{"Content-Type: application/problem+json", "Retry-After: 7"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			everywhere(t, answer(c.status, c.body, c.headers...), func(t *testing.T, w *world) {
				resp, body := w.do(t, "GET", "/v1/things/1", nil)
				if resp.StatusCode != c.status || body != c.body {
					t.Errorf("got %d with %d bytes: %.200s", resp.StatusCode, len(body), body)
				}
				for _, h := range c.headers {
					name, value, _ := strings.Cut(h, ": ")
					if !slices.Contains(resp.Header.Values(name), value) {
						t.Errorf("%s: got %q", name, resp.Header.Values(name))
					}
				}
				if resp.Header.Get("X-Content-Type-Options") != "nosniff" || len(resp.Header.Values("X-Request-Id")) != 1 {
					t.Errorf("got %v", resp.Header)
				}
			})
		})
	}
	t.Run("what is between services stays there", func(t *testing.T) {
		everywhere(t, answer(200, "x", "Freecar-Assertion: a", "Connection: X-Mine", "X-Mine: 1", "Keep-Alive: 5"), func(t *testing.T, w *world) {
			resp, _ := w.do(t, "GET", "/v1/things/1", nil)
			for _, name := range []string{"Freecar-Assertion", "X-Mine", "Keep-Alive"} {
				if values := resp.Header[name]; values != nil {
					t.Errorf("%s: got %q", name, values)
				}
			}
		})
	})
	t.Run("a service's refusal keeps its code and the trace of the request", func(t *testing.T) {
		var trace string
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			trace = r.Header.Get("X-B3-TraceId")
			kitx.WriteError(r.Context(), w, errs.E(errs.Conflict, "car_unavailable", "Choose another car."))
		})
		everywhere(t, service, func(t *testing.T, w *world) {
			resp, body := w.do(t, "GET", "/v1/things/1", nil)
			if !strings.Contains(body, `"car_unavailable"`) || resp.Header.Get(kitx.CodeHeader) != "" {
				t.Errorf("got %s, %v", body, resp.Header)
			}
			if log := w.log.String(); len(trace) != 32 || !strings.Contains(log, trace) || !strings.Contains(log, `"code":"car_unavailable"`) {
				t.Errorf("trace %q is not in %s, or no code", trace, log)
			}
		})
	})
}

func TestStreams(t *testing.T) {
	t.Run("each event arrives when it is sent, and a client that leaves ends it", func(t *testing.T) {
		seen, ended := make(chan struct{}), make(chan struct{})
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			stream := http.NewResponseController(w)
			_ = stream.Flush()
			<-seen // the head is there before the first event
			_, _ = io.WriteString(w, "data: 1\n")
			_ = stream.Flush()
			<-seen
			_, _ = io.WriteString(w, "data: 2\n")
			_ = stream.Flush()
			<-r.Context().Done()
			ended <- struct{}{}
		})
		everywhere(t, service, func(t *testing.T, w *world) {
			ctx, leave := context.WithCancel(t.Context())
			resp, err := w.client.Do(w.request(t, "GET", "/v1/watch", nil).WithContext(ctx))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			lines := bufio.NewScanner(resp.Body)
			for _, want := range []string{"data: 1", "data: 2"} {
				seen <- struct{}{}
				if !lines.Scan() || lines.Text() != want {
					t.Errorf("got %q, want %q", lines.Text(), want)
				}
			}
			leave()
			await(t, "the service hears that the client left", ended)
		})
	})
	t.Run("an answer that breaks off is not taken for a whole one", func(t *testing.T) {
		service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		everywhere(t, service, func(t *testing.T, w *world) {
			resp, err := w.client.Do(w.request(t, "GET", "/v1/things/1", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("got %q as a whole answer", body)
			}
		})
	})
}

func TestLeaving(t *testing.T) {
	t.Run("a client that leaves cancels the service's work and troubles nobody", func(t *testing.T) {
		begun, ended := make(chan struct{}), make(chan struct{})
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-r.Context().Done()
			ended <- struct{}{}
		})
		everywhere(t, service, func(t *testing.T, w *world) {
			ctx, leave := context.WithCancel(t.Context())
			failed := make(chan struct{})
			go func() {
				defer close(failed)
				resp, err := w.client.Do(w.request(t, "GET", "/v1/things/1", nil).WithContext(ctx))
				if err == nil { // it may cross with the leave
					resp.Body.Close()
				}
			}()
			await(t, "the service begins", begun)
			leave()
			await(t, "the service hears that the client left", ended)
			<-failed
			untroubled(t, w, "thing.Get")
		})
	})
	t.Run("a client that breaks its upload off troubles nobody", func(t *testing.T) {
		broken := make(chan struct{}, 1)
		service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				broken <- struct{}{}
			}
		})
		w := newWorld(t, networks(t)[1], service, options{})
		connection, err := net.Dial("tcp", strings.TrimPrefix(w.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(connection, "PUT /objects/1 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nsome", mega); err != nil {
			t.Fatal(err)
		}
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
		await(t, "the service hears that the upload ended", broken)
		untroubled(t, w, "thing.Upload")
		if resp, _ := w.do(t, "PUT", "/objects/1", strings.NewReader("all")); resp.StatusCode != 200 {
			t.Errorf("got %d", resp.StatusCode)
		}
	})
}

// untroubled says that nobody is blamed for what a client did.
func untroubled(t *testing.T, w *world, op string) {
	t.Helper()
	w.log.await(t, `"op":"`+op+`"`)
	if log := w.log.String(); strings.Contains(log, `"level":"error"`) {
		t.Errorf("logged %s", log)
	}
	if n := w.counted(t, "freecar_instances_ejected_total"); n != 0 {
		t.Errorf("an instance was ejected %v times", n)
	}
}

func TestDeadService(t *testing.T) {
	everywhere(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), func(t *testing.T, w *world) {
		begin := time.Now()
		resp, body := w.do(t, "GET", "/v1/dead", nil)
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, `"unavailable"`) || !strings.Contains(body, "trace_id") {
			t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, body)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("that took %v", took)
		}
		if resp, _ := w.do(t, "GET", "/v1/things/1", nil); resp.StatusCode != 200 {
			t.Errorf("the other service: got %d", resp.StatusCode)
		}
	})
}

func TestRepeating(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for _, n := range networks(t) {
		t.Run(n.name, func(t *testing.T) {
			// All but one instance are dead, so that a first try finds one soon.
			w := newWorld(t, n, echo, options{before: []string{nobody(t), nobody(t)}})
			for range 5 {
				resp, body := w.do(t, "POST", "/v1/open", strings.NewReader("all of it"), "Idempotency-Key: 1")
				if resp.StatusCode != 200 || body != "all of it" {
					t.Errorf("got %d %q", resp.StatusCode, body)
				}
			}
		})
	}
	t.Run("a key that the service does not know makes nothing repeatable", func(t *testing.T) {
		var got http.Header
		service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
		everywhere(t, service, func(t *testing.T, w *world) {
			w.do(t, "POST", "/v1/accounts", nil, "Idempotency-Key: 1")
			if values := got["Idempotency-Key"]; values != nil {
				t.Errorf("got %q", values)
			}
		})
	})
}

func TestHealth(t *testing.T) {
	w := newWorld(t, networks(t)[0], http.NotFoundHandler(), options{})
	status := func(path string) int {
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		return recorder.Code
	}
	if live, ready := status("/healthz"), status("/readyz"); live != 503 || ready != 503 {
		t.Errorf("before: got %d, %d", live, ready)
	}
	w.health.SetReady(true)
	if live, ready := status("/healthz"), status("/readyz"); live != 200 || ready != 200 {
		t.Errorf("ready: got %d, %d", live, ready)
	}
	w.health.SetReady(false)
	if live, ready := status("/healthz"), status("/readyz"); live != 200 || ready != 503 {
		t.Errorf("leaving: got %d, %d", live, ready)
	}
}
