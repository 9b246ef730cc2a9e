package outward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
)

// Config is what a client is made of.
type Config struct {
	// Caller and Callee name the breaker: "profile", "baidu".
	Caller, Callee string
	// BaseURL is where the callee is. It is https, unless it is this machine or
	// AllowPlain says that the way there is safe.
	BaseURL    string
	AllowPlain bool
	// Transport is nil for one of the client's own.
	Transport http.RoundTripper
	Obs       obs.Obs
	Tuning    peer.Tuning
	// AnswerAtMost bounds an answer's body, in bytes; 0 is 1 MiB.
	AnswerAtMost int64
}

// What suits calls to other companies: they are slower, fewer and farther away than ours.
const (
	timeout      = 10 * time.Second
	concurrent   = 64
	minCalls     = 5
	openFor      = 10 * time.Second
	pause        = 100 * time.Millisecond
	answerAtMost = 1 << 20
)

// Client calls one callee. Close it when no call is under way any more.
type Client struct {
	config Config
	base   *url.URL
	chain  *peer.Chain
	own    *http.Transport // nil when the transport is somebody else's
}

// New makes a client. Its errors are about the config, and hold nothing secret of it.
func New(c Config) (*Client, error) {
	base, err := parseBase(c)
	if err != nil {
		return nil, err
	}
	client := &Client{config: completed(c), base: base}
	if c.Transport == nil {
		client.own = newTransport()
		client.config.Transport = client.own
	}
	client.chain = peer.NewChain(peer.Config{Caller: c.Caller, Callee: c.Callee, Obs: c.Obs, Tuning: client.config.Tuning}, client.try)
	return client, nil
}

// Close lets idle connections go.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

func parseBase(c Config) (*url.URL, error) {
	base, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || base.Host == "": // url.Parse repeats what it was given
		return nil, fmt.Errorf("outward: the address of %s is not one", c.Callee)
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("outward: the address of %s holds more than a scheme, a host and a path", c.Callee)
	case base.Scheme == "https", base.Scheme == "http" && (c.AllowPlain || here(base.Hostname())):
		base.Path = strings.TrimSuffix(base.Path, "/")
		return base, nil
	}
	return nil, fmt.Errorf("outward: the address of %s must begin with https://", c.Callee)
}

// here says that the host is this machine.
func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func completed(c Config) Config {
	or(&c.Tuning.Timeout, timeout)
	or(&c.Tuning.Concurrent, concurrent)
	or(&c.Tuning.MinCalls, minCalls)
	or(&c.Tuning.OpenFor, openFor)
	or(&c.Tuning.Pause, pause)
	or(&c.AnswerAtMost, answerAtMost)
	return c
}

func or[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// newTransport is for few requests to far hosts, through the proxy that the environment
// names.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 3 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: concurrent / 4,
		IdleConnTimeout:     45 * time.Second,

		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Request is one call.
type Request struct {
	// Op names the call in spans and metrics: "baidu.Token".
	Op     string
	Method string
	// Path goes behind the base address, Query behind it. Secrets may be in Query, Header
	// and Body; a path is none of their places.
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// Idempotent says that a POST may be sent twice; GET, PUT and DELETE always may.
	Idempotent bool
}

// Answer is what came back, below status 500 and no redirect.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends the request and reads the answer. An answer is no error for being a refusal:
// what its status means is the caller's to say. Errors: Unavailable for a callee that
// cannot be reached, is overloaded (429 too), in trouble, or no speaker of our language;
// Timeout, also for what must not be sent twice, was sent, and got no whole answer: it may
// have been done; a bare context error when the caller left.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	spec := kitx.Spec{Op: r.Op, Method: r.Method, Path: r.Path, Idempotent: r.Idempotent}
	resp, err := c.chain.Do(ctx, spec, c.outgoing(r))
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // it is in memory
	if err != nil {
		return Answer{}, c.unavailable(err)
	}
	if err := c.settle(resp); err != nil {
		return Answer{}, err
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// outgoing is the request in a form that can be sent again.
func (c *Client) outgoing(r Request) *http.Request {
	u := *c.base
	u.Path += r.Path
	u.RawQuery = r.Query.Encode()
	out := &http.Request{Method: r.Method, URL: &u, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	maps.Copy(out.Header, r.Header)
	out.Header.Set("User-Agent", "freecar")
	if r.Body != nil {
		out.ContentLength = int64(len(r.Body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
		out.Body, _ = out.GetBody()
	}
	if r.Idempotent && out.Header.Get(kitx.KeyHeader) == "" {
		out.Header[kitx.KeyHeader] = []string{} // net/http sends it again on a connection that had died, and no header
	}
	return out
}

// try is one exchange, up to the last byte of the answer: one that breaks off is as much
// a fault as one that never comes.
func (c *Client) try(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	sent := false // or is about to be: there is a connection
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent = true }}))
	if r.GetBody != nil {
		r.Body, _ = r.GetBody() // of bytes in memory, which does not fail
	}
	resp, err := c.config.Transport.RoundTrip(r)
	if err == nil {
		err = c.readWhole(resp)
	}
	if err == nil {
		return resp, nil
	}
	harmless := spec.Repeatable() || r.Header.Get(kitx.KeyHeader) != ""
	return nil, c.explain(ctx, sent && !harmless, err)
}

// readWhole reads the answer into memory.
func (c *Client) readWhole(resp *http.Response) error {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return peer.ErrSwitched
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.config.AnswerAtMost+1))
	if err == nil && int64(len(body)) > c.config.AnswerAtMost {
		err = fmt.Errorf("outward: an answer of more than %d bytes", c.config.AnswerAtMost)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// explain gives a failed exchange its kind; unknown says that it may have been done.
func (c *Client) explain(ctx context.Context, unknown bool, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled // the caller left: nobody's fault
	case unknown:
		return peer.NoAnswer(c.config.Callee, bare(err))
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return kitx.Known(context.DeadlineExceeded)
	}
	return c.unavailable(bare(err))
}

// bare is err without the address, which net/http likes to repeat.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
