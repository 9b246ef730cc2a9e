package kitx

import (
	"context"
	"net/http"
	"reflect"

	"freecar/internal/errs"
)

// Raw is the contract of an operation that reads and writes its own bytes.
type Raw struct{ spec Spec }

// NewRaw makes the contract of a stream or byte route.
// That of a route stays what it is.
func NewRaw(spec Spec) *Raw {
	spec = spec.completed(http.StatusOK)
	spec.byHand = spec.byHand || spec.request == nil
	return &Raw{spec: spec}
}

// Spec is the route.
func (r *Raw) Spec() Spec { return r.spec }

// Params is a Raw whose path, query and headers are the fields of Req, which Read reads.
type Params[Req any] struct {
	*Raw
	codec *codec[Req]
}

// NewParams makes the contract of a stream or byte route that has parameters.
func NewParams[Req any](spec Spec) *Params[Req] {
	raw := NewRaw(spec)
	raw.spec.request = reflect.TypeFor[Req]()
	p := &Params[Req]{Raw: raw, codec: newCodec[Req](raw.spec)}
	if p.codec.body {
		panic("kitx: " + spec.Op + " reads its body by itself, and has a field for it")
	}
	return p
}

// Read reads the parameters of a request and holds them to their rules. Errors: Invalid
// with the fields named.
func (p *Params[Req]) Read(r *http.Request) (Req, error) {
	var req Req
	v := reflect.ValueOf(&req).Elem()
	if bad := p.codec.readParams(r, v); len(bad) > 0 {
		return req, errs.InvalidFields(bad...)
	}
	return req, check(v)
}

// Mount serves the operation. An error that serve returns before it has written
// anything becomes the answer; a later one is logged and breaks the connection off.
func (r *Raw) Mount(s *Server, serve func(w http.ResponseWriter, r *http.Request) error) {
	s.mount(r.spec, func(_ context.Context, request any) (any, error) {
		x := request.(*exchange)
		return settle(written{}, serve(&tracked{ResponseWriter: x.writer, exchange: x}, x.request))
	})
}

// tracked remembers whether the answer has begun.
type tracked struct {
	http.ResponseWriter
	exchange *exchange
}

// WriteHeader begins the answer, save for an informational one (103, say).
func (t *tracked) WriteHeader(status int) {
	t.exchange.begun = t.exchange.begun || status >= http.StatusOK || status == http.StatusSwitchingProtocols
	t.ResponseWriter.WriteHeader(status)
}

// Write begins the answer.
func (t *tracked) Write(b []byte) (int, error) {
	t.exchange.begun = true
	return t.ResponseWriter.Write(b)
}

// FlushError begins the answer: it sends the headers.
func (t *tracked) FlushError() error {
	t.exchange.begun = true
	return http.NewResponseController(t.ResponseWriter).Flush()
}

// Flush is FlushError for those who look for an http.Flusher.
func (t *tracked) Flush() { _ = t.FlushError() }

// Unwrap shows the writer beneath to http.ResponseController.
func (t *tracked) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// written is the response of a raw route: nothing is left to encode.
type written struct{}
