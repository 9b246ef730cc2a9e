package gateway

import (
	"context"
	"time"

	"freecar/internal/auth"
)

// Verifier proves access tokens.
type Verifier interface {
	// Verify reads a token and says whose it is, and until when. Errors:
	// Unauthenticated for one that is not ours, too old or revoked.
	Verify(token string) (auth.Principal, time.Time, error)
}

// Limiter counts events by key in windows of time. A key's windows follow one another
// from its first event on; keys and limits of different names know nothing of one
// another.
type Limiter interface {
	// Take counts one event. One beyond the limit is not allowed, and not counted.
	// Errors: Unavailable when the count cannot be had.
	Take(ctx context.Context, limit Limit, key string) (Verdict, error)
	// Spent says how long the key has nothing left; 0 when it has. It counts nothing.
	// Errors: as Take.
	Spent(ctx context.Context, limit Limit, key string) (time.Duration, error)
}

// Limit is how many events a key may cause in a window.
type Limit struct {
	Name string
	Most int // above 0
	Per  time.Duration
}

// Verdict is how a key stands after an event.
type Verdict struct {
	Allowed bool
	// Most is the limit's; Left is what the window has left, 0 to Most.
	Most, Left int
	// Reset is the time until the next window: above 0, at most the limit's Per.
	Reset time.Duration
}
