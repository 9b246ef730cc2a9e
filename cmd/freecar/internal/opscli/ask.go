package opscli

import (
	"bytes"
	"context"
	"errors"
	"io"
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
		keyed.IdempotencyKey = orElse(keyed.IdempotencyKey, id)
		key = keyed.IdempotencyKey
	}
	t := &tape{peer: i.client}
	answer, err := route.Call(kitx.WithRequestID(i.ctx, id), t, req)
	if err == nil {
		return answer, t.body, nil
	}
	return answer, nil, refused(err, refusal{spec: route.Spec(), traceID: t.traceID(), requestID: id, key: key})
}

// refused turns an error with a kind into a refusal; others stay what they are.
func refused(err error, r refusal) error {
	switch cause, known := errors.AsType[*errs.Error](err); {
	case known:
		r.cause = cause
	case errors.Is(err, context.DeadlineExceeded):
		r.cause = errs.E(errs.Timeout, "timeout", "The answer broke off; --timeout gives it longer.")
	default:
		return err
	}
	return &r
}

// part finds an embedded part of a request, wire.Paging say; nil if it has none.
func part[Part, Req any](req *Req) *Part {
	v := reflect.ValueOf(req).Elem()
	for n := range v.NumField() {
		if v.Type().Field(n).Anonymous {
			if p, ok := v.Field(n).Addr().Interface().(*Part); ok {
				return p
			}
		}
	}
	return nil
}

// tape keeps the body of one answer while its reader gets it.
type tape struct {
	peer kitx.Peer
	body jsontext.Value
}

const taped = 32 << 20 // as much as kitx reads

// Do sends the request.
func (t *tape) Do(ctx context.Context, spec kitx.Spec, r *http.Request) (*http.Response, error) {
	resp, err := t.peer.Do(ctx, spec, r)
	if err != nil {
		return resp, err
	}
	defer resp.Body.Close()
	if t.body, err = io.ReadAll(io.LimitReader(resp.Body, taped)); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	return resp, nil
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
