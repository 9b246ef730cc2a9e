package peer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/peer"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var (
	read   = kitx.Spec{Op: "car.Show", Method: "GET", Path: "/v1/car"}
	write  = kitx.Spec{Op: "car.Move", Method: "POST", Path: "/v1/car"}
	again  = kitx.Spec{Op: "car.Claim", Method: "POST", Path: "/v1/car", Idempotent: true}
	stream = kitx.Spec{Op: "car.Stream", Method: "GET", Path: "/v1/stream", Stream: true}
)

var (
	rider     = auth.Principal{Subject: "1", Roles: auth.Rider, Session: "s"}
	authority = assertion.NewAuthority(bytes.Repeat([]byte("k"), 32), clock.System{})
	errRefuse = errors.New("connection refused")
)

// rig is a peer whose callee is a function.
type rig struct {
	*peer.Peer
	t         *testing.T
	instances *told
	registry  *prometheus.Registry

	mu    sync.Mutex
	tried []string // hosts, in order
}

type serve func(*http.Request) (*http.Response, error)

// newRig makes a peer of the instances a, b, c, …
func newRig(t *testing.T, instances int, h serve, change ...func(*peer.Config)) *rig {
	t.Helper()
	names := strings.Split("a b c d e f", " ")[:instances]
	r := &rig{t: t, instances: &told{first: sd.Event{Instances: names}}}
	platform := obs.Discard()
	r.registry = platform.Registry
	c := peer.Config{Caller: t.Name(), Callee: "car", Instances: r.instances, Authority: authority, Obs: platform.For("trip"),
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			r.mu.Lock()
			r.tried = append(r.tried, req.URL.Host)
			r.mu.Unlock()
			return h(req)
		}),
		// No circuit opens by the way, and no test waits for one.
		Tuning: peer.Tuning{MinCalls: 1_000_000, Timeout: time.Minute},
	}
	for _, f := range change {
		f(&c)
	}
	r.Peer = peer.New(c)
	t.Cleanup(r.Close)
	return r
}

// hosts are the instances tried since the last look.
func (r *rig) hosts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.tried = nil }()
	return r.tried
}

// call sends one request and closes its answer.
func (r *rig) call(ctx context.Context, spec kitx.Spec, headers ...string) (int, error) {
	resp, err := r.Do(ctx, spec, request(r.t, spec, "body", headers...))
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

func request(t *testing.T, spec kitx.Spec, body string, headers ...string) *http.Request {
	t.Helper()
	var content io.Reader
	if spec.Method == http.MethodPost {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequest(spec.Method, spec.Path, content)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// counted is the sum of a metric.
func (r *rig) counted(name string) (sum float64) {
	r.t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// status answers with nothing but a status.
func status(code int) (*http.Response, error) {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("text"))}, nil
}

func ok(*http.Request) (*http.Response, error) { return status(200) }

// hang waits until the call is given up.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// told is a resolver that a test tells what to say.
type told struct {
	first sd.Event
	mu    sync.Mutex
	to    chan<- sd.Event
}

func (i *told) Register(to chan<- sd.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.to = to
	to <- i.first
}

func (i *told) Deregister(chan<- sd.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.to = nil
}

func (i *told) Stop() {}

// say returns when an event has been taken in: the next one is only read after it.
func (i *told) say(e sd.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.to <- e
	i.to <- sd.Event{Err: errors.New("the resolver is away")}
}

func with(change func(*peer.Tuning)) func(*peer.Config) {
	return func(c *peer.Config) { change(&c.Tuning) }
}
