// Package adaptertest is the contract of user's driven ports, run over every adapter.
package adaptertest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/user"
)

// Store is what is under test, with what its contract looks at from outside.
type Store struct {
	Accounts user.Accounts
	Sessions user.Sessions
	Devices  user.Devices
	Revoked  user.Revocations
	Factors  user.SecondFactors
	Guesses  user.Guesses
	Wallets  user.Wallets
	Holds    user.Holds
	TopUps   user.TopUps
	// Corrections books over the same holds and wallets.
	Corrections user.Corrections
	Audits      user.Audits
	// History is the events saved for an aggregate, by version.
	History func(ctx context.Context, subject string) ([]events.Event, error)
	// Books is every ledger account: its kept balance and the sum of its postings.
	Books func(ctx context.Context) (map[user.LedgerAccount]Book, error)
	// Spoil makes a balance wrong, as a bug would.
	Spoil func(ctx context.Context, account user.LedgerAccount) error
}

// Book is a ledger account in minor units.
type Book struct{ Balance, Posted int64 }

// Open gives stores with nothing in them, and another handle on the same data.
type Open func(t *testing.T) (Store, func() Store)

var start = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

func newID() string { return ids.Random{}.New() }

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func expectKind(t *testing.T, got error, want errs.Kind) {
	t.Helper()
	if got == nil || errs.KindOf(got) != want {
		t.Errorf("got %v, want an error of kind %s", got, want)
	}
}

// expectEvents holds the history of an aggregate to these events, version by version.
func expectEvents(t *testing.T, s Store, subject string, want ...user.EventName) {
	t.Helper()
	history := must[[]events.Event](t)(s.History(t.Context(), subject))
	if len(history) != len(want) {
		t.Errorf("got %d events, want %v", len(history), want)
		return
	}
	for i, e := range history {
		if e.Type != events.Type("user", string(want[i])) || e.Version != int64(i+1) {
			t.Errorf("event %d: got %s version %d, want %s", i, e.Type, e.Version, want[i])
		}
	}
}

const racers = 64

// race runs f in many goroutines at once and counts the nil errors; others must be want.
func race(t *testing.T, want error, f func(i int) error) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-begin
			switch err := f(i); {
			case err == nil:
				won.Add(1)
			case want == nil || !errors.Is(err, want):
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	close(begin)
	wg.Wait()
	return won.Load()
}

// walk joins the pages of a list; between them it calls add.
func walk[T any](t *testing.T, page func(user.Paging) (user.Page[T], error), add func()) []T {
	t.Helper()
	var all []T
	p := user.Paging{Limit: 3}
	for {
		got := must[user.Page[T]](t)(page(p))
		if len(got.Items) > p.Limit {
			t.Errorf("a page of %d, want at most %d", len(got.Items), p.Limit)
		}
		all = append(all, got.Items...)
		if got.Next == "" {
			return all
		}
		p.Cursor = got.Next
		add()
	}
}
