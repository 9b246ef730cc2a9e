package bustest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
)

// OpenLetters gives a bus on fresh storage that does not wait between the tries of an event,
// and its dead letters.
type OpenLetters func(t *testing.T) (events.Bus, events.DeadLetters)

// DeadLetters holds what a bus keeps of dead letters to the contract.
func DeadLetters(t *testing.T, open OpenLetters) {
	for name, test := range map[string]func(*testing.T, OpenLetters){
		"a poisoned event is kept whole and holds up no other":                  poisoned,
		"replayed it is handled, and replaying again does nothing":              replayed,
		"what fails again is the same letter again":                             diesAgain,
		"all of one consumer are replayed, and none of another":                 replayedAll,
		"of many who replay at once each letter is replayed by one":             replayRace,
		"pages joined are the whole set, newest first, while letters are added": letterPages,
		"ids and cursors that no list gave are refused":                         letterIDs,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a bus takes its time to give up
			test(t, open)
		})
	}
}

// clinic is consumers that fail until they are healed.
type clinic struct {
	bus     events.Bus
	letters events.DeadLetters
	healed  atomic.Bool
	handled *sink
}

func newClinic(t *testing.T, open OpenLetters, consumers ...string) *clinic {
	t.Helper()
	c := &clinic{handled: newSink()}
	c.bus, c.letters = open(t)
	for _, name := range consumers {
		if err := c.bus.Declare(t.Context(), name, []string{made}); err != nil {
			t.Fatal(err)
		}
		consume(t, c.bus, name, func(ctx context.Context, e events.Event) error {
			if !c.healed.Load() && e.Subject == "poison" {
				return errors.New("no way to read this")
			}
			return c.handled.handle(ctx, e)
		})
	}
	return c
}

// kill publishes poison and waits until all consumers together gave up on so many.
func (c *clinic) kill(t *testing.T, want int, versions ...int64) {
	t.Helper()
	for _, v := range versions {
		publish(t, c.bus, event("poison", v))
	}
	c.awaitDead(t, want)
}

func (c *clinic) awaitDead(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		n := 0
		for _, of := range c.counts(t) {
			n += of
		}
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d dead letters, want %d", n, want)
		}
	}
}

func (c *clinic) counts(t *testing.T) map[string]int {
	t.Helper()
	counts, err := c.letters.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func (c *clinic) list(t *testing.T, f events.DeadLetterFilter) events.DeadLetterPage {
	t.Helper()
	page, err := c.letters.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func (c *clinic) replay(t *testing.T, want int, ids ...string) {
	t.Helper()
	if n, err := c.letters.Replay(t.Context(), ids); err != nil || n != want {
		t.Errorf("replayed %d, %v, want %d", n, err, want)
	}
}

func poisoned(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a")
	poison := event("poison", 1)
	poison.Actor = "42"
	publish(t, c.bus, poison, event("x", 1))
	c.awaitDead(t, 1)
	c.handled.await(t, 1)
	page := c.list(t, events.DeadLetterFilter{Limit: 10})
	if len(page.Letters) != 1 || page.Next != "" {
		t.Fatalf("got %+v", page)
	}
	d := page.Letters[0]
	if d.ID == "" || d.Consumer != "a" || d.At.IsZero() || d.Attempts < 2 || d.Error != "no way to read this" || !reflect.DeepEqual(d.Event, poison) {
		t.Errorf("got %+v", d)
	}
	if page := c.list(t, events.DeadLetterFilter{Limit: 10, Consumer: "b"}); len(page.Letters) != 0 {
		t.Errorf("of another consumer: %+v", page)
	}
}

func replayed(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a")
	c.kill(t, 1, 1)
	id := c.list(t, events.DeadLetterFilter{Limit: 1}).Letters[0].ID
	c.healed.Store(true)
	c.replay(t, 1, id)
	c.handled.await(t, 1)
	c.replay(t, 0, id)
	c.replay(t, 0)
	if got := c.counts(t); len(got) != 0 {
		t.Errorf("still dead: %v", got)
	}
	if !reflect.DeepEqual(c.handled.all[0], event("poison", 1)) {
		t.Errorf("got %+v", c.handled.all[0])
	}
}

func diesAgain(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a")
	c.kill(t, 1, 1)
	before := c.list(t, events.DeadLetterFilter{Limit: 1}).Letters[0]
	c.replay(t, 1, before.ID, before.ID)
	c.awaitDead(t, 1)
	if after := c.list(t, events.DeadLetterFilter{Limit: 9}).Letters; len(after) != 1 || after[0].ID != before.ID || !after[0].At.After(before.At) {
		t.Errorf("got %+v after %+v", after, before)
	}
}

func replayedAll(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a", "b")
	c.kill(t, 6, 1, 2, 3)
	if got := c.counts(t); !maps.Equal(got, map[string]int{"a": 3, "b": 3}) {
		t.Errorf("got %v", got)
	}
	c.healed.Store(true)
	for _, want := range []int{3, 0} {
		if n, err := c.letters.ReplayAll(t.Context(), "a"); err != nil || n != want {
			t.Errorf("replayed %d, %v, want %d", n, err, want)
		}
	}
	c.handled.await(t, 3)
	if got := c.counts(t); !maps.Equal(got, map[string]int{"b": 3}) {
		t.Errorf("got %v", got)
	}
	if n, err := c.letters.ReplayAll(t.Context(), "nobody"); err != nil || n != 0 {
		t.Errorf("of nobody: replayed %d, %v", n, err)
	}
}

func replayRace(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a")
	c.kill(t, 4, 1, 2, 3, 4)
	var ids []string
	for _, d := range c.list(t, events.DeadLetterFilter{Limit: 9}).Letters {
		ids = append(ids, d.ID)
	}
	c.healed.Store(true)
	var sum atomic.Int64
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			replay := func() (int, error) { return c.letters.Replay(t.Context(), ids) }
			if i%2 == 0 {
				replay = func() (int, error) { return c.letters.ReplayAll(t.Context(), "a") }
			}
			n, err := replay()
			if err != nil {
				t.Error(err)
			}
			sum.Add(int64(n))
		})
	}
	wg.Wait()
	c.handled.await(t, 4)
	if got := sum.Load(); got != 4 || len(c.counts(t)) != 0 {
		t.Errorf("%d replayed", got)
	}
}

func letterPages(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a", "b")
	c.kill(t, 10, 1, 2, 3, 4, 5)
	before := map[string]bool{}
	for _, d := range c.list(t, events.DeadLetterFilter{Limit: 100}).Letters {
		before[d.ID] = true
	}
	var all []events.DeadLetter
	dead, version := 10, int64(5)
	f := events.DeadLetterFilter{Limit: 3}
	for {
		page := c.list(t, f)
		if len(page.Letters) > f.Limit {
			t.Errorf("a page of %d", len(page.Letters))
		}
		all = append(all, page.Letters...)
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
		dead, version = dead+2, version+1
		c.kill(t, dead, version)
	}
	seen := map[string]bool{}
	for _, d := range all {
		if seen[d.ID] {
			t.Errorf("%s twice", d.ID)
		}
		seen[d.ID] = true
		delete(before, d.ID)
	}
	newestFirst := slices.IsSortedFunc(all, func(x, y events.DeadLetter) int { return y.At.Compare(x.At) })
	if len(before) != 0 || !newestFirst {
		t.Errorf("missing %v, newest first: %t", before, newestFirst)
	}
	of := c.list(t, events.DeadLetterFilter{Limit: 100, Consumer: "b"}).Letters
	if len(of) != dead/2 || slices.ContainsFunc(of, func(d events.DeadLetter) bool { return d.Consumer != "b" }) {
		t.Errorf("of one consumer: %d", len(of))
	}
}

func letterIDs(t *testing.T, open OpenLetters) {
	c := newClinic(t, open, "a")
	c.kill(t, 1, 1)
	good := c.list(t, events.DeadLetterFilter{Limit: 1}).Letters[0].ID
	for i, bad := range []string{"", "x", "a:", ":1", "a:x", "a:0", "a:-1", "a:01"} {
		_, err := c.letters.Replay(t.Context(), []string{good, bad})
		said, ok := errors.AsType[*errs.Error](err)
		if !ok || said.Kind != errs.Invalid || said.Fields[0].Field != "ids[1]" {
			t.Errorf("%d: got %v", i, err)
		}
	}
	for _, bad := range []string{"x", "1.x", ".a:1", fmt.Sprint("?.", good)} {
		if _, err := c.letters.List(t.Context(), events.DeadLetterFilter{Limit: 1, Cursor: bad}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("cursor %q: got %v", bad, err)
		}
	}
	if got := c.counts(t); got["a"] != 1 {
		t.Errorf("a refused request replayed something: %v", got)
	}
}
