package kitx

import (
	"context"
	"fmt"
	"net/http"
)

// Send sends a request of the caller's making, whose address is only a path, and returns
// the answer with its body open. A refusal comes back as in Route.Call.
func (r *Raw) Send(ctx context.Context, peer Peer, request *http.Request) (*http.Response, error) {
	resp, err := peer.Do(ctx, r.spec, request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer drain(resp.Body)
	return nil, fmt.Errorf("%s: %w", r.spec.Op, readProblem(resp))
}
