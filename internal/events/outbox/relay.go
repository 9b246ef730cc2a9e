package outbox

import (
	"context"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"freecar/internal/crash"
	"freecar/internal/events"
	"freecar/internal/repeat"
	"freecar/internal/sqlitex"
)

const (
	relayBatch = 256
	// relayPoll finds what another instance saved and did not live to publish.
	relayPoll = 500 * time.Millisecond
	// relayLinger is how long a relay that was woken waits for more: under load one
	// commit on each side serves many events.
	relayLinger = 4 * time.Millisecond
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
			repeat.Rest(ctx, relayLinger)
		}
	}
}

// publish publishes and marks one batch, and says how many it had.
func (o *Outbox) publish(ctx context.Context, bus events.Publisher) (int, error) {
	seqs, batch, err := o.read(ctx, `SELECT seq, subject, version, type, at, trace, actor, data FROM events
		WHERE seq > (SELECT seq FROM relayed) ORDER BY seq LIMIT ?`, relayBatch)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	crash.At("relaying", batch[0].Source())
	if err := bus.Publish(ctx, batch); err != nil {
		return len(batch), err
	}
	crash.At("published", batch[0].Source())
	// What is published is marked even if the process stops just now. Of two relays the one
	// that is further counts: each publishes all from the common place on.
	err = o.db.Write(context.WithoutCancel(ctx), func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`UPDATE relayed SET seq = max(seq, ?)`, seqs[len(seqs)-1])
		return err
	})
	crash.At("relayed", batch[0].Source())
	return len(batch), err
}
