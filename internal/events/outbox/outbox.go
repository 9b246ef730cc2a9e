// Package outbox keeps a service's events in its SQLite store: saved in the write of the
// change, published later by the relay, kept for ever as the service's event store.
package outbox

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"time"

	"freecar/internal/crash"
	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

// Outbox is the table of events in one store.
type Outbox struct {
	db   *sqlitex.DB
	wake chan struct{}
}

// Open opens or creates a service's store with its outbox; the rest is sqlitex.Open's.
func Open(ctx context.Context, path string, durability sqlitex.Durability, files fs.FS) (*sqlitex.DB, *Outbox, error) {
	db, err := sqlitex.Open(ctx, path, durability, files)
	if err != nil {
		return nil, nil, err
	}
	o, err := New(ctx, db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, o, nil
}

// New makes the table if it is not there.
func New(ctx context.Context, db *sqlitex.DB) (*Outbox, error) {
	o := &Outbox{db: db, wake: make(chan struct{}, 1)}
	err := db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS events (
			seq INTEGER PRIMARY KEY AUTOINCREMENT,
			subject TEXT NOT NULL, version INTEGER NOT NULL,
			type TEXT NOT NULL, at INTEGER NOT NULL, trace TEXT NOT NULL, actor TEXT NOT NULL DEFAULT '', data BLOB NOT NULL,
			UNIQUE (subject, version))`); err != nil {
			return err
		}
		if err := addActor(tx); err != nil {
			return err
		}
		return addPlace(tx)
	})
	return o, err
}

// Append saves an event in the transaction of its change. A second event of the same
// version of an aggregate is an error: two writers raced, and one must lose.
func (o *Outbox) Append(tx *sqlitex.Tx, e events.Event) error {
	_, err := tx.Exec(`INSERT INTO events (subject, version, type, at, trace, actor, data) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Subject, e.Version, e.Type, e.Time.UnixMilli(), e.Trace, e.Actor, e.Data)
	if err == nil {
		tx.AfterCommit(o.Wake)
	}
	if crash.Armed && err == nil {
		crash.At("saving", e.Type)
		tx.AfterCommit(func() { crash.At("saved", e.Type) })
	}
	return err
}

// Wake makes the relay look at once.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Pending is how many events wait to be published.
func (o *Outbox) Pending(ctx context.Context) (n int, err error) {
	err = o.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM events WHERE seq > (SELECT seq FROM relayed)`).Scan(&n)
	return n, err
}

// Lag is how long before now the oldest event was saved that waits to be published; 0 for
// none.
func (o *Outbox) Lag(ctx context.Context, now time.Time) (time.Duration, error) {
	var oldest int64
	err := o.db.Reader().QueryRowContext(ctx, `SELECT at FROM events WHERE seq > (SELECT seq FROM relayed) ORDER BY seq LIMIT 1`).Scan(&oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return max(0, now.Sub(time.UnixMilli(oldest))), err
}

// History is all events of one aggregate by version, ascending; empty for none.
func (o *Outbox) History(ctx context.Context, subject string) ([]events.Event, error) {
	_, batch, err := o.read(ctx, `SELECT seq, subject, version, type, at, trace, actor, data FROM events
		WHERE subject = ? ORDER BY version`, subject)
	return batch, err
}

func (o *Outbox) read(ctx context.Context, query string, args ...any) (seqs []int64, batch []events.Event, err error) {
	rows, err := o.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			e       events.Event
			seq, at int64
		)
		if err := rows.Scan(&seq, &e.Subject, &e.Version, &e.Type, &at, &e.Trace, &e.Actor, &e.Data); err != nil {
			return nil, nil, err
		}
		e.Time = time.UnixMilli(at).UTC()
		seqs, batch = append(seqs, seq), append(batch, e)
	}
	return seqs, batch, rows.Err()
}
