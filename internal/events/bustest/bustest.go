// Package bustest is the contract suite of events.Bus, run over every adapter.
package bustest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/internal/events"
)

// Open gives a bus on fresh storage, and further ones on the same storage (another
// process, or the same one after a crash).
type Open func(t *testing.T) (first events.Bus, again func() events.Bus)

const made, gone = "freecar.test.made.v1", "freecar.test.gone.v1"

// Run holds a bus to the contract.
func Run(t *testing.T, open Open) {
	t.Run("each named consumer gets each event of its types", func(t *testing.T) { everyConsumer(t, open) })
	t.Run("what is published after a consumer is declared waits for it", func(t *testing.T) { declared(t, open) })
	t.Run("instances of one consumer share the work", func(t *testing.T) { shared(t, open) })
	t.Run("a failed event comes again, a panic too", func(t *testing.T) { retried(t, open) })
	t.Run("what nobody handled waits for the next start", func(t *testing.T) { survives(t, open) })
	t.Run("an event published twice is delivered once", func(t *testing.T) { deduplicated(t, open) })
	t.Run("events of two services with one subject are two events", func(t *testing.T) { namesakes(t, open) })
	t.Run("who asks for the staff's gets each event that has an actor, once, and no other", func(t *testing.T) { byStaff(t, open) })
	t.Run("a feed sees events and broadcasts in order, a consumer no broadcast", func(t *testing.T) { feeds(t, open) })
}

func event(subject string, version int64) events.Event {
	return events.Event{Type: made, Subject: subject, Version: version, Time: time.UnixMilli(1_700_000_000_000).UTC(), Trace: "1-2-1", Data: []byte(`{"n":1}`)}
}

// sink collects what a consumer was given.
type sink struct {
	mu   sync.Mutex
	seen map[string]int
	all  []events.Event
	news chan struct{}
}

func newSink() *sink { return &sink{seen: map[string]int{}, news: make(chan struct{}, 1)} }

func (s *sink) take(e events.Event) {
	s.mu.Lock()
	s.seen[e.ID()]++
	s.all = append(s.all, e)
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *sink) handle(_ context.Context, e events.Event) error { s.take(e); return nil }

// await blocks until n different events came.
func (s *sink) await(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		got := len(s.seen)
		s.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-s.news:
		case <-deadline:
			t.Fatalf("got %d events, want %d", got, n)
		}
	}
}

// consume runs a consumer until stop is called.
func consume(t *testing.T, bus events.Bus, name string, handle events.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- bus.Consume(ctx, name, []string{made}, handle) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// registered makes the consumer known without handling anything: it consumes until a
// probe arrives.
func registered(t *testing.T, bus events.Bus, name string) {
	t.Helper()
	probe := newSink()
	stop := consume(t, bus, name, probe.handle)
	for i := int64(1); ; i++ {
		publish(t, bus, event("probe-"+name, i))
		select {
		case <-probe.news:
			stop()
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func publish(t *testing.T, bus events.Bus, batch ...events.Event) {
	t.Helper()
	if err := bus.Publish(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

func everyConsumer(t *testing.T, open Open) {
	bus, _ := open(t)
	a, b := newSink(), newSink()
	registered(t, bus, "a")
	registered(t, bus, "b")
	other := event("x", 1)
	other.Type = gone
	publish(t, bus, event("x", 2), other, event("y", 1))
	consume(t, bus, "a", only(a, "x", "y"))
	consume(t, bus, "b", only(b, "x", "y"))
	a.await(t, 2)
	b.await(t, 2)
	if a.seen[event("x", 1).ID()] != 0 {
		t.Error("a consumer got an event of another type")
	}
	for _, got := range a.all {
		if want := event(got.Subject, got.Version); !reflect.DeepEqual(got, want) {
			t.Errorf("the event came changed:\ngot  %+v\nwant %+v", got, want)
		}
	}
}

// only leaves the probes out.
func only(s *sink, subjects ...string) events.Handler {
	return func(_ context.Context, e events.Event) error {
		for _, subject := range subjects {
			if e.Subject == subject {
				s.take(e)
			}
		}
		return nil
	}
}

func declared(t *testing.T, open Open) {
	bus, again := open(t)
	for range 2 { // by each instance
		if err := bus.Declare(t.Context(), "a", []string{made}); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, again(), event("x", 1))
	s := newSink()
	consume(t, bus, "a", only(s, "x"))
	s.await(t, 1)
}

func shared(t *testing.T, open Open) {
	bus, again := open(t)
	registered(t, bus, "a")
	const n = 200
	all := newSink()
	consume(t, bus, "a", only(all, "x"))
	consume(t, again(), "a", only(all, "x"))
	for i := range int64(n) {
		publish(t, bus, event("x", i+1))
	}
	all.await(t, n)
	if len(all.all) != n {
		t.Errorf("%d deliveries for %d events", len(all.all), n)
	}
}

func retried(t *testing.T, open Open) {
	bus, _ := open(t)
	registered(t, bus, "a")
	s := newSink()
	var mu sync.Mutex
	tries := 0
	publish(t, bus, event("x", 1))
	consume(t, bus, "a", func(ctx context.Context, e events.Event) error {
		if e.Subject != "x" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		switch tries++; tries {
		case 1:
			return errors.New("not now")
		case 2:
			panic("boom")
		}
		return s.handle(ctx, e)
	})
	s.await(t, 1)
	if tries != 3 {
		t.Errorf("got %d tries, want 3", tries)
	}
}

func survives(t *testing.T, open Open) {
	bus, again := open(t)
	registered(t, bus, "a")
	for i := range int64(10) {
		publish(t, bus, event("x", i+1))
	}
	s := newSink()
	consume(t, again(), "a", only(s, "x"))
	s.await(t, 10)
}

func deduplicated(t *testing.T, open Open) {
	bus, again := open(t)
	registered(t, bus, "a")
	s := newSink()
	publish(t, bus, event("x", 1), event("x", 1))
	publish(t, again(), event("x", 1), event("x", 2))
	consume(t, bus, "a", only(s, "x"))
	s.await(t, 2)
	if n := s.seen[event("x", 1).ID()]; n != 1 {
		t.Errorf("delivered %d times", n)
	}
}

// namesakes: a licence has the id of its account, two services and one subject.
func namesakes(t *testing.T, open Open) {
	bus, _ := open(t)
	one, two := event("x", 1), event("x", 1)
	one.Type, two.Type = "freecar.one.made.v1", "freecar.two.made.v1"
	ctx, cancel := context.WithCancel(t.Context())
	s, ready, done := newSink(), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- bus.Feed(ctx, []string{one.Type, two.Type}, func() { close(ready) }, func() {}, s.take)
	}()
	<-ready
	publish(t, bus, one, two)
	s.await(t, 2)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// byStaff: one consumer asks for what staff do, one for that and for a type besides.
func byStaff(t *testing.T, open Open) {
	bus, again := open(t)
	staff, both, fed := newSink(), newSink(), newSink()
	for name, types := range map[string][]string{"staff": {events.ByStaff}, "both": {made, events.ByStaff}, "types": {made}} {
		if err := bus.Declare(t.Context(), name, types); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 3)
	go func() { done <- bus.Feed(ctx, []string{made}, func() { close(ready) }, func() {}, fed.take) }()
	<-ready
	rider, asked, unasked := event("x", 1), event("x", 2), event("y", 1)
	asked.Actor, unasked.Actor, unasked.Type = "42", "43", gone
	unheard := event("z", 1)
	unheard.Type = gone
	publish(t, again(), rider, asked, unasked, unheard)
	publish(t, bus, asked)
	go func() { done <- bus.Consume(ctx, "staff", []string{events.ByStaff}, staff.handle) }()
	go func() { done <- bus.Consume(ctx, "both", []string{made, events.ByStaff}, both.handle) }()
	staff.await(t, 2)
	both.await(t, 3)
	fed.await(t, 2)
	cancel()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for name, tc := range map[string]struct {
		got  []events.Event
		want []events.Event
	}{"the staff's": {staff.all, []events.Event{asked, unasked}}, "the staff's and a type's": {both.all, []events.Event{rider, asked, unasked}}, "a feed's": {fed.all, []events.Event{rider, asked}}} {
		slices.SortFunc(tc.got, func(a, b events.Event) int { return strings.Compare(a.ID(), b.ID()) })
		if !reflect.DeepEqual(tc.got, tc.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, tc.got, tc.want)
		}
	}
}

func feeds(t *testing.T, open Open) {
	bus, again := open(t)
	registered(t, bus, "a")
	consumed, fed := newSink(), newSink()
	consume(t, bus, "a", only(consumed, "x"))
	publish(t, bus, event("before", 1))

	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 1)
	tail := again()
	go func() {
		done <- tail.Feed(ctx, []string{made}, func() { close(ready) }, func() {}, fed.take)
	}()
	<-ready
	for i := range int64(50) {
		publish(t, bus, event("x", i+1))
		if err := bus.Broadcast(ctx, []events.Event{event(fmt.Sprint("cast", i), 1)}); err != nil {
			t.Fatal(err)
		}
	}
	fed.await(t, 100)
	consumed.await(t, 50)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	version := int64(0)
	for _, e := range fed.all {
		if e.Subject == "before" {
			t.Error("the feed began before it was asked for")
		}
		if e.Subject == "x" {
			if e.Version != version+1 {
				t.Errorf("version %d after %d", e.Version, version)
			}
			version = e.Version
		}
	}
	if len(consumed.seen) != 50 {
		t.Errorf("the consumer got %d events, want the 50 published", len(consumed.seen))
	}
}
