package user

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
)

const (
	// guessesAtMost is how many wrong passwords a client may send for one name in a time of
	// guessesFor.
	guessesAtMost = 10
	guessesFor    = 15 * time.Minute
)

// ErrTooManyGuesses refuses a sign-in unseen, be its password right or wrong.
var ErrTooManyGuesses = errs.E(errs.RateLimited, "sign_in_limited", "Too many wrong passwords for this name from your network; try again after the time in Retry-After.")

// guesses holds those who try passwords to a limit for each name and each client. It goes
// by both: if by the name alone, anybody could keep its owner out. A name that nobody has
// is counted like any other.
type guesses struct {
	kept  Guesses
	clock clock.Clock
	log   func(ctx context.Context, msg string, err error)

	mu    sync.Mutex
	tried map[SecretHash]int // at this moment: each counts as a wrong one until its end is known
}

func newGuesses(kept Guesses, c clock.Clock, log func(ctx context.Context, msg string, err error)) *guesses {
	return &guesses{kept: kept, clock: c, log: log, tried: map[SecretHash]int{}}
}

// errUnknown is how a sign-in ends that panics: it says nothing of the password.
var errUnknown = errors.New("user: it is not known how the sign-in ended")

// guess is a sign-in that is under way; the zero guess counts nothing.
type guess struct {
	of     *guesses
	key    SecretHash
	failed int // before it
}

// begin lets a sign-in be tried. Errors: ErrTooManyGuesses.
func (g *guesses) begin(ctx context.Context, c SignIn) (guess, error) {
	if c.Client == "" {
		return guess{}, nil // of our own people, inside
	}
	try := guess{of: g, key: c.guessKey()}
	// In this order: another one that ends in between is counted at least once.
	others := g.count(try.key, 1) - 1
	now := g.clock.Now()
	failed, until, err := g.kept.Failed(ctx, try.key, now)
	switch {
	case err != nil:
	case failed >= guessesAtMost:
		err = ErrTooManyGuesses.After(until.Sub(now))
	case failed+others >= guessesAtMost:
		err = ErrTooManyGuesses.After(time.Second)
	}
	if err != nil {
		g.count(try.key, -1)
		return guess{}, err
	}
	try.failed = failed
	return try, nil
}

// end keeps how the sign-in ended, and passes its error on.
func (g guess) end(ctx context.Context, outcome error) error {
	if g.of == nil {
		return outcome
	}
	defer g.of.count(g.key, -1)
	ctx = context.WithoutCancel(ctx) // who leaves early has guessed all the same
	now := g.of.clock.Now()
	switch {
	case errors.Is(outcome, ErrBadCredentials):
		if err := g.of.kept.Fail(ctx, g.key, now, now.Add(guessesFor)); err != nil {
			return err // or guesses would be free while they cannot be counted
		}
	case outcome == nil && g.failed > 0:
		if err := g.of.kept.Clear(ctx, g.key); err != nil { // who has signed in has; the old ones lapse
			g.of.log(ctx, "the wrong passwords before a right one count on", err)
		}
	}
	return outcome
}

func (g *guesses) count(key SecretHash, more int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried[key] += more
	if g.tried[key] <= 0 {
		delete(g.tried, key)
	}
	return g.tried[key]
}

// guessKey tells one name tried by one client from all others, and nobody what they are.
func (c SignIn) guessKey() SecretHash {
	name := c.Email + c.Phone
	if email, err := ParseEmail(c.Email); err == nil {
		name = string(email)
	}
	return sha256.Sum256([]byte(name + "\n" + c.Client))
}
