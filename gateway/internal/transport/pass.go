package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// pass hands the requests of a route to the service that owns it, and its answers back.
// It reads no more of either than headers.
type pass struct {
	route   gateway.Route
	peer    kitx.Peer
	revoked gateway.Revocations
	// tells says that the service is told where a request came from, to limit by it.
	tells bool
	// patience is how long a client may take over a piece of a long body or answer.
	patience time.Duration
}

func (p *pass) serve(w http.ResponseWriter, r *http.Request) error {
	if err := p.route.Key.Check(r.Header); err != nil {
		return err
	}
	out := &http.Request{
		Method: r.Method, URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: inbound(r.Header),
	}
	if p.route.Key == gateway.KeyNone {
		delete(out.Header, kitx.KeyHeader)
	}
	if p.tells {
		out.Header[kitx.ClientHeader] = []string{address(r)}
	}
	r, done := p.watched(r)
	defer done()
	resp, err := p.exchange(w, r, out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := p.foreign(resp); err != nil {
		return err
	}
	outbound(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	if resp.StatusCode >= http.StatusBadRequest {
		kitx.SetOutcome(r.Context(), refusal(resp))
	}
	return p.copyBody(r.Context(), w, resp)
}

// refusal is what an answer that is none says to the log.
func refusal(resp *http.Response) error {
	kind := errs.KindOfStatus(resp.StatusCode)
	code := resp.Header.Get(kitx.CodeHeader)
	if code == "" {
		code = kind.String()
	}
	return errs.E(kind, code, "")
}

// foreign is the error of a fault that no service of ours wrote: a page of something
// between us, say. Clients get one that has a code.
func (p *pass) foreign(resp *http.Response) error {
	if resp.StatusCode < http.StatusInternalServerError || strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		return nil
	}
	kind := errs.KindOfStatus(resp.StatusCode)
	why := errs.E(kind, kind.String(), "The "+p.route.Service()+" service could not answer this.").
		Because(fmt.Errorf("gateway: status %d without a problem document", resp.StatusCode))
	after := kitx.RetryAfter(resp.Header) // it knows best when to come again
	if after == 0 && kind == errs.Unavailable {
		after = time.Second
	}
	return why.After(after)
}

// watched ends a stream when its principal is revoked: it was let in long ago.
func (p *pass) watched(r *http.Request) (_ *http.Request, done func()) {
	principal := auth.From(r.Context())
	if !p.route.Stream || principal.Subject == "" {
		return r, func() {}
	}
	ctx, cancel := context.WithCancel(r.Context())
	stop := p.revoked.Watch(principal, cancel)
	return r.WithContext(ctx), func() { stop(); cancel() }
}

// exchange sends the request with its body: a short one whole, so that it can be sent
// again, a long one as it comes.
func (p *pass) exchange(w http.ResponseWriter, r, out *http.Request) (*http.Response, error) {
	length, limit := r.ContentLength, p.route.MaxBody
	switch {
	case length == 0:
	case length > limit:
		return nil, tooLarge
	case length > keptAtMost || length < 0 && limit > keptAtMost: // below 0: in chunks
		return p.upload(w, r, out)
	default:
		if err := keepBody(r, out, limit); err != nil {
			return nil, err
		}
	}
	return p.peer.Do(r.Context(), p.route.Spec, out)
}

func (p *pass) upload(w http.ResponseWriter, r, out *http.Request) (*http.Response, error) {
	body := newUpload(w, r, p.route.MaxBody, p.patience)
	out.Body, out.ContentLength = body, r.ContentLength
	resp, err := p.peer.Do(r.Context(), p.route.Spec, out)
	if why := body.explain(err); why != nil {
		body.end()
		if err == nil {
			_ = resp.Body.Close()
		}
		return nil, why
	}
	resp.Body = &uploaded{ReadCloser: resp.Body, body: body}
	return resp, nil
}

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyBody copies an answer. One of unknown length is live: each piece goes out as it
// comes. An error says that the answer broke off; a client that left, or does not read, is
// none.
func (p *pass) copyBody(ctx context.Context, w http.ResponseWriter, resp *http.Response) error {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	out := p.newOutlet(w, resp.ContentLength)
	defer out.await()       // what is buffered, and the end, go out when the handler is done
	if out.flush() != nil { // the head of a stream, before its first event
		return nil
	}
	for {
		n, err := resp.Body.Read(buffer[:])
		if n > 0 && out.write(buffer[:n]) != nil {
			return nil
		}
		switch {
		case err == io.EOF || err != nil && errors.Is(ctx.Err(), context.Canceled):
			return nil
		case err != nil:
			return errs.E(errs.Unavailable, "unavailable", "The answer broke off.").Because(fmt.Errorf("gateway: %w", err))
		}
	}
}
