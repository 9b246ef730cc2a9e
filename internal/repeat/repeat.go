// Package repeat does work in the background again and again: what fails, or panics, is
// logged and comes again. Rest is the pause of those who repeat by themselves.
package repeat

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Every does the work after each pause until ctx ends; then it returns nil. failed is what
// the log says of a failure. A work that takes longer than the pause is not done twice at
// once.
func Every(ctx context.Context, logger log.Logger, pause time.Duration, failed string, work func(context.Context) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			once(ctx, logger, failed, work)
		}
	}
}

// AtOnce is Every that does not wait before the first time: for what a service that was
// down has left undone.
func AtOnce(ctx context.Context, logger log.Logger, pause time.Duration, failed string, work func(context.Context) error) error {
	once(ctx, logger, failed, work)
	return Every(ctx, logger, pause, failed, work)
}

// once does the work; an end of ctx in the middle of it is no failure. A panic is one, and
// no reason to take requests away from a service that answers them.
func once(ctx context.Context, logger log.Logger, failed string, work func(context.Context) error) {
	defer func() {
		if p := recover(); p != nil {
			_ = level.Error(logger).Log("msg", failed, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := work(ctx); err != nil && ctx.Err() == nil {
		_ = level.Warn(logger).Log("msg", failed, "err", err)
	}
}

// Rest passes the time, or less of it if ctx ends: then it is false.
func Rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
