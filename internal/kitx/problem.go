package kitx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/errs"
)

// problem is the body of every error (RFC 9457).
type problem struct {
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Code    string         `json:"code"`
	Detail  string         `json:"detail,omitzero"`
	TraceID string         `json:"trace_id,omitzero"`
	Errors  []problemField `json:"errors,omitzero"`
}

type problemField struct {
	Field  string `json:"field,omitzero"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitzero"`
}

const problemType = "application/problem+json"

// Known turns any error into one with a kind. What has none is a fault, of which
// clients learn nothing but that it happened.
func Known(err error) *errs.Error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errs.E(errs.Timeout, "timeout", "This took too long; try again.").Because(err)
	case errors.Is(err, context.Canceled):
		return errs.E(errs.Unavailable, "cancelled", "The request was given up.").Because(err)
	default:
		return errs.E(errs.Internal, "internal", "Something broke on our side; it is in our log under this trace_id.").Because(err)
	}
}

// WriteError answers with a problem document.
func WriteError(ctx context.Context, w http.ResponseWriter, err error) {
	e := Known(err)
	p := problem{Title: http.StatusText(e.Kind.Status()), Status: e.Kind.Status(), Code: e.Code, Detail: e.Detail, TraceID: TraceID(ctx)}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, problemField{Field: f.Field, Code: f.Code, Detail: f.Detail})
	}
	body, jsonErr := json.Marshal(p, jsontext.AllowInvalidUTF8(true)) // of what a client sent, say
	if jsonErr != nil {
		panic(jsonErr) // strings and numbers always have a form
	}
	h := w.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Content-Encoding", "Content-Disposition"} {
		h.Del(name) // of the answer that it was going to be
	}
	if st := stateOf(ctx); st == nil || !st.edge {
		h.Set(CodeHeader, e.Code)
	}
	h.Set("Content-Type", problemType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Kind == errs.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client may be gone
}

// problemAtMost bounds what is read of another service's error.
const problemAtMost = 64 << 10

// readProblem restores the error behind a response: the other direction of WriteError.
func readProblem(resp *http.Response) error {
	kind := errs.KindOfStatus(resp.StatusCode)
	e := errs.E(kind, kind.String(), "")
	e.RetryAfter = RetryAfter(resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, problemAtMost))
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return e.Because(err)
	}
	var p problem
	if err := json.Unmarshal(body, &p); err != nil || !isCode(p.Code) {
		return e.Because(fmt.Errorf("kitx: status %d without a problem document", resp.StatusCode))
	}
	e.Code, e.Detail = p.Code, p.Detail
	for _, f := range p.Errors {
		e.Fields = append(e.Fields, errs.Field{Field: f.Field, Code: f.Code, Detail: f.Detail})
	}
	return e
}

// retryAtMost bounds what another side can ask of us and of our clients.
const retryAtMost = time.Hour

// RetryAfter is how long an answer asks to wait, at most an hour; 0 where it does not say,
// or says a date.
func RetryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int64(retryAtMost/time.Second))) * time.Second
}

// isCode says that a text has the form of our codes: a slug, fit for logs and metrics.
func isCode(text string) bool {
	const letters, atMost = "abcdefghijklmnopqrstuvwxyz0123456789_", 64
	return text != "" && len(text) <= atMost && strings.Trim(text, letters) == ""
}
