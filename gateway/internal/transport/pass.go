package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"freecar/gateway"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// pass hands the requests of a route to the service that owns it, and its answers back.
// It reads no more of either than headers.
type pass struct {
	route gateway.Route
	peer  kitx.Peer
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
	resp, err := p.exchange(w, r, out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	outbound(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	if resp.StatusCode >= http.StatusBadRequest {
		kind := errs.KindOfStatus(resp.StatusCode)
		kitx.SetOutcome(r.Context(), errs.E(kind, kind.String(), ""))
	}
	return copyBody(r.Context(), w, resp)
}

// exchange sends the request with its body: a short one whole, so that it can be sent
// again, a long one as it comes.
func (p *pass) exchange(w http.ResponseWriter, r, out *http.Request) (*http.Response, error) {
	long, err := p.isLong(r.ContentLength)
	switch {
	case err != nil:
		return nil, err
	case long:
		return p.stream(w, r, out)
	}
	if r.ContentLength != 0 {
		if err := keepBody(w, r, out, p.route.MaxBody); err != nil {
			return nil, err
		}
	}
	return p.peer.Do(r.Context(), p.route.Spec, out)
}

func (p *pass) isLong(length int64) (bool, error) {
	switch {
	case length > p.route.MaxBody:
		return false, tooLarge
	case length < 0: // sent in chunks
		return p.route.MaxBody > keptAtMost, nil
	default:
		return length > keptAtMost, nil
	}
}

func (p *pass) stream(w http.ResponseWriter, r, out *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	up := newUpload(w, r, p.route.MaxBody, cancel)
	out.Body, out.ContentLength = up, r.ContentLength
	resp, err := p.peer.Do(ctx, p.route.Spec, out)
	up.settle()
	if cause, ok := errors.AsType[*errs.Error](context.Cause(ctx)); ok && err != nil {
		return nil, cause // the client's doing, which the peer cannot know
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	resp.Body = cancelling{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// cancelling ends the context of an exchange with its answer.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (c cancelling) Close() error {
	defer c.cancel(nil)
	return c.ReadCloser.Close()
}

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyBody copies an answer. One of unknown length is live: each piece goes out as it
// comes. An error says that the answer broke off; a client that left is none.
func copyBody(ctx context.Context, w http.ResponseWriter, resp *http.Response) error {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	flush := func() error { return nil }
	if resp.ContentLength < 0 {
		flush = http.NewResponseController(w).Flush
	}
	if flush() != nil { // the head of a stream, before its first event
		return nil
	}
	for {
		n, err := resp.Body.Read(buffer[:])
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil || flush() != nil {
				return nil
			}
		}
		switch {
		case err == io.EOF || err != nil && errors.Is(ctx.Err(), context.Canceled):
			return nil
		case err != nil:
			return errs.E(errs.Unavailable, "unavailable", "The answer broke off.").Because(fmt.Errorf("gateway: %w", err))
		}
	}
}
