package kitx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
)

// Peer sends the requests of operations to the service that owns them: with identity,
// span, deadline, breaker, retries and balancing. Its errors have a kind.
type Peer interface {
	// Do sends r, whose address is only a path, and returns the response with its body
	// open. A response of 500 and above may come back as an error instead.
	Do(ctx context.Context, spec Spec, r *http.Request) (*http.Response, error)
}

// answerAtMost bounds what is read of an answer.
const answerAtMost = 8 << 20

// Call sends the request through the peer. A refusal comes back as the errs.Error that
// the other side returned, so that errors.Is works across services.
func (r *Route[Req, Resp]) Call(ctx context.Context, peer Peer, req Req) (Resp, error) {
	var answer Resp
	request, err := r.codec.encode(req)
	if err != nil {
		return answer, err
	}
	resp, err := peer.Do(ctx, r.spec, request.WithContext(ctx))
	if err != nil {
		return answer, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols { // its body is the connection, which has no end
		_ = resp.Body.Close()
		return answer, fmt.Errorf("%s: the answer switches to another protocol", r.spec.Op)
	}
	defer drain(resp.Body)
	switch {
	case resp.StatusCode >= http.StatusBadRequest:
		return answer, fmt.Errorf("%s: %w", r.spec.Op, readProblem(resp))
	case resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices:
		return answer, fmt.Errorf("%s: status %d is no answer of ours", r.spec.Op, resp.StatusCode)
	}
	if _, none := any(answer).(None); none {
		return answer, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerAtMost+1))
	switch {
	case err != nil:
		return answer, fmt.Errorf("%s: %w", r.spec.Op, broken(err))
	case len(body) > answerAtMost:
		return answer, fmt.Errorf("%s: an answer of more than %d bytes", r.spec.Op, answerAtMost)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		// In words alone: what is wrong with an answer is a fault, whatever kind its decoder
		// gives to the same mistake in a request.
		return answer, fmt.Errorf("%s: an answer of another form: %v", r.spec.Op, jsonError(err))
	}
	return answer, nil
}

// broken gives an answer that broke off its kind. A caller that left is nobody's fault,
// and its error stays bare.
func broken(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errs.E(errs.Unavailable, "unavailable", "The answer of another service broke off; try again.").Because(err)
}

// drain reads what is left, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(body, problemAtMost))
	_ = body.Close()
}
