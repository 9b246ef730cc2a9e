package main

import (
	"bytes"
	"fmt"
	stdlog "log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/reporter"
	zipkinhttp "github.com/openzipkin/zipkin-go/reporter/http"
	"github.com/prometheus/client_golang/prometheus"
)

// spanReporter posts spans to a collector. While that is away it keeps the latest 1,000;
// what is lost beyond is counted.
func spanReporter(url string, registry prometheus.Registerer, logger log.Logger) reporter.Reporter {
	lost := prometheus.NewCounter(prometheus.CounterOpts{Name: "freecar_spans_lost_total", Help: "Spans that no collector took in time."})
	registry.MustRegister(lost)
	t := &spanTroubles{lost: lost, logger: logger}
	return zipkinhttp.NewReporter(url, zipkinhttp.Logger(stdlog.New(t, "", 0)), zipkinhttp.Serializer(t))
}

// spanTroubles reads what the reporter complains of: a line for each span that it loses,
// while requests wait to hand it theirs. They are counted, and told of now and then.
type spanTroubles struct {
	reporter.JSONSerializer
	lost   prometheus.Counter
	logger log.Logger
	batch  atomic.Int64 // spans in the latest batch

	mu   sync.Mutex
	told time.Time
}

const tellTroublesEvery = time.Minute

// Serialize makes a batch to send.
func (s *spanTroubles) Serialize(spans []*model.SpanModel) ([]byte, error) {
	s.batch.Store(int64(len(spans)))
	return s.JSONSerializer.Serialize(spans)
}

// Write takes one line.
func (s *spanTroubles) Write(line []byte) (int, error) {
	var n int
	if _, err := fmt.Sscanf(string(line), "backlog too long, disposing %d spans", &n); err == nil {
		s.lost.Add(float64(n))
	}
	if bytes.HasPrefix(line, []byte("failed the request with status code")) { // which it does not send again
		s.lost.Add(float64(s.batch.Load()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.told) >= tellTroublesEvery {
		s.told = time.Now()
		_ = level.Warn(s.logger).Log("msg", "spans do not get through; freecar_spans_lost_total counts those that are lost", "err", string(bytes.TrimSpace(line)))
	}
	return len(line), nil
}
