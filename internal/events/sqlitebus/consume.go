package sqlitebus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"freecar/internal/crash"
	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

const (
	// concurrent is how many events a consumer handles at a time: enough for their
	// writes to share commits, and so that what is new need not wait until a busy machine
	// has handled what came before. Where all are taken, each that ends has a lease, and a
	// commit, of its own.
	concurrent = 128
	// attempts at most; then the event is a dead letter. With the waits between them
	// (doubling from firstWait to lastWait) this takes about ten minutes.
	attempts  = 20
	firstWait = 200 * time.Millisecond
	lastWait  = time.Minute
)

// How long what is taken stays with who took it. Programs that are built to die have less of
// it (hasty.go).
var (
	// lease is how long a delivery stays with a handler whose process does not renew it any
	// more; then another takes over. A process that only stalls for as long has its events
	// handled twice.
	lease        = 4 * time.Second
	renewEvery   = time.Second
	handleAtMost = 5 * time.Second
)

type delivery struct {
	seq      int64
	attempts int
	event    events.Event
}

// Consume handles the events of the types for the named consumer.
func (b *Bus) Consume(ctx context.Context, consumer string, types []string, handle events.Handler) error {
	if err := b.declareAtLast(ctx, consumer, types); err != nil {
		return ignoreEnd(ctx, err)
	}
	mine := newHeld()
	defer b.renewing(consumer, mine)()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, concurrent)
	stuck := false
	for {
		published := b.waker.next(consumer)
		select {
		case <-ctx.Done():
			return nil
		case slots <- struct{}{}: // one is free at least
			<-slots
		}
		batch, err := b.take(ctx, consumer, concurrent-len(slots))
		stuck = b.tellStuck(ctx, consumer, stuck, err)
		for _, d := range batch {
			slots <- struct{}{}
			mine.add(d)
			wg.Go(func() {
				b.deliver(ctx, consumer, d, mine, handle)
				<-slots
			})
		}
		if (err != nil || len(batch) == 0) && !b.wait(ctx, published) {
			return nil
		}
	}
}

// declareAtLast declares however long another process keeps the file: one that stands still
// in the middle of a write must not end this one's service.
func (b *Bus) declareAtLast(ctx context.Context, consumer string, types []string) error {
	for {
		err := b.Declare(ctx, consumer, types)
		if !sqlitex.Busy(err) || !b.wait(ctx, nil) {
			return err
		}
	}
}

// ignoreEnd drops an error that is only the end of the context.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Declare makes a consumer known.
func (b *Bus) Declare(ctx context.Context, consumer string, types []string) error {
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

// take leases the oldest deliveries that are due.
func (b *Bus) take(ctx context.Context, consumer string, limit int) ([]delivery, error) {
	if due, err := b.anyDue(ctx, consumer, b.clock.Now()); err != nil || !due {
		return nil, err
	}
	var batch []delivery
	err := b.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		now := b.clock.Now() // here: the write may have waited for longer than a lease
		if batch, err = due(tx, consumer, now, limit); err != nil {
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
	if err != nil {
		return nil, err
	}
	return batch, nil
}

func due(tx *sqlitex.Tx, consumer string, now time.Time, limit int) (batch []delivery, err error) {
	rows, err := tx.Query(`SELECT d.seq, d.attempts, e.type, e.subject, e.version, e.at, e.trace, e.actor, e.data
		FROM deliveries d JOIN events e ON e.seq = d.seq
		WHERE d.consumer = ? AND d.due <= ? ORDER BY d.seq LIMIT ?`, consumer, now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d delivery
		var at int64
		if err := rows.Scan(&d.seq, &d.attempts, &d.event.Type, &d.event.Subject, &d.event.Version, &at, &d.event.Trace, &d.event.Actor, &d.event.Data); err != nil {
			return nil, err
		}
		d.event.Time = time.UnixMilli(at).UTC()
		batch = append(batch, d)
	}
	return batch, rows.Err()
}

// anyDue looks without taking the writer: an idle bus costs no writes.
func (b *Bus) anyDue(ctx context.Context, consumer string, now time.Time) (due bool, err error) {
	err = b.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE consumer = ? AND due <= ?)`,
		consumer, now.UnixMilli()).Scan(&due)
	return due, err
}

// deliver handles one event and records what became of it, even at shutdown; what was
// not begun by then is given back. When the record fails, the lease ends and the event
// comes again.
func (b *Bus) deliver(ctx context.Context, consumer string, d delivery, mine *held, handle events.Handler) {
	begun := ctx.Err() == nil
	var failure error
	crash.At("handling", consumer)
	if begun {
		failure = guarded(ctx, d.event, handle)
	}
	crash.At("handled", consumer)
	mine.remove(d)
	var became outcome
	unrecorded := b.db.Write(context.WithoutCancel(ctx), func(tx *sqlitex.Tx) (err error) {
		became = comesAgain
		if !begun {
			return giveBack(tx, consumer, d, b.clock.Now())
		}
		became, err = settle(tx, consumer, d, failure, b.clock.Now())
		return err
	})
	crash.At("acknowledged", consumer)
	b.tell(ctx, consumer, d, failure, became, unrecorded)
}

// giveBack undoes the taking of what was not begun, while it is still that try's.
func giveBack(tx *sqlitex.Tx, consumer string, d delivery, now time.Time) error {
	_, err := tx.Exec(`UPDATE deliveries SET due = ?, attempts = attempts - 1 WHERE consumer = ? AND seq = ? AND attempts = ?`,
		now.UnixMilli(), consumer, d.seq, d.attempts)
	return err
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

// outcome is what becomes of an event after a try.
type outcome int

const (
	done       outcome = iota
	comesAgain         // in a later try, which may be under way
	givenUp            // and is a dead letter now
)

// settle records what became of a try. What fails counts only while the delivery is still
// that try's: when the lease has ended, the next one decides.
func settle(tx *sqlitex.Tx, consumer string, d delivery, failure error, now time.Time) (outcome, error) {
	if failure == nil {
		_, err := tx.Exec(`DELETE FROM deliveries WHERE consumer = ? AND seq = ?`, consumer, d.seq)
		return done, err
	}
	if d.attempts < attempts {
		_, err := tx.Exec(`UPDATE deliveries SET due = ? WHERE consumer = ? AND seq = ? AND attempts = ?`,
			now.Add(wait(d.attempts)).UnixMilli(), consumer, d.seq, d.attempts)
		return comesAgain, err
	}
	given, err := tx.Exec(`DELETE FROM deliveries WHERE consumer = ? AND seq = ? AND attempts = ?`, consumer, d.seq, d.attempts)
	if err != nil || given == 0 {
		return comesAgain, err
	}
	_, err = tx.Exec(`INSERT INTO dead_letters (consumer, seq, at, attempts, reason) VALUES (?, ?, ?, ?, ?)`,
		consumer, d.seq, now.UnixMilli(), d.attempts, shortened(failure))
	return givenUp, err
}

// wait is the pause after so many attempts.
func wait(attempts int) time.Duration {
	return min(firstWait<<min(attempts-1, 20), lastWait)
}
