package outward_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/outward"
)

func TestExchange(t *testing.T) {
	t.Run("what is asked arrives, and the answer comes back", func(t *testing.T) {
		r := newRig(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Note", "n")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"), body)
		}, func(c *outward.Config) { c.BaseURL += "/v2/" })
		got, err := r.Do(t.Context(), outward.Request{Op: "reader.Pay", Method: "POST", Path: "/pay",
			Query: url.Values{"q": {"a b"}}, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("hello")})
		if want := "POST /v2/pay?q=a+b text/plain hello"; err != nil || got.Status != 201 || got.Header.Get("X-Note") != "n" || string(got.Body) != want {
			t.Errorf("got %d %q, %v, want %q", got.Status, got.Body, err, want)
		}
	})
	t.Run("a refusal is an answer", func(t *testing.T) {
		got, err := newRig(t, status(http.StatusForbidden)).Do(t.Context(), read)
		if err != nil || got.Status != 403 {
			t.Errorf("got %d, %v", got.Status, err)
		}
	})
	t.Run("nothing of ours goes along", func(t *testing.T) {
		var h http.Header
		r := newRig(t, func(_ http.ResponseWriter, r *http.Request) { h = r.Header })
		if _, err := r.Do(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		for name := range h {
			if name != "User-Agent" && name != "Accept-Encoding" {
				t.Errorf("sent %s", name)
			}
		}
	})
	t.Run("connections are used again, after refusals too", func(t *testing.T) {
		addresses := map[string]bool{}
		r := newRig(t, func(w http.ResponseWriter, r *http.Request) {
			addresses[r.RemoteAddr] = true
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, strings.Repeat("x", 20_000))
		})
		for range 20 {
			if _, err := r.Do(t.Context(), read); err != nil {
				t.Fatal(err)
			}
		}
		if len(addresses) != 1 {
			t.Errorf("%d connections", len(addresses))
		}
	})
}

// What the other side does wrong, and what it is to us.
func TestFaults(t *testing.T) {
	short := func(c *outward.Config) { c.Tuning.Timeout = 200 * time.Millisecond }
	small := func(c *outward.Config) { c.AnswerAtMost = 100 }
	for name, c := range map[string]struct {
		server http.HandlerFunc
		change func(*outward.Config)
		want   errs.Kind
		tries  int64 // of a request that may be sent again
		write  errs.Kind
	}{
		"500":           {status(500), nil, errs.Unavailable, 1, errs.Unavailable},
		"502":           {status(502), nil, errs.Unavailable, 3, errs.Unavailable},
		"503":           {status(503), nil, errs.Unavailable, 3, errs.Unavailable},
		"429":           {status(429), nil, errs.Unavailable, 1, errs.Unavailable},
		"a redirect":    {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, nil, errs.Unavailable, 1, errs.Unavailable},
		"not modified":  {status(304), nil, errs.Unavailable, 1, errs.Unavailable},
		"nothing comes": {hang, short, errs.Timeout, 1, errs.Timeout},
		"it comes by drops": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Millisecond)
			}
		}, short, errs.Timeout, 1, errs.Timeout},
		"it breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, nil, errs.Unavailable, 3, errs.Timeout},
		"it closes the door": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, errs.Unavailable, 3, errs.Timeout},
		"it has no end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		}, small, errs.Unavailable, 3, errs.Timeout},
		"it asks for time": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, nil, errs.Unavailable, 1, errs.Unavailable},
		"it switches protocols": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "x")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up
				_ = conn.Close()
			}
		}, nil, errs.Unavailable, 3, errs.Timeout},
		"its head has no end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, nil, errs.Unavailable, 3, errs.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*outward.Config) {}
			}
			r := newRig(t, c.server, change)
			if _, err := r.Do(t.Context(), again); errs.KindOf(err) != c.want || errs.CodeOf(err) != c.want.String() {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got := r.calls.Load(); got != c.tries {
				t.Errorf("tried %d times, want %d", got, c.tries)
			}
			r.calls.Store(0)
			if _, err := r.Do(t.Context(), write); errs.KindOf(err) != c.write || r.calls.Load() != 1 {
				t.Errorf("a write: got %v after %d tries", err, r.calls.Load())
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		r := newRig(t, status(200))
		r.server.Close()
		_, err := r.Do(t.Context(), write)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a write that took too long may have been done, and one that may be sent again is harmless", func(t *testing.T) {
		r := newRig(t, hang, short)
		for _, c := range []struct {
			asked outward.Request
			look  bool
		}{{write, true}, {again, false}} {
			_, err := r.Do(t.Context(), c.asked)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Timeout || strings.Contains(e.Detail, "look whether it was done") != c.look {
				t.Errorf("%s: got %v", c.asked.Op, err)
			}
		}
	})
	t.Run("as much as is allowed is read", func(t *testing.T) {
		r := newRig(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100)) }, small)
		if got, err := r.Do(t.Context(), read); err != nil || len(got.Body) != 100 {
			t.Errorf("got %d bytes, %v", len(got.Body), err)
		}
	})
	t.Run("when to come again is the other side's to say, within bounds", func(t *testing.T) {
		for header, want := range map[string]time.Duration{"7": 7 * time.Second, "999999": time.Hour, "-5": time.Second, "soon": time.Second} {
			r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				w.WriteHeader(429)
			}, func(c *outward.Config) { c.Caller += header })
			_, err := r.Do(t.Context(), read)
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.RetryAfter != want {
				t.Errorf("%s: got %v", header, err)
			}
		}
	})
}

func TestRetry(t *testing.T) {
	var bodies []string
	r := newRig(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bodies = append(bodies, string(body)); len(bodies) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	got, err := r.Do(t.Context(), again)
	if err != nil || got.Status != 200 || strings.Join(bodies, " ") != "body body body" {
		t.Errorf("got %d, %v, sent %q", got.Status, err, bodies)
	}
	if n := r.counted(t, "freecar_call_retries_total"); n != 2 {
		t.Errorf("counted %v retries", n)
	}
}

func TestCallerThatLeaves(t *testing.T) {
	for name, server := range map[string]func(begun chan<- struct{}) http.HandlerFunc{
		"before the answer": func(begun chan<- struct{}) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { begun <- struct{}{}; hang(w, r) }
		},
		"in the middle of it": func(begun chan<- struct{}) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				begun <- struct{}{}
				hang(w, r)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			begun := make(chan struct{})
			r := newRig(t, server(begun), func(c *outward.Config) { c.Tuning.MinCalls, c.Tuning.OpenFor = 5, time.Hour })
			for range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				go func() { <-begun; cancel() }()
				if _, err := r.Do(ctx, again); err != context.Canceled {
					t.Fatalf("got %v", err)
				}
			}
			if r.calls.Load() != 50 {
				t.Errorf("the circuit opened after %d calls", r.calls.Load())
			}
			if n := r.counted(t, "freecar_call_duration_seconds"); n != 0 {
				t.Errorf("counted %v outcomes", n)
			}
		})
	}
}

func TestBreaker(t *testing.T) {
	var well atomic.Bool
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		if !well.Load() {
			w.WriteHeader(500)
		}
	}, func(c *outward.Config) { c.Tuning.MinCalls, c.Tuning.OpenFor = 5, 100*time.Millisecond })
	// Hystrix counts on a goroutine of its own, hence the many calls.
	open := func() bool {
		for range 10_000 {
			before := r.calls.Load()
			if _, err := r.Do(t.Context(), read); r.calls.Load() == before {
				return errs.KindOf(err) == errs.Unavailable
			}
		}
		return false
	}
	if !open() {
		t.Fatal("it stays closed")
	}
	if n := r.counted(t, "freecar_breaker_open"); n != 1 {
		t.Errorf("the metric says %v", n)
	}
	if _, err := r.Do(t.Context(), write); r.calls.Load() == 0 || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a write: %v", err)
	}
	well.Store(true)
	for got := 0; got != 200; { // until one is let through
		answer, _ := r.Do(t.Context(), read)
		got = answer.Status
	}
	for range 50 {
		if _, err := r.Do(t.Context(), read); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.counted(t, "freecar_breaker_open"); n != 0 {
		t.Errorf("the metric says %v", n)
	}
}

func TestRefusalsKeepTheBreakerClosed(t *testing.T) {
	for _, code := range []int{400, 401, 404, 429} {
		r := newRig(t, status(code), func(c *outward.Config) { c.Caller += http.StatusText(code); c.Tuning.MinCalls = 5 })
		for range 200 {
			_, _ = r.Do(t.Context(), read)
		}
		if got := r.calls.Load(); got != 200 {
			t.Errorf("%d opened it after %d calls", code, got)
		}
	}
}

func TestBulkhead(t *testing.T) {
	begun := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, r *http.Request) { begun <- struct{}{}; hang(w, r) },
		func(c *outward.Config) { c.Tuning.Concurrent = 2 })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range 2 {
		go func() { _, err := r.Do(ctx, read); ended <- err }()
		<-begun
	}
	if _, err := r.Do(t.Context(), read); errs.CodeOf(err) != "overloaded" || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("got %v", err)
	}
	cancel()
	<-ended
	<-ended
}

// Nothing that a request or an answer holds shows anywhere.
func TestSecrets(t *testing.T) {
	const secret = "s3cr3t"
	var lines strings.Builder
	asked := outward.Request{Op: "reader.Token", Method: "POST", Path: "/token", Idempotent: true,
		Query: url.Values{"client_secret": {secret}}, Header: http.Header{"Authorization": {secret}}, Body: []byte(secret)}
	for name, server := range map[string]http.HandlerFunc{
		"answered": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secret) },
		"refused":  func(w http.ResponseWriter, r *http.Request) { http.Error(w, secret+r.URL.String(), 400) },
		"failed":   func(w http.ResponseWriter, r *http.Request) { http.Error(w, secret+r.URL.String(), 500) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/?"+r.URL.RawQuery, http.StatusFound)
		},
		"closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		r := newRig(t, server, func(c *outward.Config) { c.Caller += name })
		answer, err := r.Do(t.Context(), asked)
		if name == "closed" {
			r.server.Close()
			_, gone := r.Do(t.Context(), asked)
			err = errors.Join(err, gone)
		}
		spans := r.finished()
		if len(spans) == 0 || spans[0].Name != "reader.token" && spans[0].Name != "reader.Token" {
			t.Errorf("%s: spans %v", name, spans)
		}
		families, _ := r.registry.Gather()
		var form struct{ A int }
		fmt.Fprintln(&lines, err, answer.JSON(&form), spans, families, r.log.String())
	}
	if strings.Contains(lines.String(), secret) {
		t.Errorf("it shows in %s", lines.String())
	}
}

func TestNew(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://aip.example.com":      true,
		"https://aip.example.com/v1":   true,
		"http://127.0.0.1:8080":        true,
		"http://[::1]:8080":            true,
		"http://localhost:8080":        true,
		"http://aip.example.com":       false,
		"http://localhost.example.com": false,
		"ftp://127.0.0.1":              false,
		"https://u:s3cr3t@example.com": false,
		"https://example.com?k=s3cr3t": false,
		"https://example.com#s3cr3t":   false,
		"https://s3cr3t .example.com":  false,
		"aip.example.com":              false,
		"":                             false,
	} {
		client, err := outward.New(outward.Config{Caller: t.Name(), Callee: "reader", BaseURL: address, Obs: newRig(t, hang).obs()})
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			client.Close()
		}
	}
	plain := outward.Config{Caller: t.Name(), Callee: "reader", BaseURL: "http://reader.internal", AllowPlain: true, Obs: newRig(t, hang).obs()}
	if _, err := outward.New(plain); err != nil {
		t.Error(err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(status(200))
	defer server.Close()
	r := newRig(t, hang, func(c *outward.Config) { c.BaseURL = server.URL })
	if _, err := r.Do(t.Context(), read); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("an unknown authority is trusted: %v", err)
	}
	trusting := newRig(t, hang, func(c *outward.Config) {
		c.BaseURL, c.Transport, c.Caller = server.URL, server.Client().Transport, c.Caller+"2"
	})
	if got, err := trusting.Do(t.Context(), read); err != nil || got.Status != 200 {
		t.Errorf("got %d, %v", got.Status, err)
	}
}
