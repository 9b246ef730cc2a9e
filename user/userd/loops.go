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

// every does something now and then again and again, until ctx ends.
func (s *Service) every(ctx context.Context, pause time.Duration, failed string, do func(context.Context) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			_ = level.Warn(s.config.Obs.Logger).Log("msg", failed, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Service) logTopUp(ctx context.Context, msg, topUpID string, err error) {
	_ = level.Warn(s.config.Obs.Logger).Log("msg", msg, "top_up", topUpID, "err", err,
		"request_id", kitx.RequestID(ctx), "trace_id", kitx.TraceID(ctx))
}
