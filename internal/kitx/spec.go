package kitx

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"freecar/internal/auth"
)

// Spec is what is known of an operation without its types.
type Spec struct {
	// Op names the operation everywhere: "trip.Start". The part before the dot is the
	// service that owns it.
	Op string
	// Method and Path (gorilla/mux template) are the public ones; what only services
	// call lies under /internal/v1/.
	Method, Path string
	// Who may call. A route without a decision cannot be made.
	Who auth.Access
	// Status of success; 0 is 200, or 204 for a Resp of None.
	Status int
	// Idempotent says that doing it twice is doing it once, so that it may be retried
	// without a key. GET, PUT and DELETE always are.
	Idempotent bool
	// ETag makes GET answer with an entity tag, and 304 to If-None-Match.
	ETag bool
	// Media is the media type of the bodies, "application/geo+json" say; empty is
	// application/json, in which a request is always taken, too. It is JSON all the same.
	Media string
	// MaxBody is the largest request body in bytes; 0 is 64 KiB.
	MaxBody int64
	// Stream has no deadline and leaves the breaker once connected.
	Stream bool
	// Quiet operations log their successes at debug level (telemetry, health).
	Quiet bool

	request reflect.Type // whose fields the request has; see Shape
	byHand  bool         // the operation reads the rest by itself
}

const (
	defaultMaxBody = 64 << 10
	jsonMedia      = "application/json"
)

// Service is the service that owns the operation.
func (s Spec) Service() string {
	service, _, _ := strings.Cut(s.Op, ".")
	return service
}

// Repeatable says that the operation may be sent again without a key.
func (s Spec) Repeatable() bool {
	return s.Idempotent || s.Method != http.MethodPost && s.Method != http.MethodPatch
}

// Class groups operations that share a breaker: reads, writes and streams.
func (s Spec) Class() string {
	switch {
	case s.Stream:
		return "stream"
	case s.Method == http.MethodGet:
		return "read"
	default:
		return "write"
	}
}

// completed checks the spec and fills in its defaults. A wrong spec is a bug that shows
// when the program starts: it panics.
func (s Spec) completed(success int) Spec {
	switch {
	case !strings.Contains(s.Op, ".") || s.Method == "" || !strings.HasPrefix(s.Path, "/"):
		panic(fmt.Sprintf("kitx: %+v is not a whole spec", s))
	case !s.Who.Decided():
		panic("kitx: nobody decided who may call " + s.Op)
	case s.Who.Internal() != strings.HasPrefix(s.Path, "/internal/v1/"):
		panic("kitx: what only services call lies under /internal/v1/, and nothing else does: " + s.Op)
	}
	if s.Status == 0 {
		s.Status = success
	}
	if s.MaxBody == 0 {
		s.MaxBody = defaultMaxBody
	}
	if s.Media == "" {
		s.Media = jsonMedia
	}
	return s
}
