// Package adaptertest has the contract suite of each port of the gateway, to run over
// every adapter.
package adaptertest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/gateway"
)

// Limiter holds an adapter to the port. Each call of fresh gives one without counts.
func Limiter(t *testing.T, fresh func(*testing.T) gateway.Limiter) {
	for name, test := range map[string]func(*testing.T, gateway.Limiter){
		"what is within the limit is allowed, what is beyond is not": limiterBounds,
		"keys do not share a count":                                  limiterKeys,
		"limits do not share a count":                                limitersApart,
		"a new window begins anew":                                   limiterWindows,
		"what is given back may be taken again, and no more":         limiterGivesBack,
		"many at once get no more than the limit":                    limiterRace,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// An hour: no window ends while a test runs.
var three = gateway.Limit{Name: "three", Most: 3, Per: time.Hour}

func limiterBounds(t *testing.T, l gateway.Limiter) {
	for left := 2; left >= 0; left-- {
		if got := take(t, l, three, "a"); !got.Allowed || got.Most != 3 || got.Left != left || badReset(got, three) {
			t.Errorf("with %d left: got %+v", left, got)
		}
	}
	for range 2 {
		if got := take(t, l, three, "a"); got.Allowed || got.Most != 3 || got.Left != 0 || badReset(got, three) {
			t.Errorf("beyond the limit: got %+v", got)
		}
	}
}

func badReset(v gateway.Verdict, limit gateway.Limit) bool {
	return v.Reset <= 0 || v.Reset > limit.Per
}

func limiterKeys(t *testing.T, l gateway.Limiter) {
	exhaust(t, l, three, "a")
	if got := take(t, l, three, "b"); !got.Allowed || got.Left != 2 {
		t.Errorf("got %+v", got)
	}
	if got := take(t, l, three, ""); !got.Allowed || got.Left != 2 {
		t.Errorf("the empty key: got %+v", got)
	}
}

func limitersApart(t *testing.T, l gateway.Limiter) {
	exhaust(t, l, three, "a")
	other := gateway.Limit{Name: "other", Most: 3, Per: time.Hour}
	if got := take(t, l, other, "a"); !got.Allowed || got.Left != 2 {
		t.Errorf("got %+v", got)
	}
}

func limiterWindows(t *testing.T, l gateway.Limiter) {
	limit := gateway.Limit{Name: "short", Most: 2, Per: 200 * time.Millisecond}
	exhaust(t, l, limit, "a")
	for give := time.After(10 * time.Second); ; {
		verdict := take(t, l, limit, "a")
		if verdict.Allowed {
			break
		}
		select {
		case <-time.After(verdict.Reset):
		case <-give:
			t.Fatal("no new window came")
		}
	}
}

func limiterGivesBack(t *testing.T, l gateway.Limiter) {
	giveBack := func(times int) {
		for range times {
			if err := l.GiveBack(t.Context(), three, "a"); err != nil {
				t.Fatal(err)
			}
		}
	}
	giveBack(2) // of a key that took nothing
	exhaust(t, l, three, "a")
	giveBack(2)
	for left := 1; left >= 0; left-- {
		if got := take(t, l, three, "a"); !got.Allowed || got.Most != 3 || got.Left != left {
			t.Errorf("with %d left: got %+v", left, got)
		}
	}
	if got := take(t, l, three, "a"); got.Allowed {
		t.Errorf("more than was given back: got %+v", got)
	}
	giveBack(5)
	if got := take(t, l, three, "a"); got.Left != 2 {
		t.Errorf("more than the limit: got %+v", got)
	}
}

func limiterRace(t *testing.T, l gateway.Limiter) {
	limit := gateway.Limit{Name: "race", Most: 50, Per: time.Hour}
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 10 {
				verdict, err := l.Take(context.Background(), limit, "a")
				if err != nil {
					t.Error(err)
				}
				if verdict.Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := allowed.Load(); got != 50 {
		t.Errorf("%d were allowed", got)
	}
}

func take(t *testing.T, l gateway.Limiter, limit gateway.Limit, key string) gateway.Verdict {
	t.Helper()
	verdict, err := l.Take(t.Context(), limit, key)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func exhaust(t *testing.T, l gateway.Limiter, limit gateway.Limit, key string) {
	t.Helper()
	for range 100 * limit.Most {
		if !take(t, l, limit, key).Allowed {
			return
		}
	}
	t.Fatal("the limit never ends")
}
