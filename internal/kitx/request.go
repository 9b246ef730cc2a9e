package kitx

import (
	"context"
	"net/http"
	"strconv"
	"time"

	zipkin "github.com/openzipkin/zipkin-go"

	"freecar/internal/auth"
	"freecar/internal/idem"
)

// Headers that services pass on.
const (
	RequestIDHeader = "X-Request-Id"
	// DeadlineHeader is the time that is left for the request, in milliseconds.
	DeadlineHeader = "Freecar-Deadline"
	// AssertionHeader carries the internal identity.
	AssertionHeader = "Freecar-Assertion"
	// CodeHeader tells a caller the code of a refusal, for its log: the gateway does not
	// read the bodies that it passes on.
	CodeHeader = "Freecar-Code"
	// ReplayedHeader marks an answer that was recorded before.
	ReplayedHeader = "Idempotency-Replayed"
)

// state is what a request carries through its context besides principal and span.
type state struct {
	requestID string
	edge      bool // at the door: the answer is for a client
	status    int
	header    http.Header
	exchange  *exchange
	vars      map[string]string // of the path
	unproven  error             // a wrong proof of identity, at the edge
	outcome   error             // of an answer that the operation wrote by itself
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}

// WithRequestID is a context in which calls carry this request id: for work that no
// request began.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, stateKey{}, &state{requestID: id})
}

// RequestID is the id of the request; empty outside one.
func RequestID(ctx context.Context) string {
	if s := stateOf(ctx); s != nil {
		return s.requestID
	}
	return ""
}

// TraceID is the id of the trace; empty outside one.
func TraceID(ctx context.Context) string {
	if span := zipkin.SpanFromContext(ctx); span != nil {
		return span.Context().TraceID.String()
	}
	return ""
}

// SetStatus makes a success answer with another status, 202 say.
func SetStatus(ctx context.Context, status int) {
	if s := stateOf(ctx); s != nil {
		s.status = status
	}
}

// SetOutcome says what an answer means that a raw operation writes by itself, say a
// refusal that it passes on: for metrics, log and span.
func SetOutcome(ctx context.Context, err error) {
	if s := stateOf(ctx); s != nil {
		s.outcome = err
	}
}

// Outcome is what SetOutcome was told; nil is a success.
func Outcome(ctx context.Context) error {
	if s := stateOf(ctx); s != nil {
		return s.outcome
	}
	return nil
}

// SetETag gives the answer an entity tag of its own, a version say: a strong one, which
// If-Match can hold a later write to. tag is without its quotes, and printable.
func SetETag(ctx context.Context, tag string) { setHeader(ctx, "ETag", `"`+tag+`"`) }

func setHeader(ctx context.Context, name, value string) {
	if s := stateOf(ctx); s != nil {
		if s.header == nil {
			s.header = http.Header{}
		}
		s.header.Set(name, value)
	}
}

// MarkReplayed says that the answer was recorded under the same idempotency key before.
func MarkReplayed(ctx context.Context) { setHeader(ctx, ReplayedHeader, "true") }

// KeyOf is the idempotency key of a request for the record; zero without one.
func KeyOf(ctx context.Context, op string, k Keyed) idem.Key {
	if k.IdempotencyKey == "" {
		return idem.Key{}
	}
	return idem.Key{Principal: auth.From(ctx).Subject, Operation: op, Value: k.IdempotencyKey, BodyHash: k.BodyHash}
}

// deadline is the end of the budget that the caller gave, at most atMost from now.
func deadline(r *http.Request, atMost time.Duration) time.Duration {
	ms, err := strconv.ParseInt(r.Header.Get(DeadlineHeader), 10, 32)
	if err != nil || ms <= 0 {
		return atMost
	}
	return min(time.Duration(ms)*time.Millisecond, atMost)
}
