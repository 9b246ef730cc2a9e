package outward_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/reporter/recorder"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/outward"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// rig is a client and a server that is not ours.
type rig struct {
	*outward.Client
	calls    atomic.Int64
	log      bytes.Buffer
	registry *prometheus.Registry
	spans    *recorder.ReporterRecorder
	server   *httptest.Server
	platform *obs.Platform
}

var (
	read  = outward.Request{Op: "reader.Show", Method: http.MethodGet, Path: "/show"}
	write = outward.Request{Op: "reader.Pay", Method: http.MethodPost, Path: "/pay", Body: []byte("body")}
	again = outward.Request{Op: "reader.Read", Method: http.MethodPost, Path: "/read", Body: []byte("body"), Idempotent: true}
)

// newRig serves h over a real socket. No circuit opens by the way, and nothing waits
// between tries.
func newRig(t *testing.T, h http.HandlerFunc, change ...func(*outward.Config)) *rig {
	t.Helper()
	r := &rig{registry: prometheus.NewRegistry(), spans: recorder.NewReporter()}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.calls.Add(1)
		body, _ := io.ReadAll(req.Body) // or the server does not notice that a caller leaves
		req.Body = io.NopCloser(bytes.NewReader(body))
		h(w, req)
	}))
	t.Cleanup(r.server.Close)
	r.platform = obs.NewPlatform(log.NewJSONLogger(&r.log), r.registry, r.spans, 1)
	c := outward.Config{Caller: t.Name(), Callee: "reader", BaseURL: r.server.URL, Obs: r.obs()}
	c.Tuning.MinCalls, c.Tuning.Timeout, c.Tuning.Pause = 1_000_000, time.Minute, time.Millisecond
	for _, f := range change {
		f(&c)
	}
	client, err := outward.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	r.Client = client
	return r
}

// counted is the sum of a metric.
func (r *rig) counted(t *testing.T, name string) (sum float64) {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
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

func (r *rig) obs() obs.Obs { return r.platform.For("profile") }

func (r *rig) finished() []model.SpanModel { return r.spans.Flush() }

// hang waits until the caller has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
