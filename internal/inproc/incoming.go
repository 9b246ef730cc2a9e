package inproc

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// incoming is the request as the other side sees it.
func incoming(ctx context.Context, r *http.Request) (*http.Request, *requestBody) {
	in := (&http.Request{
		Method: r.Method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header.Clone(), Body: http.NoBody,
		Host: r.Host, RemoteAddr: "127.0.0.1:0", RequestURI: r.URL.RequestURI(),
	}).WithContext(ctx)
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	in.URL = parsed(in.RequestURI, r.URL)
	if r.Body == nil || r.Body == http.NoBody {
		return in, &requestBody{ReadCloser: http.NoBody}
	}
	body := &requestBody{ReadCloser: r.Body}
	in.Body, in.ContentLength = body, r.ContentLength
	if in.ContentLength == 0 {
		in.ContentLength = -1 // a body of unknown length
	}
	return in, body
}

// parsed reads the request line as a server does: no fragment, no user, and a RawPath
// only where the path needs one.
func parsed(requestURI string, sent *url.URL) *url.URL {
	if u, err := url.ParseRequestURI(requestURI); err == nil {
		return u
	}
	return &url.URL{Path: sent.Path, RawPath: sent.RawPath, RawQuery: sent.RawQuery}
}

// requestBody is the client's body as the handler reads it. It fails from the end of the
// exchange on, whoever ended it.
type requestBody struct {
	io.ReadCloser
	over  atomic.Pointer[error]
	close sync.Once
}

func (b *requestBody) Read(p []byte) (int, error) {
	if over := b.over.Load(); over != nil {
		return 0, *over
	}
	n, err := b.ReadCloser.Read(p)
	if over := b.over.Load(); over != nil && err != nil {
		err = *over // and not what closing it under the reader looked like
	}
	return n, err
}

// Close is the handler's: it needs no more.
func (b *requestBody) Close() error {
	b.end(http.ErrBodyReadAfterClose)
	return nil
}

func (b *requestBody) end(reason error) {
	b.over.CompareAndSwap(nil, &reason)
	b.close.Do(func() { _ = b.ReadCloser.Close() })
}
