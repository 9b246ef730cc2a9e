package peer

import (
	"context"
	"net/http"

	"github.com/go-kit/kit/endpoint"

	"freecar/internal/crash"
	"freecar/internal/kitx"
)

// Chain is what stands before the tries of a call, whoever is called: budget, span and
// metrics, bulkhead, breaker and retry.
type Chain struct{ byClass map[string]endpoint.Endpoint }

// Try is one exchange. Errors: Unavailable when another try may do better, Timeout, a bare
// context.Canceled when the caller left; anything else is a fault, too.
type Try func(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error)

// NewChain makes a chain before a callee that has no instances to choose from: a retry
// goes where the first try went, unless that asked for more time than a call has. It takes
// Caller, Callee, Obs and Tuning of the config.
func NewChain(c Config, try Try) *Chain {
	c.Tuning = c.Tuning.completed()
	return newChain(c, func(ctx context.Context, request any) (any, error) {
		asked := request.(*call)
		resp, err := try(ctx, asked.spec, asked.request)
		if err != nil {
			return nil, err
		}
		return resp, nil
	}, nil)
}

// call is the request of the endpoints in the chain; their response is *http.Response.
type call struct {
	spec    kitx.Spec
	request *http.Request
	been    *tried
	hedge   bool // beside another try that has not answered yet
}

// newChain makes a chain; among says which instances there are, nil that there is one,
// always.
func newChain(c Config, try endpoint.Endpoint, among *balancer) *Chain {
	chain := &Chain{byClass: map[string]endpoint.Endpoint{}}
	seen, budget := &outcomes{config: c}, newRetryBudget()
	for _, class := range []string{"read", "write", "stream"} {
		chain.byClass[class] = endpoint.Chain(
			withBudget(c.Tuning.Timeout),
			seen.observed,
			bulkhead(c.Tuning.Concurrent, c.Callee),
			breaker(c, class),
			newRetrier(c, budget, among).middleware,
		)(try)
	}
	return chain
}

// Do sends the request of an operation. The response's body is the caller's to close.
func (c *Chain) Do(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	crash.At("asking", spec.Op)
	response, err := c.byClass[spec.Class()](ctx, &call{spec: spec, request: r, been: &tried{}})
	resp, _ := response.(*http.Response)
	crash.At("answered", spec.Op)
	return resp, err
}
