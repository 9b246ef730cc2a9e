package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/clock"
	"freecar/internal/kitx"
)

const (
	callWithin    = 10 * time.Second
	refusalAtMost = 64 << 10 // bytes that are read of one
)

// platform is the device's line to the platform: HTTP in a session. Its calls fail with a
// *refusal when the platform says no, and never wait to try again: callers pause.
type platform struct {
	base    *url.URL
	client  *http.Client
	clock   clock.Clock
	session *session
}

var _ kitx.Peer = (*platform)(nil)

// refusal is an answer other than success.
type refusal struct {
	status     int
	code       string
	retryAfter time.Duration // what the platform asked for; 0 for nothing
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the platform answered %d %s", r.status, r.code))
}

// final says that asking again would not help.
func (r *refusal) final() bool {
	switch r.status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return r.status < 500
}

// Do sends a request in the device's session. When the session turns out to be over, it
// signs in and sends it once more.
func (p *platform) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	token, err := p.session.get(ctx, p)
	if err != nil {
		return nil, err
	}
	answer, err := p.send(ctx, r, token)
	if no, ok := errors.AsType[*refusal](err); !ok || no.status != http.StatusUnauthorized {
		return answer, err
	}
	p.session.drop(token)
	if token, err = p.session.get(ctx, p); err != nil {
		return nil, err
	}
	return p.send(ctx, r, token)
}

// send sends a copy of r with the token, if it is not empty.
func (p *platform) send(ctx context.Context, r *http.Request, token string) (*http.Response, error) {
	request := r.Clone(ctx)
	request.URL = p.base.JoinPath(r.URL.EscapedPath())
	request.URL.RawQuery = r.URL.RawQuery
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		request.Body = body
	}
	answer, err := p.client.Do(request)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		return nil, p.refusalOf(answer)
	}
	return answer, err
}

func (p *platform) refusalOf(answer *http.Response) *refusal {
	defer answer.Body.Close()
	no := &refusal{status: answer.StatusCode, retryAfter: p.retryAfter(answer.Header.Get("Retry-After"))}
	var problem struct {
		Code string `json:"code"`
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, refusalAtMost))
	if err == nil && json.Unmarshal(body, &problem) == nil {
		no.code = problem.Code
	}
	return no
}

// retryAfter reads the header in both of its forms.
func (p *platform) retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return min(max(time.Duration(seconds), 0), longestPause/time.Second) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(p.clock.Now()), 0), longestPause)
	}
	return 0
}

// call is one operation of the platform, within callWithin.
func call[Req, Resp any](ctx context.Context, p kitx.Peer, route *kitx.Route[Req, Resp], request Req) (Resp, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return route.Call(ctx, p, request)
}
