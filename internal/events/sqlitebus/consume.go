package sqlitebus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

const (
	workers = 4
	// lease is how long a batch stays with a worker; when it dies, another takes over.
	lease        = 10 * time.Second
	leased       = 32
	handleAtMost = 5 * time.Second
	// attempts at most; then the event is a dead letter. With the waits between them
	// (doubling from firstWait to lastWait) this takes about ten minutes.
	attempts  = 20
	firstWait = 200 * time.Millisecond
	lastWait  = time.Minute
)

type delivery struct {
	seq      int64
	attempts int
	event    events.Event
	err      error
	untried  bool // the consumer stopped before its turn
}

// Consume handles the events of the types for the named consumer.
func (b *Bus) Consume(ctx context.Context, consumer string, types []string, handle events.Handler) error {
	if err := b.register(ctx, consumer, types); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { b.work(ctx, consumer, handle) })
	}
	wg.Wait()
	return nil
}

func (b *Bus) register(ctx context.Context, consumer string, types []string) error {
	return b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`DELETE FROM consumers WHERE name = ?`, consumer); err != nil {
			return err
		}
		for _, t := range types {
			if _, err := tx.Exec(`INSERT INTO consumers (name, type) VALUES (?, ?)`, consumer, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Bus) work(ctx context.Context, consumer string, handle events.Handler) {
	for {
		published := b.next()
		batch, err := b.take(ctx, consumer)
		if err == nil && len(batch) > 0 {
			b.handle(ctx, batch, handle)
			// Even at shutdown: what was handled is recorded, the rest given back.
			err = b.settle(context.WithoutCancel(ctx), consumer, batch)
		}
		if ctx.Err() != nil {
			return
		}
		if (err != nil || len(batch) == 0) && !b.wait(ctx, published) {
			return
		}
	}
}

// take leases the oldest deliveries that are due.
func (b *Bus) take(ctx context.Context, consumer string) ([]delivery, error) {
	now := b.clock.Now()
	if due, err := b.anyDue(ctx, consumer, now); err != nil || !due {
		return nil, err
	}
	var batch []delivery
	err := b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		batch = batch[:0]
		rows, err := tx.Query(`SELECT d.seq, d.attempts, e.type, e.subject, e.version, e.at, e.trace, e.data
			FROM deliveries d JOIN events e ON e.seq = d.seq
			WHERE d.consumer = ? AND d.due <= ? ORDER BY d.seq LIMIT ?`, consumer, now.UnixMilli(), leased)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d delivery
			var at int64
			if err := rows.Scan(&d.seq, &d.attempts, &d.event.Type, &d.event.Subject, &d.event.Version, &at, &d.event.Trace, &d.event.Data); err != nil {
				return err
			}
			d.event.Time = time.UnixMilli(at).UTC()
			batch = append(batch, d)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for i := range batch {
			batch[i].attempts++
			if _, err := tx.Exec(`UPDATE deliveries SET due = ?, attempts = ? WHERE consumer = ? AND seq = ?`,
				now.Add(lease).UnixMilli(), batch[i].attempts, consumer, batch[i].seq); err != nil {
				return err
			}
		}
		return nil
	})
	return batch, err
}

// anyDue looks without taking the writer: an idle bus costs no writes.
func (b *Bus) anyDue(ctx context.Context, consumer string, now time.Time) (due bool, err error) {
	err = b.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE consumer = ? AND due <= ?)`,
		consumer, now.UnixMilli()).Scan(&due)
	return due, err
}

func (b *Bus) handle(ctx context.Context, batch []delivery, handle events.Handler) {
	for i := range batch {
		if ctx.Err() != nil {
			batch[i].untried = true
			continue
		}
		batch[i].err = guarded(ctx, batch[i].event, handle)
	}
}

func guarded(ctx context.Context, e events.Event, handle events.Handler) (err error) {
	ctx, cancel := context.WithTimeout(ctx, handleAtMost)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sqlitebus: the handler of %s panicked: %v", e.Type, p)
		}
	}()
	return handle(ctx, e)
}

// settle records what became of each delivery in one write.
func (b *Bus) settle(ctx context.Context, consumer string, batch []delivery) error {
	return b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		now := b.clock.Now()
		for _, d := range batch {
			if err := settleOne(tx, consumer, d, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func settleOne(tx *sqlitex.Tx, consumer string, d delivery, now time.Time) error {
	if d.untried {
		_, err := tx.Exec(`UPDATE deliveries SET due = ?, attempts = attempts - 1 WHERE consumer = ? AND seq = ?`, now.UnixMilli(), consumer, d.seq)
		return err
	}
	if d.err != nil && d.attempts < attempts {
		_, err := tx.Exec(`UPDATE deliveries SET due = ? WHERE consumer = ? AND seq = ?`, now.Add(wait(d.attempts)).UnixMilli(), consumer, d.seq)
		return err
	}
	if d.err != nil {
		if _, err := tx.Exec(`INSERT INTO dead_letters (consumer, seq, at, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			consumer, d.seq, now.UnixMilli(), d.err.Error()); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM deliveries WHERE consumer = ? AND seq = ?`, consumer, d.seq)
	return err
}

// wait is the pause after so many attempts.
func wait(attempts int) time.Duration {
	return min(firstWait<<min(attempts-1, 20), lastWait)
}

// DeadLetters is how many events the consumer gave up on.
func (b *Bus) DeadLetters(ctx context.Context, consumer string) (n int, err error) {
	err = b.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM dead_letters WHERE consumer = ?`, consumer).Scan(&n)
	return n, err
}
