package kitx

import (
	"context"
	"net/http"

	"github.com/go-kit/kit/endpoint"
)

// None is the request or response of an operation that has none.
type None struct{}

// Route is one operation's wire contract.
type Route[Req, Resp any] struct {
	spec  Spec
	codec *codec[Req]
}

// NewRoute makes a route; it panics on a contract that contradicts itself.
func NewRoute[Req, Resp any](spec Spec) *Route[Req, Resp] {
	success := http.StatusOK
	if _, none := any(*new(Resp)).(None); none {
		success = http.StatusNoContent
	}
	spec = spec.completed(success)
	return &Route[Req, Resp]{spec: spec, codec: newCodec[Req](spec)}
}

// Spec is the route without its types.
func (r *Route[Req, Resp]) Spec() Spec { return r.spec }

// Mount serves the operation: f is the use case in terms of the wire.
func (r *Route[Req, Resp]) Mount(s *Server, f func(context.Context, Req) (Resp, error)) {
	s.mount(r.spec, r.decoding(New(f)))
}

// decoding puts the decoder in front of a typed endpoint: inside the access decision,
// so that strangers learn nothing about fields.
func (r *Route[Req, Resp]) decoding(next Endpoint[Req, Resp]) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		req, err := r.codec.decode(request.(*exchange).request)
		if err != nil {
			return result[Resp]{err: err}, nil
		}
		return next.Raw(ctx, req)
	}
}

// Endpoint is go-kit's with its types written on it. Raw takes every kit middleware.
type Endpoint[Req, Resp any] struct{ Raw endpoint.Endpoint }

// result carries an answer or a business "no", which is no failure of the endpoint.
type result[T any] struct {
	value T
	err   error
}

var _ endpoint.Failer = result[None]{}

func (r result[T]) Failed() error { return r.err }
func (r result[T]) Value() any    { return r.value }

// New makes an endpoint of a function.
func New[Req, Resp any](f func(context.Context, Req) (Resp, error)) Endpoint[Req, Resp] {
	return Endpoint[Req, Resp]{Raw: func(ctx context.Context, request any) (any, error) {
		value, err := f(ctx, request.(Req))
		return settle(value, err)
	}}
}

// Raw is the contract of an operation that reads and writes its own bytes.
type Raw struct{ spec Spec }

// NewRaw makes the contract of a stream or byte route.
func NewRaw(spec Spec) *Raw { return &Raw{spec: spec.completed(http.StatusOK)} }

// Spec is the route.
func (r *Raw) Spec() Spec { return r.spec }

// Mount serves the operation. An error that serve returns before it has written
// anything becomes the answer; later ones are logged.
func (r *Raw) Mount(s *Server, serve func(w http.ResponseWriter, r *http.Request) error) {
	s.mount(r.spec, func(_ context.Context, request any) (any, error) {
		x := request.(*exchange)
		w := &tracked{ResponseWriter: x.writer}
		err := serve(w, x.request)
		x.begun = w.begun
		return settle(written{}, err)
	})
}

// tracked remembers whether the answer has begun. Unwrap keeps http.ResponseController
// working.
type tracked struct {
	http.ResponseWriter
	begun bool
}

func (t *tracked) WriteHeader(status int) {
	t.begun = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracked) Write(b []byte) (int, error) {
	t.begun = true
	return t.ResponseWriter.Write(b)
}

func (t *tracked) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// written is the response of a raw route: nothing is left to encode.
type written struct{}
