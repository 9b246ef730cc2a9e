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
	among   *balancer // nil: there is one instance, and a retry goes there
	retried prometheus.Counter
}

func newRetrier(c Config, budget *retryBudget, among *balancer) *retrier {
	return &retrier{config: c, budget: budget, among: among, retried: c.Obs.Metrics.Retried.WithLabelValues(c.Caller, c.Callee)}
}

func (r *retrier) middleware(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		c := request.(*call)
		if !repeatable(c) {
			return next(ctx, c)
		}
		r.budget.deposit()
		for n := 1; ; n++ {
			var response any
			var err error
			if r.hedges(c, n) {
				var beside bool
				if response, err, beside = r.hedged(ctx, next, c); beside {
					n++
				}
			} else {
				response, err = next(ctx, c)
			}
			if !r.another(ctx, response, err, c, n) {
				return response, err
			}
			r.retried.Inc()
			discard(response)
		}
	}
}

// another says that the call goes on to another try; it has rested then.
func (r *retrier) another(ctx context.Context, response any, err error, c *call, n int) bool {
	return n < triesAtMost && again(response, err) && r.somewhere(response, c) && r.budget.withdraw() &&
		repeat.Rest(ctx, jittered(r.config.Tuning.Pause<<(n-1)))
}

// somewhere says that there is an instance to go to.
func (r *retrier) somewhere(response any, c *call) bool {
	if r.among == nil {
		return !asksForTime(response)
	}
	return r.among.left(c.been)
}

// asksForTime says that a refusal names a time which no call has.
func asksForTime(response any) bool {
	resp, ok := response.(*http.Response)
	return ok && resp.Header.Get("Retry-After") != "" && resp.Header.Get("Retry-After") != "0"
}

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
