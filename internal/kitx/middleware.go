package kitx

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
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
			took, failed := time.Since(begin), failure(response, err)
			outcomes.Observe(took, failed)
			if failed != nil {
				zipkin.TagError.Set(span, errs.CodeOf(failed))
			}
			s.log(ctx, spec, took, failed)
			return response, err
		}
	}
}

func (s *Server) log(ctx context.Context, spec Spec, took time.Duration, err error) {
	logger := s.config.Obs.Logger
	at := level.Debug
	switch {
	case errs.IsFault(Classify(err)):
		at = level.Error
	case s.config.Edge && !spec.Quiet:
		at = level.Info
	}
	line := []any{"msg", "served", "op", spec.Op, "took_ms", float64(took.Microseconds()) / 1000,
		"request_id", RequestID(ctx), "trace_id", TraceID(ctx)}
	if err != nil {
		line = append(line, "code", errs.CodeOf(err), "err", err.Error())
	}
	_ = log.With(at(logger), line...).Log()
}

// Classify is err with a kind; nil stays nil.
func Classify(err error) error {
	if err == nil {
		return nil
	}
	return Known(err)
}

// recovered turns a panic into a fault. A handler that aborts on purpose goes on.
func recovered(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (response any, err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			response, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}()
		return next(ctx, request)
	}
}

// admitted lets those pass who may.
func admitted(spec Spec) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			if err := spec.Who.Check(auth.From(ctx)); err != nil {
				return result[None]{err: err}, nil
			}
			return next(ctx, request)
		}
	}
}
