package outbox_test

import (
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"testing/fstest"

	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
)

// before is a store as it was when events had no actor and a mark each for being
// published, with one event that is and one that is not.
var before = fstest.MapFS{"migrations/00001_cars.sql": {Data: []byte(`-- +goose Up
CREATE TABLE cars (id TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE events (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	subject TEXT NOT NULL, version INTEGER NOT NULL,
	type TEXT NOT NULL, at INTEGER NOT NULL, trace TEXT NOT NULL, data BLOB NOT NULL,
	published INTEGER NOT NULL DEFAULT 0,
	UNIQUE (subject, version));
CREATE INDEX events_pending ON events (seq) WHERE published = 0;
INSERT INTO events (subject, version, type, at, trace, data, published) VALUES ('b', 1, 'freecar.car.claimed.v1', 1769860800007, '1-2-1', '{}', 1);
INSERT INTO events (subject, version, type, at, trace, data) VALUES ('a', 1, 'freecar.car.claimed.v1', 1769860800007, '1-2-1', CAST('{"id":"a","version":1}' AS BLOB));
`)}}

func TestAnEarlierStoreGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cars.db")
	files := make([]*sqlitex.DB, 4)
	for i := range files {
		db, err := sqlitex.Open(t.Context(), path, sqlitex.Normal, before)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		files[i] = db
	}
	outboxes := make([]*outbox.Outbox, len(files))
	var wg sync.WaitGroup
	for i, db := range files { // all at once
		wg.Go(func() {
			var err error
			if outboxes[i], err = outbox.New(t.Context(), db); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	s := store{outboxes[0], files[0], t}
	s.must(event("a", 2))
	old := event("a", 1)
	old.Actor = ""
	want := []events.Event{old, event("a", 2)}
	if got, err := s.History(t.Context(), "a"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v, %v\nwant %v", got, err, want)
	}
	b := newBus(nil)
	stop := store{outboxes[1], files[1], t}.relay(b)
	b.await(2)
	stop()
	if !reflect.DeepEqual(b.taken, want) {
		t.Errorf("published %v, want %v", b.taken, want)
	}
}
