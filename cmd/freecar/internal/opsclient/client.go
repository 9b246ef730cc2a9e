package opsclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// Config is what a client is made of.
type Config struct {
	// URL is the gateway's, as ParseURL gives it.
	URL *url.URL
	// Sessions keeps the sign-in.
	Sessions *Store
	// Transport carries the requests; nil is one of our own.
	Transport http.RoundTripper
	// Clock and IDs are the system's where they are nil.
	Clock clock.Clock
	IDs   ids.Source
	// Timeout bounds each try of a request; 0 is 30 s.
	Timeout time.Duration
	// UserAgent names the program.
	UserAgent string
	// Waiting, if there is one, hears of each pause before a request is repeated.
	Waiting func(d time.Duration, why string)
}

// Client sends operations to one gateway.
type Client struct{ config Config }

var _ kitx.Peer = (*Client)(nil)

// New makes a client.
func New(c Config) *Client {
	if c.Transport == nil {
		c.Transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2:   true,
		}
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.IDs == nil {
		c.IDs = ids.Random{}
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Waiting == nil {
		c.Waiting = func(time.Duration, string) {}
	}
	return &Client{config: c}
}

// ParseURL reads a gateway's address.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%q is no http or https URL: http://127.0.0.1:8080 is one", text)
	}
	return u, nil
}

// Exposed says that a password sent to u could be read on the way: plain HTTP that leaves
// this machine.
func Exposed(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// Do sends an operation's request: with the session's access token where the operation
// asks who is there. Errors: ErrSignedOut; Unavailable, Timeout when no answer came.
func (c *Client) Do(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	if spec.Who.Public() {
		return c.persist(ctx, spec, r, "")
	}
	session, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.persist(ctx, spec, r, session.AccessToken)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || refusesPassword(resp) {
		return resp, err
	}
	_ = resp.Body.Close()
	if session, err = c.renew(ctx, session); err != nil { // revoked, or our clock is wrong: a new token tells
		return nil, err
	}
	return c.persist(ctx, spec, r, session.AccessToken)
}

// try sends the request once. A stream has a deadline until it begins.
func (c *Client) try(ctx context.Context, spec kitx.Spec, r *http.Request, token string) (*http.Response, error) {
	return c.inTime(ctx, spec.Stream, func(ctx context.Context) (*http.Request, error) { return c.outgoing(ctx, r, token) })
}

// inTime sends a request whose answer has a deadline, or whose answer's beginning has.
func (c *Client) inTime(ctx context.Context, stream bool, request func(context.Context) (*http.Request, error)) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(c.config.Timeout, func() { cancel(errTimeout) })
	done := func() { late.Stop(); cancel(nil) }
	out, err := request(ctx)
	if err != nil {
		done()
		return nil, err
	}
	resp, err := c.config.Transport.RoundTrip(out)
	if err != nil {
		defer done()
		return nil, c.explain(ctx, err)
	}
	if stream {
		late.Stop()
	}
	resp.Body = &body{resp.Body, ctx, done}
	return resp, nil
}

// outgoing is the request as the gateway gets it.
func (c *Client) outgoing(ctx context.Context, r *http.Request, token string) (*http.Request, error) {
	out := r.Clone(ctx)
	base := *c.config.URL
	base.Path = cmp.Or(base.Path, "/") // what is joined to no path at all would be relative
	out.URL, out.Host = base.JoinPath(r.URL.EscapedPath()), ""
	out.URL.RawQuery = r.URL.RawQuery
	if r.GetBody != nil {
		var err error
		if out.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	if out.Header.Get("Accept") == "" {
		out.Header.Set("Accept", "application/json")
	}
	out.Header.Set("User-Agent", c.config.UserAgent)
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	if id := kitx.RequestID(ctx); id != "" {
		out.Header.Set(kitx.RequestIDHeader, id)
	}
	return out, nil
}

var errTimeout = errs.E(errs.Timeout, "timeout", "No answer came in time; --timeout gives it longer.")

// explain gives a failed exchange its kind.
func (c *Client) explain(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), errTimeout):
		return errTimeout.Because(err)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	reason := err
	if op, ok := errors.AsType[*net.OpError](err); ok {
		reason = op.Err
	}
	return errs.E(errs.Unavailable, Unreachable, fmt.Sprintf("%s cannot be reached (%v): is the platform running there? --url or FREECAR_URL says where it is.",
		c.config.URL, reason)).Because(err)
}

// Unreachable is the code of a connection that failed on our side of the gateway.
const Unreachable = "unreachable"

// body ends the try's deadline when the answer is read, and says when that came first.
type body struct {
	io.ReadCloser
	ctx  context.Context
	done func()
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
