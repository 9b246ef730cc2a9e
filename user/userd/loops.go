package userd

import (
	"context"
	"time"

	"github.com/go-kit/log/level"

	"freecar/internal/kitx"
)

const (
	recoverEvery = 5 * time.Second
	tidyEvery    = time.Hour
)

func (s *Service) logSignIn(ctx context.Context, msg string, err error) {
	_ = level.Warn(s.config.Obs.Logger).Log("msg", msg, "err", err, "request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}

func (s *Service) logTopUp(ctx context.Context, msg, topUpID string, err error) {
	_ = level.Warn(s.config.Obs.Logger).Log("msg", msg, "top_up", topUpID, "err", err,
		"request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}
