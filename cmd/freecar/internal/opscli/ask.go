package opscli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// ask calls an operation. Besides the typed answer it gives the answer's JSON as it came,
// so that --json shows what a newer gateway says beyond our types. Errors: a *refusal, or
// that there is no session.
func ask[Req, Resp any](i *invocation, route *kitx.Route[Req, Resp], req Req) (Resp, jsontext.Value, error) {
	id := ids.Random{}.New()
	key := ""
	if keyed := part[kitx.Keyed](&req); keyed != nil {
		keyed.IdempotencyKey = cmp.Or(keyed.IdempotencyKey, id)
		key = keyed.IdempotencyKey
	}
	t := &tape{peer: i.client}
	answer, err := route.Call(kitx.WithRequestID(i.ctx, id), t, req)
	if err == nil {
		return answer, t.body, nil
	}
	return answer, nil, refused(err, refusal{spec: route.Spec(), traceID: t.traceID(), requestID: id, key: key})
}

// send sends a request that no type describes, and returns the answer with its body open.
func send(i *invocation, route *kitx.Raw, r *http.Request) (*http.Response, error) {
	id := ids.Random{}.New()
	t := &tape{peer: i.client, failuresOnly: true}
	resp, err := route.Send(kitx.WithRequestID(i.ctx, id), t, r)
	if err != nil {
		return nil, refused(err, refusal{spec: route.Spec(), traceID: t.traceID(), requestID: id, key: r.Header.Get(kitx.KeyHeader)})
	}
	return resp, nil
}

// refused turns an error with a kind into a refusal; others stay what they are.
func refused(err error, r refusal) error {
	cause, known := errors.AsType[*errs.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case !known:
		return err
	}
	r.cause = cause
	return &r
}

// part finds an embedded part of a request, wire.Paging say; nil if it has none.
func part[Part, Req any](req *Req) *Part {
	for field := range fieldsOf(reflect.ValueOf(req).Elem()) {
		if p, ok := field.at.(*Part); ok {
			return p
		}
	}
	return nil
}

// requestField is a field of a request, or an embedded part of it.
type requestField struct {
	at  any // points at it
	tag reflect.StructTag
}

// fieldsOf goes through the fields of a request and of what it embeds.
func fieldsOf(v reflect.Value) iter.Seq[requestField] {
	return func(yield func(requestField) bool) {
		walk(v, yield)
	}
}

func walk(v reflect.Value, yield func(requestField) bool) bool {
	for n := range v.NumField() {
		f := v.Type().Field(n)
		if !yield(requestField{at: v.Field(n).Addr().Interface(), tag: f.Tag}) {
			return false
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct && !walk(v.Field(n), yield) {
			return false
		}
	}
	return true
}

// tape keeps the body of one answer while its reader gets it.
type tape struct {
	peer kitx.Peer
	body jsontext.Value
	// failuresOnly leaves a success to its reader, who follows it as it comes.
	failuresOnly bool
}

const taped = 32 << 20 // as much as kitx reads

// Do sends the request.
func (t *tape) Do(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	resp, err := t.peer.Do(ctx, spec, r)
	if err != nil || t.failuresOnly && resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	defer resp.Body.Close()
	if t.body, err = io.ReadAll(io.LimitReader(resp.Body, taped)); err != nil {
		return nil, brokenOff(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	return resp, nil
}

// brokenOff gives an answer that ended early its kind, unless it was we who left.
func brokenOff(err error) error {
	if _, known := errors.AsType[*errs.Error](err); known || errors.Is(err, context.Canceled) {
		return err
	}
	return errs.E(errs.Unavailable, "unavailable", "The answer broke off; try again.").Because(err)
}

// traceID is what a problem document says of its trace.
func (t *tape) traceID() string {
	var problem struct {
		TraceID string `json:"trace_id"`
	}
	if json.Unmarshal(t.body, &problem) != nil {
		return ""
	}
	return problem.TraceID
}
