package gateway

import (
	"context"
	"time"

	"freecar/internal/auth"
)

// Verifier proves access tokens.
type Verifier interface {
	// Verify reads a token and says whose it is, and until when. Errors:
	// Unauthenticated for one that is not ours or too old.
	Verify(token string) (auth.Principal, time.Time, error)
}

// Revocations knows which principals may come in no longer although their tokens have not
// expired.
type Revocations interface {
	// Check is asked on every request and waits for nothing. Errors: Unauthenticated for
	// who is revoked; Unavailable as long as nobody knows.
	Check(p auth.Principal) error
	// Watch calls end once p is revoked, at once if it is already, unless stop came
	// before; it may call it more than once. end must not wait.
	Watch(p auth.Principal, end func()) (stop func())
}

// Revocation says which principals of a subject are meant: those of one Session or,
// without one, those whose Version is below Before, except of session Spared.
type Revocation struct {
	Subject, Session string
	Before           int64
	Spared           string
	Until            time.Time // no token that is meant lives longer
}

// RevocationFeed is the list of revocations, in the order in which they were made.
type RevocationFeed interface {
	// Next lists what was revoked after a place in the list; 0 is its start. No revocation
	// turns up at or before a place that was given. Errors: those of the outage.
	Next(ctx context.Context, after int64) (RevocationBatch, error)
}

// RevocationBatch is some of the list, in its order.
type RevocationBatch struct {
	Items []Revocation
	// Next is where to go on. It is before where one asked when the list was put back to
	// an older state: then begin anew.
	Next int64
	More bool // there is more already
}

// Limiter counts events by key in windows of time. A key's windows follow one another
// from its first event on; keys and limits of different names know nothing of one
// another.
type Limiter interface {
	// Take counts one event. One beyond the limit is not allowed, and not counted.
	// Errors: Unavailable when the count cannot be had.
	Take(ctx context.Context, limit Limit, key string) (Verdict, error)
	// GiveBack takes an event back that Take allowed in the window that still runs. A key
	// never has more left than the limit. Errors: as Take.
	GiveBack(ctx context.Context, limit Limit, key string) error
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
