package kitx

import (
	"context"
	"net/http"
	"reflect"

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
	spec.request = reflect.TypeFor[Req]()
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
		x := request.(*exchange)
		req, err := r.codec.decode(x.request)
		if err != nil {
			return result[Resp]{err: err}, nil
		}
		return x.render(next.Raw(ctx, req))
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
