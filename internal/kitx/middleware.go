package kitx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log/level"
	zipkin "github.com/openzipkin/zipkin-go"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// failure is the error of an outcome, be it a fault or an answer.
func failure(response any, err error) error {
	if err != nil {
		return err
	}
	if f, ok := response.(endpoint.Failer); ok {
		return f.Failed()
	}
	return nil
}

// observed gives an operation its deadline, span, metrics and log line.
func (s *Server) observed(spec Spec) endpoint.Middleware {
	outcomes := s.config.Obs.Metrics.Served(s.config.Obs.Service, spec.Op)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			x := request.(*exchange)
			ctx, cancel := s.budget(ctx, x)
			defer cancel()
			x.request = x.request.WithContext(ctx)
			span := zipkin.SpanOrNoopFromContext(ctx)
			span.SetName(spec.Op)
			begin := time.Now()
			response, err := next(ctx, x)
			if spec.Stream {
				boundWrites(x.writer)
			}
			took, failed := time.Since(begin), failure(response, err)
			if failed == nil {
				failed = Outcome(ctx)
			}
			if !left(ctx) {
				outcomes.Observe(took, Classify(failed))
			}
			if failed != nil {
				zipkin.TagError.Set(span, errs.CodeOf(Classify(failed)))
			}
			s.log(ctx, x, spec, took, failed)
			return response, err
		}
	}
}

// left says that the client is gone: what then fails is nobody's fault.
func left(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// ErrBreakerOpen is the cause of a call that was not made. The breaker has a line of its own
// when it opens and one when it closes: what is refused in between is no news.
var ErrBreakerOpen = errors.New("the breaker is open")

func (s *Server) log(ctx context.Context, x *exchange, spec Spec, took time.Duration, err error) {
	logger := s.config.Obs.Logger
	at := level.Debug
	switch {
	case errs.IsFault(Classify(err)) && !left(ctx) && !errors.Is(err, ErrBreakerOpen):
		at = level.Error
	case s.config.Edge && !spec.Quiet:
		at = level.Info
	}
	line := []any{"msg", "served", "op", spec.Op, "took_ms", float64(took.Microseconds()) / 1000,
		"request_id", RequestID(ctx), "trace_id", TraceID(ctx)}
	if spec.Op == noRoute {
		line = append(line, "near", s.router.near(x.request))
	}
	if err != nil {
		line = append(line, "code", errs.CodeOf(Classify(err)), "err", err.Error())
	}
	_ = at(logger).Log(line...)
}

// Classify is err with a kind; nil stays nil.
func Classify(err error) error {
	if err == nil {
		return nil
	}
	return Known(err)
}

// errAborted is an operation that broke its answer off with http.ErrAbortHandler.
var errAborted = errors.New("the answer was broken off")

// recovered turns a panic into a fault. One that aborts the answer still does, at the
// end of the chain.
func recovered(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (response any, err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			response, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			if p == http.ErrAbortHandler {
				request.(*exchange).begun, err = true, errAborted
			}
		}()
		return next(ctx, request)
	}
}

// admitted lets those pass who may. A wrong proof of identity is as none at the edge, and
// refused among services.
func (s *Server) admitted(spec Spec) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			refused, unproven := spec.Who.Check(auth.From(ctx)), stateOf(ctx).unproven
			if unproven != nil && (refused != nil || !s.config.Edge) {
				refused = unproven // says more than that somebody must sign in
			}
			if refused != nil {
				return settle(None{}, refused)
			}
			return next(ctx, request)
		}
	}
}
