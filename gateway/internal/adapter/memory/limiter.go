// Package memory keeps the counts of rate limits in this process.
package memory

import (
	"context"
	"errors"
	"sync"
	"time"

	limiter "github.com/sethvargo/go-limiter"
	"github.com/sethvargo/go-limiter/memorystore"

	"freecar/gateway"
	"freecar/internal/errs"
)

// Limiter is a gateway.Limiter with a bucket store per limit.
type Limiter struct {
	mu     sync.RWMutex
	stores map[gateway.Limit]limiter.Store
	closed bool
}

var _ gateway.Limiter = (*Limiter)(nil)

// NewLimiter makes a limiter without counts. Close it.
func NewLimiter() *Limiter { return &Limiter{stores: map[gateway.Limit]limiter.Store{}} }

// Take counts one event.
func (l *Limiter) Take(ctx context.Context, limit gateway.Limit, key string) (gateway.Verdict, error) {
	store, err := l.store(limit)
	if err != nil {
		return gateway.Verdict{}, err
	}
	most, left, reset, ok, err := store.Take(ctx, key)
	if err != nil {
		return gateway.Verdict{}, unavailable(err)
	}
	return gateway.Verdict{Allowed: ok, Most: int(most), Left: int(left), Reset: until(reset, limit.Per)}, nil
}

// GiveBack takes an event back.
//
// The library makes a bucket of another size for a key that it does not know, and adds to a
// full one: neither is asked for.
func (l *Limiter) GiveBack(ctx context.Context, limit gateway.Limit, key string) error {
	store, err := l.store(limit)
	if err != nil {
		return err
	}
	most, left, err := store.Get(ctx, key)
	if err != nil {
		return unavailable(err)
	}
	if left >= most {
		return nil
	}
	if err := store.Burst(ctx, key, 1); err != nil {
		return unavailable(err)
	}
	return nil
}

// until is the time to a moment in unix nanoseconds, within a window.
func until(moment uint64, window time.Duration) time.Duration {
	return min(max(time.Until(time.Unix(0, int64(moment))), 1), window)
}

func (l *Limiter) store(limit gateway.Limit) (limiter.Store, error) {
	l.mu.RLock()
	store := l.stores[limit]
	l.mu.RUnlock()
	if store != nil {
		return store, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, unavailable(limiter.ErrStopped)
	}
	if store = l.stores[limit]; store != nil {
		return store, nil
	}
	store, err := memorystore.New(&memorystore.Config{
		Tokens: uint64(limit.Most), Interval: limit.Per,
		SweepInterval: limit.Per, SweepMinTTL: 2 * limit.Per, // or every address ever seen stays
		InitialAlloc: 64,
	})
	if err != nil {
		return nil, unavailable(err)
	}
	l.stores[limit] = store
	return store, nil
}

func unavailable(err error) error {
	return errs.E(errs.Unavailable, "unavailable", "Requests cannot be counted just now.").Because(err)
}

// Close forgets the counts and stops sweeping.
func (l *Limiter) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var failures []error
	for limit, store := range l.stores {
		failures = append(failures, store.Close(context.Background()))
		delete(l.stores, limit)
	}
	return errors.Join(failures...)
}
