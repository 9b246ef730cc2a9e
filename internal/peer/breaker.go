package peer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/afex/hystrix-go/hystrix"
	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// breaker is a Hystrix circuit around the tries of a call.
//
// We ask the circuit and report to it instead of running the call inside hystrix.Do: that
// costs two goroutines and a timer a call, gives up on work that then runs on, cannot
// recover a panic, and freezes its concurrency limit at first use. Deadlines are the
// context's and the limit is our bulkhead's; what Hystrix is good at, the rolling window
// and the three states, stays.
func breaker(c Config, class string) endpoint.Middleware {
	name := fmt.Sprintf("%s→%s/%s", c.Caller, c.Callee, class)
	if c.For != "" {
		name += " for " + c.For
	}
	hystrix.ConfigureCommand(name, hystrix.CommandConfig{
		Timeout:                int(time.Hour.Milliseconds()), // not used, and 0 would be 1 s
		MaxConcurrentRequests:  1,                             // not used either
		RequestVolumeThreshold: c.Tuning.MinCalls,
		SleepWindow:            int(c.Tuning.OpenFor.Milliseconds()),
		ErrorPercentThreshold:  c.Tuning.ErrorPercent,
	})
	circuit, _, err := hystrix.GetCircuit(name)
	if err != nil {
		panic(err) // GetCircuit has no way to fail
	}
	known, _ := circuits.LoadOrStore(name, &shared{CircuitBreaker: circuit})
	state := &state{config: c, circuit: known.(*shared), name: name, gauge: c.Obs.Metrics.BreakerOpen.WithLabelValues(name)}
	refused := errs.E(errs.Unavailable, "unavailable", "The "+c.Callee+" service is in trouble; try again shortly.").After(c.Tuning.OpenFor).Because(kitx.ErrBreakerOpen)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			probe := circuit.IsOpen()
			state.follow(probe)
			if probe && !state.circuit.lets() {
				return nil, refused
			}
			begin := time.Now()
			response, err := next(ctx, request)
			event := verdict(response, err)
			if probe && event == "" {
				state.circuit.vain.Store(true)
			}
			state.tell(event, begin, probe)
			return response, err
		}
	}
}

// circuits are all of the process, by name: *shared. Peers of one name have one.
var circuits sync.Map

// shared is a circuit and what the peers that share it know of it.
type shared struct {
	*hystrix.CircuitBreaker
	open atomic.Bool
	vain atomic.Bool // the last call that tried ended without saying anything of the callee

	mu    sync.Mutex // over changes of open, and of what each peer shows
	since time.Time
}

// lets says that a call may try while the circuit is open: one each while, and the next one
// when that learnt nothing.
func (s *shared) lets() bool { return s.AllowRequest() || s.vain.CompareAndSwap(true, false) }

// state is what a peer shows of a circuit: a gauge, and a line in the log at each change,
// by whoever of those that share it sees it first.
type state struct {
	config  Config
	circuit *shared
	name    string
	gauge   prometheus.Gauge
	shown   atomic.Bool
}

// tell reports an outcome, if it says something. While the circuit is open only that of a
// probe does: calls that began before it opened say how the callee was then, and one lucky
// among them would let all in again.
func (s *state) tell(event string, begin time.Time, probe bool) {
	if event == "" || event == success && !probe && s.circuit.open.Load() {
		return
	}
	// Fails only when its queue is full, and then one call more or less does not matter.
	_ = s.circuit.ReportEvent([]string{event}, begin, time.Since(begin))
	if event == success && probe {
		s.follow(false)
	}
}

// follow shows a change of the circuit that somebody saw.
func (s *state) follow(open bool) {
	c := s.circuit
	if s.shown.Load() == open && c.open.Load() == open {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	open = c.IsOpen() // since then it may have changed again
	s.show(open)
	if c.open.Swap(open) == open {
		return
	}
	if open {
		c.since = time.Now()
		c.vain.Store(false)
		_ = level.Warn(s.config.Obs.Logger).Log("msg", "a breaker opened: calls are refused for now", "breaker", s.name,
			"callee", s.config.Callee, "probe_every_ms", s.config.Tuning.OpenFor.Milliseconds())
		return
	}
	_ = level.Warn(s.config.Obs.Logger).Log("msg", "a breaker closed", "breaker", s.name, "callee", s.config.Callee,
		"open_for_ms", time.Since(c.since).Milliseconds())
}

func (s *state) show(open bool) {
	s.shown.Store(open)
	if open {
		s.gauge.Set(1)
	} else {
		s.gauge.Set(0)
	}
}

const (
	success = "success"
	failure = "failure"
)

// verdict is what the circuit hears of an outcome; nothing when it is the caller's doing.
func verdict(response any, err error) string {
	_, early := errors.AsType[tooEarly](err)
	switch {
	case early || errors.Is(err, context.Canceled):
		return ""
	case errs.IsFault(err):
		return failure
	case err != nil: // the request itself was no good: nothing is learnt of the callee
		return ""
	}
	if resp, ok := response.(*http.Response); ok && resp.StatusCode >= http.StatusInternalServerError {
		return failure
	}
	return success
}

// tooEarly is a timeout of a call that came with next to no time: nothing is learnt of the
// callee.
type tooEarly struct{ error }

func (e tooEarly) Unwrap() error { return e.error }
