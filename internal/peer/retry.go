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

// retry repeats a try that failed, on another instance, when doing it twice is harmless.
// left says whether there is another one.
func retry(c Config, budget *retryBudget, left func(tried) bool) endpoint.Middleware {
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
			for n := 1; n < triesAtMost && again(response, err) && left(been) && budget.withdraw(); n++ {
				if !repeat.Rest(ctx, jittered(c.Tuning.Pause<<(n-1))) {
					break
				}
				retried.Inc()
				discard(response)
				response, err = next(ctx, request)
			}
			return response, err
		}
	}
}

// jittered spreads the retries of callers that failed together.
func jittered(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// repeatable says that the call may be sent twice: by its nature or by its key, and
// because its body can be read twice.
func repeatable(c *call) bool {
	return c.whole() && !c.spec.Stream && (c.spec.Repeatable() || c.request.Header.Get(kitx.KeyHeader) != "")
}

// whole says that the body can be read twice.
func (c *call) whole() bool { return c.request.Body == nil || c.request.GetBody != nil }

// again says that another instance may do better. A timeout is not repeated: the budget
// is the caller's, and the callee may be at it still.
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
