package invariants

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Violation is a broken invariant: which, of what, and how.
type Violation struct{ Check, About, What string }

func (v Violation) String() string { return v.Check + ": " + v.About + ": " + v.What }

// Findings gathers the violations of one check.
type Findings struct {
	check string
	Found []Violation
}

// For begins a check that looks at more than the stores.
func For(check string) *Findings { return &Findings{check: check} }

// Add adds a violation.
func (f *Findings) Add(about, format string, args ...any) {
	f.Found = append(f.Found, Violation{f.check, about, fmt.Sprintf(format, args...)})
}

// Expect adds a violation unless ok.
func (f *Findings) Expect(ok bool, about, format string, args ...any) {
	if !ok {
		f.Add(about, format, args...)
	}
}

// invariant is a check of the stores.
type invariant struct {
	name  string
	check func(*World, *Findings)
}

// all are all of them; numbers in comments are those of the list of invariants.
var all = slices.Concat(exclusivity, lifecycle, money, delivery, effects, files)

// Names are the checks.
func Names() (names []string) {
	for _, i := range all {
		names = append(names, i.name)
	}
	return names
}

// Violations holds the world against all checks.
func (w *World) Violations() (found []Violation) {
	for _, i := range all {
		f := For(i.name)
		i.check(w, f)
		found = append(found, f.Found...)
	}
	return found
}

const (
	lookEvery  = 100 * time.Millisecond
	shownFirst = 40
)

// AtRest loads the stores once nothing is under way in them and nothing has changed while
// they were read; a platform that does not come to rest in time fails the test.
func (s *Stores) AtRest(tb testing.TB, within time.Duration) *World {
	tb.Helper()
	var restless []string
	for deadline := time.Now().Add(within); time.Now().Before(deadline); <-time.After(lookEvery) {
		before := s.places(tb)
		w := s.Load(tb)
		restless = w.restless()
		if len(restless) == 0 && slices.Equal(before, s.places(tb)) {
			return w
		}
	}
	tb.Fatalf("the platform does not come to rest within %v:\n%s", within, strings.Join(restless[:min(len(restless), shownFirst)], "\n"))
	return nil
}

// restless is what is still under way.
func (w *World) restless() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, r := range w.Rentals {
		if r.live() && !standing[r.Step] {
			say("rental %s is %s", r.ID, r.Step)
		}
		if due := r.due(); !due.IsZero() && due.Before(w.now) {
			say("rental %s (%s) is due since %v", r.ID, r.Step, w.now.Sub(due))
		}
	}
	for _, c := range w.Cars {
		for _, k := range c.Commands {
			if k.State == "waiting" {
				say("car %s has not answered the %s of %s", c.ID, k.Kind, k.Step)
			}
		}
		if c.Claim != nil && !w.Rentals[c.Claim.ID].live() {
			say("car %s is claimed by %s, which is over", c.ID, c.Claim.ID)
		}
	}
	for id, u := range w.topUps {
		if u.state == "pending" {
			say("top-up %s is pending", id)
		}
	}
	for _, service := range withEvents {
		if last := w.last(service); w.relayed[service] < last {
			say("%s has relayed up to %d of %d", service, w.relayed[service], last)
		}
	}
	for _, d := range w.deliveries {
		say("%s has not handled %s", d.consumer, d.event)
	}
	return all
}

// standing are the steps in which a rental waits for nobody but its rider.
var standing = map[string]bool{"waiting": true, "driving": true, "parked": true}

// Events is how many events the stores hold.
func (w *World) Events() (n int) {
	for _, saved := range w.events {
		n += len(saved)
	}
	return n
}
