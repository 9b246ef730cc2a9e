package kitx_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/openzipkin/zipkin-go/reporter/recorder"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	rider   = auth.Principal{Subject: "1", Roles: auth.Rider, Service: "gateway"}
	trip    = auth.Principal{Service: "trip"}
	errFake = errs.E(errs.Unauthenticated, "bad_token", "This token does not hold.")
)

// rig is a server whose logs, metrics and spans can be read.
type rig struct {
	*kitx.Server
	t        *testing.T
	log      *lines
	registry *prometheus.Registry
	spans    *recorder.ReporterRecorder
}

// newRig makes a server that believes the Who header: rider, trip or forged.
func newRig(t *testing.T, change ...func(*kitx.ServerConfig)) *rig {
	t.Helper()
	r := &rig{t: t, log: &lines{wrote: make(chan struct{}, 1000)}, registry: prometheus.NewRegistry(), spans: recorder.NewReporter()}
	logger, err := obs.NewLogger(r.log, "debug")
	if err != nil {
		t.Fatal(err)
	}
	c := kitx.ServerConfig{Obs: obs.NewPlatform(logger, r.registry, r.spans, 1).For("trip"), Identify: identify}
	for _, f := range change {
		f(&c)
	}
	r.Server = kitx.NewServer(c)
	return r
}

func edge(c *kitx.ServerConfig) { c.Edge = true }

func identify(r *http.Request) (auth.Principal, error) {
	switch r.Header.Get("Who") {
	case "rider":
		return rider, nil
	case "trip":
		return trip, nil
	case "forged":
		return auth.Principal{}, errFake
	default:
		return auth.Principal{}, nil
	}
}

// do sends one request as the rider; headers are name, value pairs.
func (r *rig) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, target, strings.NewReader(body))
	req.Header.Set("Who", "rider")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// peer calls the server over the in-process transport, as another service does.
func (r *rig) peer() kitx.Peer {
	network := inproc.NewNetwork()
	network.Listen("trip", r.Server)
	return direct{network}
}

// direct is the thinnest peer: no identity but the test's, no breaker, no retry.
type direct struct{ http.RoundTripper }

func (d direct) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	r = r.WithContext(ctx)
	r.URL.Host = "trip"
	r.Header.Set("Who", "rider")
	r.Header.Set(kitx.RequestIDHeader, kitx.RequestID(ctx))
	return d.RoundTrip(r)
}

// answered is a peer with one response for everything.
type answered struct {
	status int
	header http.Header
	body   io.Reader
	err    error
}

func (a answered) Do(context.Context, kitx.Spec, *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(a.body)}, nil
}

// lines are log lines that many may write.
type lines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrote <- struct{}{}
	return l.text.Write(b)
}

// parsed is every line as a JSON object.
func (l *lines) parsed(t *testing.T) (all []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, fields)
	}
	return all
}

// one is the only line.
func (l *lines) one(t *testing.T) map[string]any {
	t.Helper()
	all := l.parsed(t)
	if len(all) != 1 {
		t.Fatalf("%d lines: %v", len(all), all)
	}
	return all[0]
}

// problem is an error as a client of ours reads it.
type problem struct {
	Title   string
	Status  int
	Code    string
	Detail  string
	TraceID string `json:"trace_id"`
	Errors  []struct{ Field, Code, Detail string }
}

// problemOf holds an answer to the form of all errors.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("status %d, %q: %v", w.Code, w.Body, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type is %q", got)
	}
	if p.Status != w.Code || p.Title != http.StatusText(w.Code) || p.Code == "" || p.TraceID == "" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	return p
}

// count is the number of outcomes observed of an operation, by kind.
func (r *rig) count(op string) map[string]uint64 {
	r.t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, family := range families {
		if family.GetName() != "freecar_request_duration_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if n := m.GetHistogram().GetSampleCount(); labels["op"] == op && n > 0 {
				counts[labels["kind"]] = n
			}
		}
	}
	return counts
}
