package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/go-kit/log"

	"freecar/internal/events"
)

func TestRelay(t *testing.T) {
	t.Run("publishes in the order of saving, whole, and once", func(t *testing.T) {
		s, b := fresh(t), newBus(nil)
		saved := []events.Event{event("b", 1), event("a", 1), event("b", 2)}
		s.must(saved[:2]...)
		stop := s.relay(b)
		b.await(2)
		s.must(saved[2])
		b.await(1)
		stop()
		if !reflect.DeepEqual(b.taken, saved) || s.pending() != 0 {
			t.Errorf("got %v, %d pending", b.taken, s.pending())
		}
	})
	t.Run("publishes more than one batch in order", func(t *testing.T) {
		s, b := fresh(t), newBus(nil)
		const n = 600
		for v := range int64(n) {
			s.must(event("a", v+1))
		}
		stop := s.relay(b)
		b.await(n)
		stop()
		for i, e := range b.taken {
			if e.Version != int64(i+1) {
				t.Fatalf("event %d has version %d", i, e.Version)
			}
		}
		if len(b.taken) != n || s.pending() != 0 {
			t.Errorf("%d published, %d pending", len(b.taken), s.pending())
		}
	})
	t.Run("publishes again what the bus did not take", func(t *testing.T) {
		s := fresh(t)
		s.must(event("a", 1), event("a", 2))
		failures := 3
		b := newBus(nil)
		b.before = func() error {
			if failures--; failures >= 0 {
				s.Wake() // and do not wait for the poll
				return errors.New("the bus is away")
			}
			return nil
		}
		stop := s.relay(b)
		b.await(2)
		stop()
		if want := []events.Event{event("a", 1), event("a", 2)}; !reflect.DeepEqual(b.taken, want) || s.pending() != 0 {
			t.Errorf("got %v, %d pending", b.taken, s.pending())
		}
	})
	t.Run("finds without a wake what another process saved", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cars.db")
		mine, theirs, b := open(t, path), open(t, path), newBus(nil)
		stop := mine.relay(b)
		theirs.must(event("a", 1))
		b.await(1)
		stop()
	})
	t.Run("publishes again after a crash between publishing and marking", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cars.db")
		s, b := open(t, path), newBus(nil)
		s.must(event("a", 1))
		b.before = func() error { return s.db.Close() } // the mark finds no store
		stop := s.relay(b)
		b.await(1)
		stop()
		s, b = open(t, path), newBus(nil)
		if s.pending() != 1 || s.version("a") != 1 {
			t.Fatalf("%d pending, version %d", s.pending(), s.version("a"))
		}
		stop = s.relay(b)
		b.await(1)
		stop()
		if !reflect.DeepEqual(b.taken, []events.Event{event("a", 1)}) || s.pending() != 0 {
			t.Errorf("got %v, %d pending", b.taken, s.pending())
		}
	})
	t.Run("marks what it has published although it must stop", func(t *testing.T) {
		s := fresh(t)
		s.must(event("a", 1))
		ctx, cancel := context.WithCancel(t.Context())
		b := newBus(func() error { cancel(); return nil })
		if err := s.Relay(ctx, b, log.NewNopLogger()); err != nil || s.pending() != 0 || len(b.taken) != 1 {
			t.Errorf("got %v, %d pending, %d published", err, s.pending(), len(b.taken))
		}
	})
	t.Run("two at once lose nothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cars.db")
		one, two := open(t, path), open(t, path)
		b := newBus(nil)
		stops := []func(){one.relay(b), two.relay(b)}
		const cars, changes = 8, 20
		var wg sync.WaitGroup
		for c := range cars {
			wg.Go(func() {
				s := []store{one, two}[c%2]
				for v := range int64(changes) {
					if err := s.change(event(fmt.Sprint("car", c), v+1)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		published := map[string]bool{}
		for len(published) < cars*changes {
			<-b.more
			b.mu.Lock()
			for _, e := range b.taken {
				published[e.ID()] = true
			}
			b.mu.Unlock()
		}
		for _, stop := range stops {
			stop()
		}
	})
}
