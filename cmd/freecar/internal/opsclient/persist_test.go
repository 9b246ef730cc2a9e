package opsclient_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// down is a network where nobody listens.
type down struct{}

func (down) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := opsclient.ParseURL(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// answers gives them in turn, then 204.
func answers(all ...func() (*http.Response, error)) func(int, *http.Request) (*http.Response, error) {
	return func(n int, _ *http.Request) (*http.Response, error) {
		if n <= len(all) {
			return all[n-1]()
		}
		return answered(http.StatusNoContent, nil), nil
	}
}

func refusing(status int, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return problem(status, "no", headers...), nil }
}

func broken() (*http.Response, error) {
	return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

func unheard() (*http.Response, error) { return down{}.RoundTrip(nil) }

func TestPersistence(t *testing.T) {
	get := func(ctx context.Context, c *opsclient.Client) error { return call(ctx, c) }
	post := func(key string) func(context.Context, *opsclient.Client) error {
		return func(ctx context.Context, c *opsclient.Client) error {
			_, err := write.Call(ctx, c, writeRequest{Keyed: kitx.Keyed{IdempotencyKey: key}, Name: "x"})
			return err
		}
	}
	anonymous := func(ctx context.Context, c *opsclient.Client) error {
		_, err := open.Call(ctx, c, writeRequest{Name: "x"})
		return err
	}
	busy, away := refusing(http.StatusTooManyRequests, "Retry-After", "7"), refusing(http.StatusServiceUnavailable, "Retry-After", "2")
	for name, c := range map[string]struct {
		do    func(context.Context, *opsclient.Client) error
		first []func() (*http.Response, error)
		kind  errs.Kind // of the error in the end; Internal for none
		tries int
		took  time.Duration // exactly, unless it is below a second
	}{
		"a read waits for a service that is away":       {get, with(away), errs.Internal, 2, 2 * time.Second},
		"a read is sent again on another connection":    {get, with(broken), errs.Internal, 2, 0},
		"a write without a key is sent once":            {post(""), with(away), errs.Unavailable, 1, 0},
		"a write that broke off is sent once":           {post(""), with(broken), errs.Unavailable, 1, 0},
		"a write with a key is sent again":              {post("k"), with(away, broken), errs.Internal, 3, 2 * time.Second},
		"a write that never left is sent again":         {post(""), with(unheard), errs.Internal, 2, 0},
		"what was refused at the door is sent again":    {post(""), with(busy), errs.Internal, 2, 7 * time.Second},
		"a sign-in does not wait for its limit":         {anonymous, with(busy), errs.RateLimited, 1, 0},
		"a refusal is final":                            {get, with(refusing(http.StatusConflict)), errs.Conflict, 1, 0},
		"tries have an end":                             {get, with(away, away, away, away), errs.Unavailable, 3, 4 * time.Second},
		"a wait that is too long is left to the person": {get, with(refusing(503, "Retry-After", "600")), errs.Unavailable, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.signIn(t)
			b.gateway.answer = answers(c.first...)
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				err := c.do(t.Context(), b.Client)
				if (err == nil) != (c.kind == errs.Internal) || err != nil && errs.KindOf(err) != c.kind {
					t.Errorf("got %v, want %s", err, c.kind)
				}
				if took := time.Since(begin).Truncate(time.Second); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
			})
			if len(b.gateway.seen) != c.tries || len(b.waits) != c.tries-1 {
				t.Fatalf("%d tries, waits %v; want %d tries", len(b.gateway.seen), b.waits, c.tries)
			}
			for i, r := range b.gateway.seen {
				first := b.gateway.seen[0]
				if b.gateway.bodies[i] != b.gateway.bodies[0] || r.Header.Get(kitx.KeyHeader) != first.Header.Get(kitx.KeyHeader) ||
					r.Header.Get(kitx.RequestIDHeader) != first.Header.Get(kitx.RequestIDHeader) || r.Header.Get(kitx.RequestIDHeader) == "" {
					t.Errorf("try %d differs from the first: %q %v", i+1, b.gateway.bodies[i], r.Header)
				}
			}
		})
	}
}

func with(all ...func() (*http.Response, error)) []func() (*http.Response, error) { return all }

func TestPatience(t *testing.T) {
	t.Run("a gateway that does not answer is given up, and not asked again", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.gateway.answer = nil
		synctest.Test(t, func(t *testing.T) {
			silent := opsclient.New(opsclient.Config{URL: mustParse(t, at), Sessions: b.store, Clock: b.clock, Transport: silence{}, Timeout: time.Minute})
			begin := time.Now()
			if err := call(t.Context(), silent); errs.KindOf(err) != errs.Timeout || time.Since(begin) != time.Minute {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		})
	})
	t.Run("a photo that does not come is given up", func(t *testing.T) {
		b := newBench(t)
		synctest.Test(t, func(t *testing.T) {
			silent := opsclient.New(opsclient.Config{URL: mustParse(t, at), Sessions: b.store, Clock: b.clock, Transport: silence{}, Timeout: time.Minute})
			begin := time.Now()
			if _, err := silent.Fetch(t.Context(), at+"/objects/1"); errs.KindOf(err) != errs.Timeout || time.Since(begin) != time.Minute {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			slow := opsclient.New(opsclient.Config{URL: mustParse(t, at), Sessions: b.store, Clock: b.clock, Transport: halfway{}, Timeout: time.Minute})
			begin := time.Now()
			resp, err := slow.Fetch(t.Context(), at+"/objects/1")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if _, err := io.ReadAll(resp.Body); errs.KindOf(err) != errs.Timeout || time.Since(begin) != time.Minute {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		})
	})
	t.Run("a person that leaves while we wait", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.gateway.answer = answers(refusing(503, "Retry-After", "60"))
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if err := call(ctx, b.Client); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// silence takes requests and answers none.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// halfway answers and sends nothing of the body.
type halfway struct{}

func (halfway) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(stalled{r})}, nil
}

type stalled struct{ r *http.Request }

func (s stalled) Read([]byte) (int, error) {
	<-s.r.Context().Done()
	return 0, s.r.Context().Err()
}

func TestURL(t *testing.T) {
	for _, text := range []string{"", "127.0.0.1:8080", "ftp://x", "http://", "http://x?q", "http://u:p@x"} {
		if _, err := opsclient.ParseURL(text); err == nil {
			t.Errorf("%q is taken for a gateway's address", text)
		}
	}
	for text, exposed := range map[string]bool{
		"https://freecar.example.com": false, "http://localhost:8080": false, "http://127.0.0.2": false, "http://[::1]:1": false,
		"http://freecar.example.com": true, "http://10.0.0.1": true, "http://localhost.example.com": true,
	} {
		if got := opsclient.Exposed(mustParse(t, text)); got != exposed {
			t.Errorf("%s: exposed %t", text, got)
		}
	}
	t.Run("a gateway behind a path", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		c := opsclient.New(opsclient.Config{URL: mustParse(t, at+"/free%20car/"), Sessions: b.store, Clock: b.clock, Transport: b.gateway})
		b.gateway.answer = answers()
		_, err := write.Call(t.Context(), c, writeRequest{Name: "x"})
		if got := b.gateway.seen[0]; err != nil || got.URL.String() != at+"/free%20car/v1/things" || !strings.HasPrefix(got.Header.Get("Authorization"), "Bearer ") {
			t.Errorf("%s, %v, %v", got.URL, got.Header, err)
		}
	})
}
