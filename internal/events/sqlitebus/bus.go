// Package sqlitebus is the embedded event bus: one SQLite file that keeps a row per
// consumer until the event is handled. Several processes may share the file.
package sqlitebus

import (
	"context"
	"embed"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

//go:embed migrations
var migrations embed.FS

const (
	// poll finds what another process published; in this one a publisher wakes the others.
	poll = 250 * time.Millisecond
	// keep is how many events stay for feeds that lag, handled or not.
	keep       = 50_000
	pruneEvery = 10_000
	// pruneAtMost is how many go in one write, which others wait for.
	pruneAtMost = 2 * pruneEvery
)

// Bus is the embedded bus.
type Bus struct {
	db     *sqlitex.DB
	clock  clock.Clock
	logger log.Logger

	waker      waker
	keep       int64
	atMost     int64 // pruned in one write
	mu         sync.Mutex
	sincePrune int
}

var _ events.Bus = (*Bus)(nil)

// Open opens or creates the bus in a file.
func Open(ctx context.Context, path string, c clock.Clock) (*Bus, error) {
	// Full: a relay marks as published what the bus has taken, power cut or not.
	db, err := sqlitex.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Bus{db: db, clock: c, logger: log.NewNopLogger(), waker: waker{waiting: map[string]chan struct{}{}},
		keep: keep, atMost: pruneAtMost, sincePrune: pruneEvery}, nil // what a process before left is due at once
}

// LogTo has the bus tell of what its consumers cannot handle. Call it before they begin.
func (b *Bus) LogTo(logger log.Logger) { b.logger = logger }

// Close closes the file; Consume and Feed must have returned.
func (b *Bus) Close() error { return b.db.Close() }

// Publish saves the events and a delivery for each consumer of each. An event that the
// bus still knows is not delivered twice; one that nobody ever asked for is dropped, as
// by a broker without a queue for it.
func (b *Bus) Publish(ctx context.Context, batch []events.Event) error {
	return b.save(ctx, batch, func(e events.Event) any { return e.ID() })
}

// Broadcast tells feeds alone.
func (b *Bus) Broadcast(ctx context.Context, batch []events.Event) error {
	return b.save(ctx, batch, func(events.Event) any { return nil })
}

func (b *Bus) save(ctx context.Context, batch []events.Event, id func(events.Event) any) error {
	audience, err := b.audience(ctx)
	if err != nil {
		return err
	}
	batch = slices.DeleteFunc(slices.Clone(batch), func(e events.Event) bool { return len(audience.of(e)) == 0 })
	if len(batch) == 0 {
		return nil
	}
	prune := b.pruneDue(len(batch))
	var hear []string // each once
	for _, e := range batch {
		for _, name := range audience.of(e) {
			if !slices.Contains(hear, name) {
				hear = append(hear, name)
			}
		}
	}
	err = b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		now := b.clock.Now().UnixMilli()
		for _, e := range batch {
			if err := insert(tx, id(e), e, audience.of(e), now); err != nil {
				return err
			}
		}
		if prune {
			if err := b.pruneOld(tx); err != nil {
				return err
			}
		}
		tx.AfterCommit(func() { b.waker.wake(hear...) })
		return nil
	})
	if err != nil && prune {
		b.pruneNext()
	}
	return err
}

// feeds is what stands for all feeds among the consumers; it gets no deliveries.
const feeds = ""

// audience is who asked for which types.
type audience map[string][]string

// of is who gets an event, each once. Without an actor it is one look into the map.
func (a audience) of(e events.Event) []string {
	if e.Actor == "" || len(a[events.ByStaff]) == 0 {
		return a[e.Type]
	}
	names := slices.Concat(a[e.Type], a[events.ByStaff])
	slices.Sort(names)
	return slices.Compact(names)
}

// audience reads who asked for what.
func (b *Bus) audience(ctx context.Context) (audience, error) {
	rows, err := b.db.Reader().QueryContext(ctx, `SELECT type, name FROM consumers`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := audience{}
	for rows.Next() {
		var t, name string
		if err := rows.Scan(&t, &name); err != nil {
			return nil, err
		}
		all[t] = append(all[t], name)
	}
	return all, rows.Err()
}

func insert(tx *sqlitex.Tx, id any, e events.Event, consumers []string, now int64) error {
	added, err := tx.Exec(`INSERT INTO events (id, type, subject, version, at, trace, actor, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`, id, e.Type, e.Subject, e.Version, e.Time.UnixMilli(), e.Trace, e.Actor, e.Data)
	if err != nil || added == 0 || id == nil {
		return err
	}
	for _, consumer := range consumers {
		if consumer == feeds {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO deliveries (consumer, seq, due) SELECT ?, seq, ? FROM events WHERE id = ?`, consumer, now, id); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) pruneDue(published int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sincePrune += published
	if b.sincePrune < pruneEvery {
		return false
	}
	b.sincePrune = 0
	return true
}

// pruneNext makes the next write prune.
func (b *Bus) pruneNext() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sincePrune = pruneEvery
}

// pruneOld forgets events beyond keep that every consumer has handled, the oldest first. If
// there may be more of them the next write goes on.
func (b *Bus) pruneOld(tx *sqlitex.Tx) error {
	var upTo int64
	if err := tx.QueryRow(`SELECT coalesce(max(seq), 0) - ? FROM events`, b.keep).Scan(&upTo); err != nil || upTo <= 0 {
		return err
	}
	gone, err := tx.Exec(`DELETE FROM events WHERE seq IN (SELECT seq FROM events e WHERE seq <= ?
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.seq = e.seq)
		AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.seq = e.seq) ORDER BY seq LIMIT ?)`, upTo, b.atMost)
	if err != nil {
		return err
	}
	if gone == b.atMost {
		tx.AfterCommit(b.pruneNext)
	}
	_, err = tx.Exec(`UPDATE pruned SET seq = max(seq, ?)`, upTo)
	return err
}

// wait blocks until there may be something new; false when ctx has ended.
func (b *Bus) wait(ctx context.Context, published <-chan struct{}) bool {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-published:
	case <-timer.C:
	}
	return ctx.Err() == nil
}
