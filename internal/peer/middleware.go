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
			if request.(*call).spec.Stream {
				return next(ctx, request)
			}
			ctx, cancel := context.WithTimeout(ctx, timeout)
			response, err := next(ctx, request)
			if resp, ok := response.(*http.Response); ok && err == nil {
				resp.Body = &body{ReadCloser: resp.Body, done: cancel}
				return resp, nil
			}
			cancel()
			return nil, err
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
			zipkin.TagError.Set(span, errs.CodeOf(failed))
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

// retryBudget keeps retries a small share of calls, so that they cannot become a storm.
type retryBudget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	budgetMost  = 10.0
	budgetShare = 0.1 // retries per call in the long run
	triesAtMost = 3
	pause       = 5 * time.Millisecond // before the second try; doubled before the third
)

func newRetryBudget() *retryBudget { return &retryBudget{tokens: budgetMost} }

func (b *retryBudget) deposit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(budgetMost, b.tokens+budgetShare)
}

func (b *retryBudget) withdraw() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// retry repeats a try that failed, on another instance, when doing it twice is harmless.
func retry(c Config, budget *retryBudget) endpoint.Middleware {
	retried := c.Obs.Metrics.Retried.WithLabelValues(c.Caller, c.Callee)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			if !repeatable(request.(*call)) {
				return next(ctx, request)
			}
			budget.deposit()
			been := tried{}
			ctx = context.WithValue(ctx, triedKey{}, been)
			response, err := next(ctx, request)
			for n := 1; n < triesAtMost && again(response, err) && budget.withdraw(); n++ {
				if !rest(ctx, pause<<(n-1)) {
					break
				}
				other, otherErr := next(ctx, request)
				if len(been) == n { // no instance was left
					break
				}
				retried.Inc()
				discard(response)
				response, err = other, otherErr
			}
			return response, err
		}
	}
}

// repeatable says that the call may be sent twice: by its nature or by its key, and
// because its body can be read twice.
func repeatable(c *call) bool {
	whole := c.request.Body == nil || c.request.GetBody != nil
	return whole && !c.spec.Stream && (c.spec.Repeatable() || c.request.Header.Get(kitx.KeyHeader) != "")
}

// again says that another instance may do better. A timeout is not repeated: the budget
// is the caller's, and the callee may be at it still.
func again(response any, err error) bool {
	if err != nil {
		return errs.KindOf(err) == errs.Unavailable && !errors.Is(err, context.Canceled)
	}
	resp, ok := response.(*http.Response)
	return ok && (resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusServiceUnavailable)
}

func discard(response any) {
	if resp, ok := response.(*http.Response); ok && resp != nil {
		_ = resp.Body.Close()
	}
}

func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
