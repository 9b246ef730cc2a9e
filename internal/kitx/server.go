package kitx

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-kit/kit/endpoint"
	kithttp "github.com/go-kit/kit/transport/http"
	zipkin "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/propagation/b3"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/obs"
)

// ServerConfig is what a server is made of.
type ServerConfig struct {
	Obs obs.Obs
	// Identify proves who sends the request. No proof at all is the zero Principal; a
	// wrong one is an error (Unauthenticated), which refuses the request. At the edge it
	// does so only where an identity is needed: an expired token must not keep its
	// owner from signing in.
	Identify func(*http.Request) (auth.Principal, error)
	// Edge is the door to the world: what clients say of traces, deadlines and
	// identities is not believed there.
	Edge bool
	// AtMost bounds the time of a request; 0 is 30 s.
	AtMost time.Duration
	// Before wraps every operation, outside its access decision: policies of the gateway.
	// Where there is none, it wraps the refusal: that is the zero Spec's.
	Before func(Spec) endpoint.Middleware
}

// Server serves the operations mounted on it, and knows which they are.
type Server struct {
	config ServerConfig
	router router
	specs  []Spec
	// nowhere refuses what no operation takes.
	nowhere endpoint.Endpoint

	closing      context.Context // ends when streams have to
	closeStreams context.CancelFunc
}

const atMost = 30 * time.Second

// NewServer makes a server without operations.
func NewServer(c ServerConfig) *Server {
	if c.AtMost == 0 {
		c.AtMost = atMost
	}
	s := &Server{config: c, router: router{}}
	s.nowhere = s.refuse
	if c.Before != nil {
		s.nowhere = c.Before(Spec{})(s.nowhere)
	}
	s.nowhere = s.observed(Spec{Op: noRoute})(s.nowhere)
	s.closing, s.closeStreams = context.WithCancel(context.Background())
	return s
}

// noRoute is what requests to no operation are called in log, metrics and spans: one name
// for all of them, or whoever tries addresses would fill the memory of the metrics.
const noRoute = "none"

// CloseStreams ends the streams under way, and soon each one that begins: they have no
// deadline, so a server that stops would wait for them.
func (s *Server) CloseStreams() { s.closeStreams() }

// refuse is the operation where there is nothing, at least not for the method.
func (s *Server) refuse(_ context.Context, request any) (any, error) {
	r, w := Exchange(request)
	allowed := s.router.methods(r)
	if len(allowed) == 0 {
		return settle(None{}, errs.E(errs.NotFound, "no_such_route", "There is nothing at this address."))
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return settle(None{}, errs.E(errs.MethodNotAllowed, "method_not_allowed", "This address takes other methods."))
}

// Specs lists the operations mounted, in order.
func (s *Server) Specs() []Spec { return s.specs }

// exchange is one request and where its answer goes: the request of the kit endpoints
// around an operation.
type exchange struct {
	spec    Spec
	request *http.Request
	writer  http.ResponseWriter
	begun   bool // the operation has written by itself
	body    []byte
}

// Exchange gives middleware of other packages the request and its writer.
func Exchange(request any) (*http.Request, http.ResponseWriter) {
	x := request.(*exchange)
	return x.request, x.writer
}

func (s *Server) mount(spec Spec, operation endpoint.Endpoint) {
	for _, other := range s.specs {
		if other.Op == spec.Op || other.Method == spec.Method && other.Path == spec.Path {
			panic("kitx: " + spec.Op + " is mounted twice")
		}
	}
	if _, hidden := s.router.find(spec.Method, &http.Request{Method: spec.Method, URL: &url.URL{Path: spec.Path}}); hidden {
		panic("kitx: an operation mounted before " + spec.Op + " hides it; mount the literal path first")
	}
	s.specs = append(s.specs, spec)
	chain := []endpoint.Middleware{s.observed(spec), recovered}
	if s.config.Before != nil {
		chain = append(chain, s.config.Before(spec))
	}
	operation = endpoint.Chain(chain[0], append(chain[1:], s.admitted(spec))...)(operation)
	served := kithttp.NewServer(operation, takeExchange, encodeExchange, kithttp.ServerErrorEncoder(encodeFailure))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stateOf(r.Context()).exchange = &exchange{spec: spec, request: r, writer: w}
		served.ServeHTTP(w, r)
	})
	s.router.add(spec.Method, spec.Path, handler)
	if spec.Method == http.MethodGet && !spec.Stream {
		// The server below leaves the body out. A stream's head alone would never end.
		s.router.add(http.MethodHead, spec.Path, handler)
	}
}

// The exchange travels in the request's state, since kit shows no writer to a decoder.

func takeExchange(ctx context.Context, _ *http.Request) (any, error) {
	return stateOf(ctx).exchange, nil
}

func encodeExchange(ctx context.Context, w http.ResponseWriter, response any) error {
	return stateOf(ctx).exchange.encode(ctx, w, response)
}

func encodeFailure(ctx context.Context, err error, w http.ResponseWriter) {
	stateOf(ctx).exchange.encodeError(ctx, err, w)
}

// ServeHTTP gives the request its identity, span and deadline, and routes it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.boundReads(w, r)
	st := &state{requestID: s.requestID(r), edge: s.config.Edge}
	w.Header().Set(RequestIDHeader, st.requestID)
	ctx := context.WithValue(r.Context(), stateKey{}, st)
	span := s.startSpan(r)
	defer span.Finish()
	ctx = zipkin.NewContext(ctx, span)

	principal, err := s.config.Identify(r)
	st.unproven = err
	r = r.WithContext(auth.With(ctx, principal))
	match, ok := s.router.find(r.Method, r)
	if !ok {
		WriteError(r.Context(), w, failure(s.nowhere(r.Context(), &exchange{request: r, writer: w})))
		return
	}
	st.vars = match.Vars
	match.Handler.ServeHTTP(w, r)
}

func (s *Server) requestID(r *http.Request) string {
	const longest = 64
	id := r.Header.Get(RequestIDHeader)
	if id == "" || len(id) > longest {
		return ids.Random{}.New()
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return ids.Random{}.New()
		}
	}
	return id
}

func (s *Server) startSpan(r *http.Request) zipkin.Span {
	kind := zipkin.Kind(model.Server)
	if s.config.Edge {
		return s.config.Obs.Tracer.StartSpan("request", kind)
	}
	parent := s.config.Obs.Tracer.Extract(b3.ExtractHTTP(r))
	return s.config.Obs.Tracer.StartSpan("request", kind, zipkin.Parent(parent))
}

// atMost is the time that a request may take.
func (s *Server) atMost(r *http.Request) time.Duration {
	if s.config.Edge {
		return s.config.AtMost
	}
	return deadline(r, s.config.AtMost)
}

// budget bounds the context of an operation.
func (s *Server) budget(ctx context.Context, x *exchange) (context.Context, context.CancelFunc) {
	if !x.spec.Stream {
		return context.WithTimeout(ctx, s.atMost(x.request))
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

// boundReads has reading the request end in time. A client that sends half a body and
// waits would hold the connection for ever, also where the body is not wanted, be it at
// no route, and net/http reads it to its end. net/http lifts the bound by itself once the
// body is there, and nobody else does: a body that failed must not be waited for again.
func (s *Server) boundReads(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		// Where reads have no deadline, there is no socket to wait for either.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.atMost(r)))
	}
}

// boundWrites has what is left of a stream's answer get through in time: its error, say, or
// its end. The time that a server gives every answer from its request on may be over, and
// so may that of the last piece.
func boundWrites(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(atMost))
}
