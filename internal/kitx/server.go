package kitx

import (
	"context"
	"net/http"
	"time"

	"github.com/go-kit/kit/endpoint"
	kithttp "github.com/go-kit/kit/transport/http"
	"github.com/gorilla/mux"
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
	// wrong one is an error (Unauthenticated).
	Identify func(*http.Request) (auth.Principal, error)
	// Edge is the door to the world: what clients say of traces, deadlines and
	// identities is not believed there.
	Edge bool
	// AtMost bounds the time of a request; 0 is 30 s.
	AtMost time.Duration
	// Before wraps every operation, outside its access decision: policies of the gateway.
	Before func(Spec) endpoint.Middleware
}

// Server serves the operations mounted on it, and knows which they are.
type Server struct {
	config ServerConfig
	router *mux.Router
	specs  []Spec
}

const atMost = 30 * time.Second

// NewServer makes a server without operations.
func NewServer(c ServerConfig) *Server {
	if c.AtMost == 0 {
		c.AtMost = atMost
	}
	s := &Server{config: c, router: mux.NewRouter()}
	s.router.NotFoundHandler = refuse(errs.E(errs.NotFound, "no_such_route", "There is nothing at this address."))
	s.router.MethodNotAllowedHandler = refuse(errs.E(errs.MethodNotAllowed, "method_not_allowed", "This address takes other methods."))
	return s
}

func refuse(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { WriteError(r.Context(), w, err) })
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
	s.specs = append(s.specs, spec)
	chain := []endpoint.Middleware{s.observed(spec), recovered}
	if s.config.Before != nil {
		chain = append(chain, s.config.Before(spec))
	}
	operation = endpoint.Chain(chain[0], append(chain[1:], admitted(spec))...)(operation)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{spec: spec, writer: w}
		kithttp.NewServer(operation,
			func(_ context.Context, r *http.Request) (any, error) { x.request = r; return x, nil },
			x.encode,
			kithttp.ServerErrorEncoder(x.encodeError),
		).ServeHTTP(w, r)
	})
	s.router.Methods(spec.Method).Path(spec.Path).Handler(handler)
}

// ServeHTTP gives the request its identity, span and deadline, and routes it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	st := &state{requestID: s.requestID(r)}
	w.Header().Set(RequestIDHeader, st.requestID)
	ctx := context.WithValue(r.Context(), stateKey{}, st)
	span := s.startSpan(r)
	defer span.Finish()
	ctx = zipkin.NewContext(ctx, span)

	principal, err := s.config.Identify(r)
	if err != nil {
		WriteError(ctx, w, err)
		return
	}
	s.router.ServeHTTP(w, r.WithContext(auth.With(ctx, principal)))
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

// budget bounds the context of an operation.
func (s *Server) budget(ctx context.Context, x *exchange) (context.Context, context.CancelFunc) {
	switch {
	case x.spec.Stream:
		return context.WithCancel(ctx)
	case s.config.Edge:
		return context.WithTimeout(ctx, s.config.AtMost)
	default:
		return context.WithTimeout(ctx, deadline(x.request, s.config.AtMost))
	}
}
