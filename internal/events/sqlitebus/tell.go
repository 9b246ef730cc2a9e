package sqlitebus

import (
	"context"

	"github.com/go-kit/log/level"
)

// tellStuck says once when a consumer gets no events any more, and once when it does again.
func (b *Bus) tellStuck(ctx context.Context, consumer string, stuck bool, err error) bool {
	switch {
	case ctx.Err() != nil || (err != nil) == stuck:
		return stuck
	case err != nil:
		_ = level.Error(b.logger).Log("msg", "events cannot be taken from the bus", "consumer", consumer, "err", err)
	default:
		_ = level.Info(b.logger).Log("msg", "events can be taken from the bus again", "consumer", consumer)
	}
	return err != nil
}

// tellFailure says that a handler failed, and that it is not asked again.
func (b *Bus) tellFailure(ctx context.Context, consumer string, d delivery, failure error) {
	if failure == nil || ctx.Err() != nil {
		return
	}
	logger, what := level.Warn(b.logger), "an event was not handled and comes again"
	if d.attempts >= attempts {
		logger, what = level.Error(b.logger), "an event was given up; it is a dead letter, freecar ops dead-letters"
	}
	_ = logger.Log("msg", what, "consumer", consumer, "type", d.event.Type, "event", d.event.ID(), "attempt", d.attempts, "err", failure, "trace", d.event.Trace)
}
