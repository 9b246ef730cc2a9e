// Package obs is how a service shows itself: its logger, metrics and tracer.
package obs

import (
	"context"
	"io"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	zipkin "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/propagation/b3"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"
)

// Obs is what one service instance is given to show itself with.
type Obs struct {
	Service string
	Logger  log.Logger
	Metrics *Metrics
	Tracer  *zipkin.Tracer
}

// Platform makes the Obs of each service of a process.
type Platform struct {
	Logger   log.Logger
	Registry *prometheus.Registry
	Reporter reporter.Reporter
	// SampleRate is the share of traces that are reported, 0–1.
	SampleRate float64
	metrics    *Metrics
}

// NewPlatform registers the metrics that all services share.
func NewPlatform(logger log.Logger, registry *prometheus.Registry, r reporter.Reporter, sampleRate float64) *Platform {
	return &Platform{Logger: logger, Registry: registry, Reporter: r, SampleRate: sampleRate, metrics: newMetrics(registry)}
}

// Discard shows nothing: for tests.
func Discard() *Platform {
	return NewPlatform(log.NewNopLogger(), prometheus.NewRegistry(), reporter.NewNoopReporter(), 0)
}

// For is the Obs of one service.
func (p *Platform) For(service string) Obs {
	sampler, err := zipkin.NewBoundarySampler(p.SampleRate, time.Now().UnixNano())
	if err != nil { // a rate outside 0–1
		sampler = zipkin.NeverSample
	}
	tracer, err := zipkin.NewTracer(p.Reporter, zipkin.WithLocalEndpoint(&model.Endpoint{ServiceName: service}),
		zipkin.WithSampler(sampler), zipkin.WithSharedSpans(false), zipkin.WithTraceID128Bit(true))
	if err != nil {
		panic(err) // only a wrong option, which is a bug
	}
	return Obs{Service: service, Logger: log.With(p.Logger, "service", service), Metrics: p.metrics, Tracer: tracer}
}

// NewLogger writes JSON lines at a level and above ("debug", "info", "warn", "error").
func NewLogger(w io.Writer, atLeast string) (log.Logger, error) {
	lowest, err := level.Parse(atLeast)
	if err != nil {
		return nil, err
	}
	logger := log.With(&jsonLogger{w: w}, "ts", log.TimestampFormat(func() time.Time { return time.Now().UTC() }, "2006-01-02T15:04:05.000Z"))
	return level.NewFilter(logger, level.Allow(lowest)), nil
}

// TraceHeader is the b3 header of the context's span, for an event that continues the
// trace; empty outside one.
func TraceHeader(ctx context.Context) string {
	if span := zipkin.SpanFromContext(ctx); span != nil {
		return b3.BuildSingleHeader(span.Context())
	}
	return ""
}
