package peer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/afex/hystrix-go/hystrix"
	"github.com/go-kit/kit/endpoint"

	"freecar/internal/errs"
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
	open := c.Obs.Metrics.BreakerOpen.WithLabelValues(name)
	refused := errs.E(errs.Unavailable, "unavailable", "The "+c.Callee+" service is in trouble; try again shortly.").After(c.Tuning.OpenFor)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			if !circuit.AllowRequest() {
				open.Set(1)
				return nil, refused
			}
			begin := time.Now()
			response, err := next(ctx, request)
			if event := verdict(response, err); event != "" {
				// Fails only when its queue is full, and then one call more or less
				// does not matter.
				_ = circuit.ReportEvent([]string{event}, begin, time.Since(begin))
				if event == "success" {
					open.Set(0)
				}
			}
			return response, err
		}
	}
}

// verdict is what the circuit hears of an outcome; nothing when it is the caller's doing.
func verdict(response any, err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errs.IsFault(err):
		return "failure"
	case err != nil: // the request itself was no good: nothing is learnt of the callee
		return ""
	}
	if resp, ok := response.(*http.Response); ok && resp.StatusCode >= http.StatusInternalServerError {
		return "failure"
	}
	return "success"
}
