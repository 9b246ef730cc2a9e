package sqlitebus

import (
	"context"
	"errors"

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

// tell says that a handler failed, that it is not asked again, and that what became of an
// event could not be recorded. At a stop handlers fail for no reason of theirs: only what is
// given up is told then.
func (b *Bus) tell(ctx context.Context, consumer string, d delivery, failure error, became outcome, unrecorded error) {
	logger, what := level.Warn(b.logger), "an event was not handled and comes again"
	switch {
	case unrecorded != nil:
		what = "what became of an event could not be recorded; it comes again"
	case became == givenUp:
		logger, what = level.Error(b.logger), "an event was given up; it is a dead letter, freecar ops dead-letters"
	case failure == nil || ctx.Err() != nil:
		return
	}
	_ = logger.Log("msg", what, "consumer", consumer, "type", d.event.Type, "event", d.event.ID(), "attempt", d.attempts, "err", errors.Join(failure, unrecorded), "trace", d.event.Trace)
}
