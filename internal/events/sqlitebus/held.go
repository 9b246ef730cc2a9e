package sqlitebus

import (
	"context"
	"sync"
	"time"

	"freecar/internal/sqlitex"
)

// held are the deliveries that one consumer of this process is handling. Their leases are
// renewed while it lives, so that a lease can be short: it is how long an event waits whose
// process was killed. What is handled within a moment, as nearly everything is, is never
// renewed.
type held struct {
	mu  sync.Mutex
	all map[int64]*holding
}

type holding struct {
	attempts int
	old      bool // it was there at the last look, too
}

func newHeld() *held { return &held{all: map[int64]*holding{}} }

func (h *held) add(d delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[d.seq] = &holding{attempts: d.attempts}
}

// remove is called before it is recorded what became of the try: a renewal must not undo
// that. A later try of the same event, which began when the lease had ended, stays.
func (h *held) remove(d delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one, ok := h.all[d.seq]; ok && one.attempts == d.attempts {
		delete(h.all, d.seq)
	}
}

// look says whether a delivery was there at the look before, and makes all that are there
// old.
func (h *held) look() (old bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.all {
		old = old || one.old
		one.old = true
	}
	return old
}

// each calls f with all that are there now.
func (h *held) each(f func(seq int64, attempts int) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for seq, one := range h.all {
		if err := f(seq, one.attempts); err != nil {
			return err
		}
	}
	return nil
}

// renewing renews what a consumer holds until stop is called.
func (b *Bus) renewing(consumer string, h *held) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = b.renew(ctx, consumer, h) // the next look tries again, and a lease outlasts several
			}
		}
	}()
	return func() { cancel(); <-done }
}

// renew makes the leases of what is held last longer, if something has been held for a
// while.
func (b *Bus) renew(ctx context.Context, consumer string, h *held) error {
	if !h.look() {
		return nil
	}
	return b.db.Write(ctx, func(tx *sqlitex.Tx) error {
		until := b.clock.Now().Add(lease).UnixMilli()
		// What is held now: what is recorded of any other try comes after, or was before.
		return h.each(func(seq int64, attempts int) error {
			_, err := tx.Exec(`UPDATE deliveries SET due = ? WHERE consumer = ? AND seq = ? AND attempts = ?`, until, consumer, seq, attempts)
			return err
		})
	})
}
