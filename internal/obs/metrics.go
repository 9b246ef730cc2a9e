package obs

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/errs"
)

// Metrics are rate, errors and duration of every operation, on the side that serves and
// on the side that calls.
type Metrics struct {
	Business
	served *prometheus.HistogramVec
	called *prometheus.HistogramVec
	// Ejected counts instances that a caller stopped using for a while.
	Ejected *prometheus.CounterVec
	// Resting is how many instances a caller does not use just now.
	Resting *prometheus.GaugeVec
	// Retried counts tries after the first.
	Retried *prometheus.CounterVec
	// BreakerOpen is 1 while a breaker refuses calls.
	BreakerOpen *prometheus.GaugeVec
	// RateLimited counts requests that were refused by a limit, by its name.
	RateLimited *prometheus.CounterVec
	// RevocationsAge is how old what the gateway knows of revoked tokens is, in seconds.
	RevocationsAge prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *Metrics {
	buckets := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	m := &Metrics{
		Business: newBusiness(r),
		served: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "freecar_request_duration_seconds",
			Help: "Time to serve an operation, by outcome.", Buckets: buckets}, []string{"service", "op", "kind"}),
		called: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "freecar_call_duration_seconds",
			Help: "Time of a call to another service with all its tries, by outcome.", Buckets: buckets}, []string{"caller", "op", "kind"}),
		Ejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "freecar_instances_ejected_total",
			Help: "Instances that a caller stopped using for a while."}, []string{"caller", "callee"}),
		Resting: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "freecar_instances_resting",
			Help: "Instances that a caller does not use just now."}, []string{"caller", "callee"}),
		Retried: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "freecar_call_retries_total",
			Help: "Tries after the first."}, []string{"caller", "callee"}),
		BreakerOpen: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "freecar_breaker_open",
			Help: "1 while a breaker refuses calls."}, []string{"command"}),
		RateLimited: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "freecar_rate_limited_total",
			Help: "Requests that were refused by a limit."}, []string{"limit"}),
		RevocationsAge: prometheus.NewGauge(prometheus.GaugeOpts{Name: "freecar_revocations_age_seconds",
			Help: "Age of what the gateway knows of revoked access tokens."}),
	}
	r.MustRegister(m.served, m.called, m.Ejected, m.Resting, m.Retried, m.BreakerOpen, m.RateLimited, m.RevocationsAge)
	return m
}

// Outcomes observes one operation: an observer per kind, resolved at its first use.
type Outcomes struct {
	vec        *prometheus.HistogramVec
	who, op    string
	byKind     [errs.Kinds]atomic.Pointer[prometheus.Observer]
	successful prometheus.Observer
}

// Served observes an operation on the serving side.
func (m *Metrics) Served(service, op string) *Outcomes { return newOutcomes(m.served, service, op) }

// Called observes an operation on the calling side.
func (m *Metrics) Called(caller, op string) *Outcomes { return newOutcomes(m.called, caller, op) }

func newOutcomes(vec *prometheus.HistogramVec, who, op string) *Outcomes {
	return &Outcomes{vec: vec, who: who, op: op, successful: vec.WithLabelValues(who, op, "ok")}
}

// Observe records one outcome.
func (o *Outcomes) Observe(took time.Duration, err error) {
	if err == nil {
		o.successful.Observe(took.Seconds())
		return
	}
	kind := errs.KindOf(err)
	observer := o.byKind[kind].Load()
	if observer == nil {
		resolved := o.vec.WithLabelValues(o.who, o.op, kind.String())
		observer = &resolved
		o.byKind[kind].Store(observer)
	}
	(*observer).Observe(took.Seconds())
}
