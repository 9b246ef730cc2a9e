package outbox

import (
	"context"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

const (
	relayBatch = 256
	// relayPoll finds what another instance saved and did not live to publish.
	relayPoll = 500 * time.Millisecond
)

// Relay publishes what is saved, in the order of saving, until ctx ends. It publishes
// before it marks, so a crash in between publishes twice; several relays may run over
// one store, and then events may also come out of order.
func (o *Outbox) Relay(ctx context.Context, bus events.Publisher, logger log.Logger) error {
	tick := time.NewTicker(relayPoll)
	defer tick.Stop()
	for {
		n, err := o.publish(ctx, bus)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			level.Warn(logger).Log("msg", "events wait in the outbox", "err", err)
		}
		if n == relayBatch && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-o.wake:
		}
	}
}

// publish publishes and marks one batch, and says how many it had.
func (o *Outbox) publish(ctx context.Context, bus events.Publisher) (int, error) {
	seqs, batch, err := o.read(ctx, `SELECT seq, subject, version, type, at, trace, data FROM events
		WHERE published = 0 ORDER BY seq LIMIT ?`, relayBatch)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	if err := bus.Publish(ctx, batch); err != nil {
		return len(batch), err
	}
	return len(batch), o.db.Write(ctx, func(tx *sqlitex.Tx) error {
		for _, seq := range seqs {
			if _, err := tx.Exec(`UPDATE events SET published = 1 WHERE seq = ?`, seq); err != nil {
				return err
			}
		}
		return nil
	})
}
