package peer

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/repeat"
)

// retryBudget keeps retries a small share of calls, so that they cannot become a storm.
type retryBudget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	budgetMost  = 10.0
	budgetShare = 0.1 // retries per call in the long run
	triesAtMost = 3
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

// retrier repeats a try that failed, on another instance, when doing it twice is harmless.
type retrier struct {
	config  Config
	budget  *retryBudget
	left    func(tried) int // nil: there is one instance, and a retry goes there
	retried prometheus.Counter
}

func newRetrier(c Config, budget *retryBudget, left func(tried) int) *retrier {
	return &retrier{config: c, budget: budget, left: left, retried: c.Obs.Metrics.Retried.WithLabelValues(c.Caller, c.Callee)}
}

func (r *retrier) middleware(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		if !repeatable(request.(*call)) {
			return next(ctx, request)
		}
		r.budget.deposit()
		been := tried{}
		ctx = context.WithValue(ctx, triedKey{}, been)
		for n := 1; ; n++ {
			response, err, silent := r.patiently(ctx, next, request, been, n)
			if !silent && !r.another(ctx, response, err, been, n) {
				return response, err
			}
			r.retried.Inc()
			discard(response)
		}
	}
}

// another says that the call goes on to another try; it has rested then.
func (r *retrier) another(ctx context.Context, response any, err error, been tried, n int) bool {
	return n < triesAtMost && again(response, err) && r.somewhere(response, been) && r.budget.withdraw() &&
		repeat.Rest(ctx, jittered(r.config.Tuning.Pause<<(n-1)))
}

// somewhere says that there is an instance to go to.
func (r *retrier) somewhere(response any, been tried) bool {
	if r.left == nil {
		return !asksForTime(response)
	}
	return r.left(been) > 0
}

// asksForTime says that a refusal names a time which no call has.
func asksForTime(response any) bool {
	resp, ok := response.(*http.Response)
	return ok && resp.Header.Get("Retry-After") != "" && resp.Header.Get("Retry-After") != "0"
}

// patiently is one try. One that reads is given up, silent, when its answer does not come
// in time and the budget allows another one elsewhere: an instance that hangs must not take
// all of the call's time. A write is not: the instance may be at it still, and its key would
// be refused elsewhere.
func (r *retrier) patiently(ctx context.Context, next endpoint.Endpoint, request any, been tried, n int) (_ any, _ error, silent bool) {
	if n == triesAtMost || request.(*call).spec.Class() != "read" || r.left == nil || r.left(been) < 2 {
		response, err := next(ctx, request)
		return response, err, false
	}
	ctx, giveUp := context.WithCancelCause(ctx) // ends with the call
	patience := time.AfterFunc(r.config.Tuning.Patience, func() {
		if r.budget.withdraw() {
			giveUp(errSilent)
		}
	})
	response, err := next(ctx, request)
	patience.Stop()
	return response, err, context.Cause(ctx) == error(errSilent)
}

// errSilent is why a try was given up.
var errSilent = errs.E(errs.Timeout, "timeout", "This took too long; try again.")

// jittered spreads the retries of callers that failed together.
func jittered(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// repeatable says that the call may be sent twice: by its nature or by its key, and
// because its body can be read twice.
func repeatable(c *call) bool { return c.whole() && !c.spec.Stream && c.harmless() }

// harmless says that doing it twice is doing it once.
func (c *call) harmless() bool {
	return c.spec.Repeatable() || c.request.Header.Get(kitx.KeyHeader) != ""
}

// whole says that the body can be read twice.
func (c *call) whole() bool { return c.request.Body == nil || c.request.GetBody != nil }

// again says that another instance may do better. The call's own timeout is not repeated:
// the budget is the caller's, and the callee may be at it still.
func again(response any, err error) bool {
	if err != nil {
		return errs.KindOf(err) == errs.Unavailable && !errors.Is(err, context.Canceled)
	}
	resp, ok := response.(*http.Response)
	return ok && (resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusServiceUnavailable)
}

// discard reads the refusal to its end, so that its connection can be used again.
func discard(response any) {
	if resp, ok := response.(*http.Response); ok {
		const atMost = 64 << 10
		_, _ = io.CopyN(io.Discard, resp.Body, atMost)
		_ = resp.Body.Close()
	}
}
