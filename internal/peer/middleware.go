package peer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	zipkin "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/obs"
)

// withBudget bounds a call with all its tries. The response's body outlives the call, so
// its end and not the call's ends the budget.
func withBudget(timeout time.Duration) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			c := request.(*call)
			var cancel func()
			connected := func() {}
			if c.spec.Stream {
				var bound *connecting
				ctx, bound, cancel = boundedToConnect(ctx, timeout)
				c, connected = bound.paced(c), bound.connected
			} else {
				ctx, cancel = context.WithTimeout(ctx, timeout)
			}
			response, err := next(ctx, c)
			resp, ok := response.(*http.Response)
			if !ok || err != nil {
				cancel()
				return nil, err
			}
			connected()
			if _, all := resp.Body.(*whole); all {
				cancel()
				return resp, nil
			}
			resp.Body = &body{ReadCloser: resp.Body, done: cancel}
			return resp, nil
		}
	}
}

// outcomes observes each operation called.
type outcomes struct {
	config Config
	byOp   sync.Map // op → *obs.Outcomes
}

func (o *outcomes) of(op string) *obs.Outcomes {
	if found, ok := o.byOp.Load(op); ok {
		return found.(*obs.Outcomes)
	}
	found, _ := o.byOp.LoadOrStore(op, o.config.Obs.Metrics.Called(o.config.Caller, op))
	return found.(*obs.Outcomes)
}

// observed gives a call its span and metrics.
func (o *outcomes) observed(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		op := request.(*call).spec.Op
		span, ctx := o.config.Obs.Tracer.StartSpanFromContext(ctx, op, zipkin.Kind(model.Client))
		defer span.Finish()
		begin := time.Now()
		response, err := next(ctx, request)
		failed := err
		if resp, ok := response.(*http.Response); ok && resp.StatusCode >= http.StatusBadRequest {
			kind := errs.KindOfStatus(resp.StatusCode)
			failed = errs.E(kind, kind.String(), "")
		}
		if !errors.Is(failed, context.Canceled) { // the caller left: no outcome
			o.of(op).Observe(time.Since(begin), failed)
		}
		if failed != nil {
			zipkin.TagError.Set(span, errs.CodeOf(kitx.Classify(failed)))
		}
		return response, err
	}
}

// bulkhead refuses what is beyond the limit of calls under way, so that a slow callee
// cannot take all of the caller.
func bulkhead(concurrent int, callee string) endpoint.Middleware {
	tickets := make(chan struct{}, concurrent)
	full := errs.E(errs.Unavailable, "overloaded", "Too many calls to the "+callee+" service are under way; try again shortly.").After(time.Second)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			select {
			case tickets <- struct{}{}:
				defer func() { <-tickets }()
				return next(ctx, request)
			default:
				return nil, full
			}
		}
	}
}
