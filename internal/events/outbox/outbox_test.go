package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-kit/log"
	"go.uber.org/goleak"

	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = fstest.MapFS{"migrations/00001_cars.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE cars (id TEXT PRIMARY KEY, version INTEGER NOT NULL);\n")}}

// store is a file with cars and their events.
type store struct {
	*outbox.Outbox
	db *sqlitex.DB
	t  *testing.T
}

func open(t *testing.T, path string) store {
	t.Helper()
	db, err := sqlitex.Open(t.Context(), path, sqlitex.Normal, schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o, err := outbox.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return store{o, db, t}
}

func fresh(t *testing.T) store { return open(t, filepath.Join(t.TempDir(), "cars.db")) }

var noon = time.Date(2026, 1, 31, 12, 0, 0, 7e6, time.UTC)

func event(subject string, version int64) events.Event {
	return events.Event{Type: events.Type("car", "claimed"), Subject: subject, Version: version,
		Time: noon, Trace: "1-2-1", Actor: "42", Data: fmt.Appendf(nil, `{"id":%q,"version":%d}`, subject, version)}
}

// change saves a car and its event in one write.
func (s store) change(e events.Event) error {
	return s.db.Write(context.Background(), func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`INSERT INTO cars VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version`, e.Subject, e.Version); err != nil {
			return err
		}
		return s.Append(tx, e)
	})
}

func (s store) must(all ...events.Event) {
	s.t.Helper()
	for _, e := range all {
		if err := s.change(e); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s store) pending() int {
	s.t.Helper()
	n, err := s.Pending(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestLag(t *testing.T) {
	s := fresh(t)
	lag := func() time.Duration {
		t.Helper()
		d, err := s.Lag(t.Context(), noon.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if got := lag(); got != 0 {
		t.Errorf("nothing waits, for %v", got)
	}
	late := event("b", 1)
	late.Time = noon.Add(time.Second)
	s.must(event("a", 1), late)
	if got := lag(); got != time.Minute {
		t.Errorf("the older of two waits for %v", got)
	}
	if d, err := s.Lag(t.Context(), noon.Add(-time.Hour)); d != 0 || err != nil {
		t.Errorf("before it was saved it waits for %v, %v", d, err)
	}
}

func (s store) version(car string) (v int64) {
	s.t.Helper()
	if err := s.db.Reader().QueryRowContext(context.Background(), `SELECT coalesce(max(version), 0) FROM cars WHERE id = ?`, car).Scan(&v); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// bus takes what is published, and does first what a test wants.
type bus struct {
	mu     sync.Mutex
	before func() error
	taken  []events.Event
	more   chan struct{}
}

func newBus(before func() error) *bus {
	return &bus{before: before, more: make(chan struct{}, 10_000)}
}

func (b *bus) Publish(_ context.Context, batch []events.Event) error {
	if b.before != nil {
		if err := b.before(); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, batch...)
	for range batch {
		b.more <- struct{}{}
	}
	return nil
}

// relay runs one until the test has what it waits for.
func (s store) relay(b *bus) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Relay(ctx, b, log.NewNopLogger()) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	}
}

func (b *bus) await(n int) {
	for range n {
		<-b.more
	}
}

func TestAppend(t *testing.T) {
	t.Run("a change and its event are one", func(t *testing.T) {
		s := fresh(t)
		s.must(event("a", 1))
		if s.version("a") != 1 || s.pending() != 1 || !s.Woken() {
			t.Errorf("version %d, %d pending, woken %t", s.version("a"), s.pending(), s.Woken())
		}
	})
	t.Run("a change that is rolled back leaves no event and wakes nobody", func(t *testing.T) {
		s := fresh(t)
		no := errors.New("no")
		err := s.db.Write(t.Context(), func(tx *sqlitex.Tx) error { return errors.Join(s.Append(tx, event("a", 1)), no) })
		if !errors.Is(err, no) || s.pending() != 0 || s.Woken() {
			t.Errorf("got %v, %d pending, woken %t", err, s.pending(), s.Woken())
		}
	})
	t.Run("a second event of one version is refused with its change", func(t *testing.T) {
		s := fresh(t)
		s.must(event("a", 1), event("a", 2), event("b", 1))
		other := event("a", 1)
		other.Type = events.Type("car", "released")
		if err := s.change(other); !sqlitex.Duplicate(err) || s.version("a") != 2 || s.pending() != 3 {
			t.Errorf("got %v, version %d, %d pending", err, s.version("a"), s.pending())
		}
	})
	t.Run("of many that race for a version one wins", func(t *testing.T) {
		s := fresh(t)
		var wg sync.WaitGroup
		won := make(chan bool, 20)
		for range 20 {
			wg.Go(func() { won <- s.change(event("a", 1)) == nil })
		}
		wg.Wait()
		close(won)
		n := 0
		for w := range won {
			if w {
				n++
			}
		}
		if n != 1 || s.pending() != 1 {
			t.Errorf("%d won, %d pending", n, s.pending())
		}
	})
}

func TestHistory(t *testing.T) {
	s := fresh(t)
	s.must(event("a", 1), event("b", 1), event("a", 2))
	t.Run("is all events of one aggregate, whole and by version", func(t *testing.T) {
		got, err := s.History(t.Context(), "a")
		if want := []events.Event{event("a", 1), event("a", 2)}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %v, %v\nwant %v", got, err, want)
		}
	})
	t.Run("stays after the events are published", func(t *testing.T) {
		b := newBus(nil)
		stop := s.relay(b)
		b.await(3)
		stop()
		if got, err := s.History(t.Context(), "a"); len(got) != 2 || err != nil || s.pending() != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("of nobody is empty", func(t *testing.T) {
		if got, err := s.History(t.Context(), "z"); len(got) != 0 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
