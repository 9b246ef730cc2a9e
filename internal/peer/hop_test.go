package peer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
)

// What a try sends along.
func TestHeaders(t *testing.T) {
	sent := func(t *testing.T, ctx context.Context, spec kitx.Spec, headers ...string) *http.Request {
		t.Helper()
		var got *http.Request
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) { got = r; return status(200) })
		if _, err := r.call(ctx, spec, headers...); err != nil {
			t.Fatal(err)
		}
		return got
	}
	forged := []string{kitx.AssertionHeader, "forged", kitx.DeadlineHeader, "999999", "b3", "0", "X-B3-TraceId", "463ac35c9f6413ad48485a3953bb6124"}
	t.Run("the identity is for the callee, and about who asks", func(t *testing.T) {
		r := sent(t, auth.With(t.Context(), rider), read, forged...)
		p, err := authority.Check(r.Header.Get(kitx.AssertionHeader), "car")
		if want := (auth.Principal{Subject: "1", Roles: auth.Rider, Session: "s", Service: t.Name()}); err != nil || p != want {
			t.Errorf("got %+v, %v", p, err)
		}
		if _, err := authority.Check(r.Header.Get(kitx.AssertionHeader), "user"); err == nil {
			t.Error("another service takes it")
		}
	})
	t.Run("the request id goes along", func(t *testing.T) {
		if got := sent(t, kitx.WithRequestID(t.Context(), "abc"), read).Header.Get(kitx.RequestIDHeader); got != "abc" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("the trace is ours", func(t *testing.T) {
		h := sent(t, t.Context(), read, forged...).Header
		if h.Get("b3") != "" || h.Get("X-B3-TraceId") == "" || h.Get("X-B3-TraceId") == "463ac35c9f6413ad48485a3953bb6124" {
			t.Errorf("got %v", h)
		}
	})
	t.Run("the deadline is what is left", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		ms, err := strconv.Atoi(sent(t, ctx, read, forged...).Header.Get(kitx.DeadlineHeader))
		if err != nil || ms >= 10_000 || ms < 5_000 {
			t.Errorf("got %d, %v", ms, err)
		}
	})
	t.Run("a stream has none", func(t *testing.T) {
		if got := sent(t, t.Context(), stream, forged...).Header.Get(kitx.DeadlineHeader); got != "" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("other headers pass, and the caller's request stays as it is", func(t *testing.T) {
		var got *http.Request
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) { got = r; return status(200) })
		req := request(t, read, "", "X-Note", "yes")
		if _, err := r.Do(t.Context(), read, req); err != nil {
			t.Fatal(err)
		}
		if got.Header.Get("X-Note") != "yes" || got.URL.String() != "http://a/v1/car" || len(req.Header) != 1 || req.URL.String() != "/v1/car" {
			t.Errorf("sent %s %v, have %s %v", got.URL, got.Header, req.URL, req.Header)
		}
	})
	t.Run("no time left is no try", func(t *testing.T) {
		r := newRig(t, 1, ok)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := r.call(ctx, read); errs.KindOf(err) != errs.Timeout || len(r.hosts()) != 0 {
			t.Errorf("got %v", err)
		}
	})
}

// How long a call may take.
func TestBudget(t *testing.T) {
	short := with(func(u *peer.Tuning) { u.Timeout = 20 * time.Millisecond })
	t.Run("bounds the answer's body, too", func(t *testing.T) {
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: slow{r.Context()}}, nil
		}, short)
		resp, err := r.Do(t.Context(), read, request(t, read, ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		_ = resp.Body.Close()
	})
	t.Run("ends with the answer's body", func(t *testing.T) {
		for _, spec := range []kitx.Spec{read, stream} {
			var ctx context.Context
			r := newRig(t, 1, func(r *http.Request) (*http.Response, error) { ctx = r.Context(); return status(200) },
				func(c *peer.Config) { c.Caller += spec.Op })
			resp, err := r.Do(t.Context(), spec, request(t, spec, ""))
			if err != nil || ctx.Err() != nil {
				t.Fatal(err, ctx.Err())
			}
			_ = resp.Body.Close()
			if ctx.Err() == nil {
				t.Errorf("%s goes on", spec.Op)
			}
		}
	})
	t.Run("bounds a stream's beginning", func(t *testing.T) {
		if _, err := newRig(t, 1, hang, short).call(t.Context(), stream); errs.KindOf(err) != errs.Timeout {
			t.Errorf("got %v", err)
		}
	})
	t.Run("and not the stream", func(t *testing.T) {
		var ctx context.Context
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) { ctx = r.Context(); return status(200) }, short)
		resp, err := r.Do(t.Context(), stream, request(t, stream, ""))
		if err != nil {
			t.Fatal(err)
		}
		// Another call that begins later and runs into the same timeout measures it.
		other := newRig(t, 1, hang, short, func(c *peer.Config) { c.Caller += " other" })
		if _, err := other.call(t.Context(), read); errs.KindOf(err) != errs.Timeout || ctx.Err() != nil {
			t.Errorf("the stream: %v, the other: %v", ctx.Err(), err)
		}
		_ = resp.Body.Close()
	})
}

// slow is a body that never comes.
type slow struct{ ctx context.Context }

func (s slow) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, s.ctx.Err() }
func (s slow) Close() error             { return nil }

// A body that is passed on as it comes.
func TestUpload(t *testing.T) {
	for name, c := range map[string]struct {
		body io.Reader
		want errs.Kind
	}{
		"one that breaks off is its sender's doing": {iotest.ErrReader(io.ErrUnexpectedEOF), errs.Invalid},
		"one that is too large is refused":          {http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("body")), 2), errs.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 2, drainBody)
			req := request(t, write, "")
			req.Body, req.GetBody = io.NopCloser(c.body), nil
			if _, err := r.Do(t.Context(), write, req); errs.KindOf(err) != c.want {
				t.Errorf("got %v", err)
			}
			if got := r.counted("freecar_instances_ejected_total"); got != 0 {
				t.Errorf("ejected %v", got)
			}
		})
	}
}

// drainBody is a transport that sends the whole body, or fails as it does.
func drainBody(r *http.Request) (*http.Response, error) {
	if _, err := io.ReadAll(r.Body); err != nil {
		return nil, err
	}
	return status(200)
}

// broken is an upload that breaks off.
func broken(t *testing.T) *http.Request {
	req := request(t, write, "")
	req.Body, req.GetBody = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), nil
	return req
}

type ping struct {
	kitx.Keyed
	Text string `json:"text"`
}

var echo = kitx.NewRoute[ping, ping](kitx.Spec{Op: "car.Echo", Method: "POST", Path: "/internal/v1/echo", Who: auth.Services("trip", "gateway")})

// service is an echo over real assertions.
func service(name string, f func(context.Context, ping) (ping, error)) *kitx.Server {
	s := kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For(name), Identify: kitx.Asserted(authority.Check, name)})
	echo.Mount(s, f)
	return s
}

func newPeer(t *testing.T, caller, callee string, transport http.RoundTripper, addresses ...string) *peer.Peer {
	p := peer.New(peer.Config{Caller: caller, Callee: callee, Instances: sd.FixedInstancer(addresses), Transport: transport,
		Authority: authority, Obs: obs.Discard().For(caller)})
	t.Cleanup(p.Close)
	return p
}

func TestTwoHops(t *testing.T) {
	busy := errs.E(errs.Conflict, "car_unavailable", "Take another one.").With(errs.Field{Code: "reserved"})
	network := inproc.NewNetwork()
	var nearLeft, farLeft time.Duration
	var asks auth.Principal
	left := func(ctx context.Context) time.Duration { end, _ := ctx.Deadline(); return time.Until(end) }
	far := newPeer(t, "trip", "car", network, "car-1")
	near := newPeer(t, "gateway", "trip", network, "trip-1")
	network.Listen("car-1", service("car", func(ctx context.Context, p ping) (ping, error) {
		farLeft, asks = left(ctx), auth.From(ctx)
		if p.Text == "busy" {
			return p, busy.Because(errors.New("row 7"))
		}
		return p, nil
	}))
	network.Listen("trip-1", service("trip", func(ctx context.Context, p ping) (ping, error) {
		nearLeft = left(ctx)
		return echo.Call(ctx, far, p)
	}))
	ctx := auth.With(t.Context(), rider)
	t.Run("an answer comes back, and the rider is known at the far end", func(t *testing.T) {
		got, err := echo.Call(ctx, near, ping{Text: "hello"})
		if want := (auth.Principal{Subject: "1", Roles: auth.Rider, Session: "s", Service: "trip"}); err != nil || got.Text != "hello" || asks != want {
			t.Errorf("got %+v, %v, from %+v", got, err, asks)
		}
	})
	t.Run("each hop has less time than the one before", func(t *testing.T) {
		if farLeft >= nearLeft || nearLeft >= 5*time.Second || farLeft < time.Second {
			t.Errorf("near %s, far %s", nearLeft, farLeft)
		}
	})
	t.Run("a refusal is the same at this end", func(t *testing.T) {
		_, err := echo.Call(ctx, near, ping{Text: "busy"})
		if e, ok := errors.AsType[*errs.Error](err); !ok || !errors.Is(err, busy) || len(e.Fields) != 1 || strings.Contains(err.Error(), "row 7") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a service that is gone is unavailable at this end", func(t *testing.T) {
		network.Close("car-1")
		_, err := echo.Call(ctx, near, ping{Text: "hello"})
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an identity for another service is not taken", func(t *testing.T) {
		network.Listen("car-1", service("user", func(_ context.Context, p ping) (ping, error) { return p, nil }))
		if _, err := echo.Call(ctx, far, ping{}); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("got %v", err)
		}
	})
}

func TestConnections(t *testing.T) {
	var opened atomic.Int64
	handler := service("car", func(_ context.Context, p ping) (ping, error) {
		if p.Text == "bad" {
			return p, errs.E(errs.Conflict, "bad", strings.Repeat("x", 20_000))
		}
		return p, nil
	})
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := peer.NewTransport()
	defer transport.CloseIdleConnections()
	p := newPeer(t, "trip", "car", transport, server.Listener.Addr().String())
	t.Run("200 calls one after the other need one, refusals among them", func(t *testing.T) {
		for i := range 200 {
			text := []string{"good", "bad"}[i%2]
			if _, err := echo.Call(t.Context(), p, ping{Text: text}); (err != nil) != (text == "bad") {
				t.Fatal(err)
			}
		}
		if got := opened.Load(); got != 1 {
			t.Errorf("opened %d", got)
		}
	})
	t.Run("calls at once keep their connections for the next", func(t *testing.T) {
		opened.Store(0)
		const most, rounds = 32, 10
		for range rounds {
			var wg sync.WaitGroup
			for range most {
				wg.Go(func() { _, _ = echo.Call(t.Context(), p, ping{Text: "good"}) })
			}
			wg.Wait()
		}
		if got := opened.Load(); got > 3*most {
			t.Errorf("%d calls opened %d connections", rounds*most, got)
		}
	})
}
