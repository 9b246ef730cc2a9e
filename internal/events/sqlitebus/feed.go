package sqlitebus

import (
	"context"
	"fmt"
	"strings"
	"time"

	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

const feedBatch = 512

// Feed tails the file from its end.
func (b *Bus) Feed(ctx context.Context, types []string, ready func(), gap func(), handle func(events.Event)) error {
	if err := b.keepFor(ctx, types); err != nil {
		return ignoreEnd(ctx, err)
	}
	f := newFeed(b, types, handle)
	if err := f.start(ctx); err != nil {
		return err
	}
	ready()
	for {
		published := b.waker.next(feeds)
		more, err := f.step(ctx, gap)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if !more && !b.wait(ctx, published) {
			return nil
		}
	}
}

// keepFor makes the bus keep events of the types for feeds, from now on.
func (b *Bus) keepFor(ctx context.Context, types []string) error {
	return b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		for _, t := range types {
			if _, err := tx.Exec(`INSERT INTO consumers (name, type) VALUES (?, ?) ON CONFLICT DO NOTHING`, feeds, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// feed is a place in the sequence of events.
type feed struct {
	bus    *Bus
	handle func(events.Event)
	query  string
	args   []any // the place, the types, the limit
	at     int64
}

func newFeed(b *Bus, types []string, handle func(events.Event)) *feed {
	f := &feed{bus: b, handle: handle, args: []any{int64(0)}}
	for _, t := range types {
		f.args = append(f.args, t)
	}
	f.args = append(f.args, feedBatch)
	f.query = fmt.Sprintf(`SELECT seq, type, subject, version, at, trace, actor, data FROM events
		WHERE seq > ? AND type IN (?%s) ORDER BY seq LIMIT ?`, strings.Repeat(", ?", len(types)-1))
	return f
}

func (f *feed) start(ctx context.Context) error {
	return f.bus.db.Reader().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events`).Scan(&f.at)
}

// step hands on what is new and says whether there may be more at once.
func (f *feed) step(ctx context.Context, gap func()) (more bool, err error) {
	var pruned, last int64
	if err := f.bus.db.Reader().QueryRowContext(ctx, `SELECT seq, (SELECT coalesce(max(seq), 0) FROM events) FROM pruned`).Scan(&pruned, &last); err != nil {
		return false, err
	}
	if f.at < pruned {
		f.at = pruned
		gap()
	}
	if last <= f.at {
		return false, nil
	}
	n, err := f.deliver(ctx)
	if err == nil && n < feedBatch {
		f.at = max(f.at, last) // what lies between is of other types
	}
	return n == feedBatch, err
}

func (f *feed) deliver(ctx context.Context) (n int, err error) {
	f.args[0] = f.at
	rows, err := f.bus.db.Reader().QueryContext(ctx, f.query, f.args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var e events.Event
		var seq, at int64
		if err := rows.Scan(&seq, &e.Type, &e.Subject, &e.Version, &at, &e.Trace, &e.Actor, &e.Data); err != nil {
			return n, err
		}
		e.Time = time.UnixMilli(at).UTC()
		f.handle(e)
		f.at = seq
		n++
	}
	return n, rows.Err()
}
