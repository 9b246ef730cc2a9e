package sqlitebus

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

// TestPruneAtStart: a process that publishes little between two starts prunes all the same,
// and what somebody still needs stays.
func TestPruneAtStart(t *testing.T) {
	const made = "freecar.test.made.v1"
	path := filepath.Join(t.TempDir(), "bus.db")
	version := int64(0)
	// life is one of a process; it counts the events that are left at its end.
	life := func(publish int) (left int) {
		b, err := Open(t.Context(), path, clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		b.keep = 5
		if err := b.Declare(t.Context(), "slow", []string{made}); err != nil {
			t.Fatal(err)
		}
		for range publish {
			version++
			e := events.Event{Type: made, Subject: "x", Version: version, Time: time.Unix(0, 0), Data: []byte("{}")}
			if err := b.Publish(t.Context(), []events.Event{e}); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.db.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM events`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		return left
	}
	if left := life(20); left != 20 {
		t.Errorf("%d are left of 20 that nobody has handled", left)
	}
	if left := life(1); left != 21 {
		t.Errorf("%d are left of 21 that nobody has handled", left)
	}
	handled(t, path, 20, 3)
	if left := life(1); left != 6 {
		t.Errorf("%d are left, not the last 5 and the one that is not handled", left)
	}
}

// TestPruneGoesOn: what is too much for one write goes in those that follow.
func TestPruneGoesOn(t *testing.T) {
	b, err := Open(t.Context(), filepath.Join(t.TempDir(), "bus.db"), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.keep, b.atMost = 1, 10
	if err := b.keepFor(t.Context(), []string{"made"}); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Write(t.Context(), func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO events (type, subject, version, at, trace, actor, data) SELECT 'made', 'x', i, 0, '', '', '{}' FROM n`, 2*b.atMost)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{11, 2, 1, 2} { // the last write finds nothing to prune
		if err := b.Broadcast(t.Context(), []events.Event{{Type: "made", Subject: fmt.Sprint(i), Version: 1, Data: []byte("{}")}}); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := b.db.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM events`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != want {
			t.Errorf("after write %d there are %d, not %d", i, left, want)
		}
	}
}

// handled makes all events up to one handled, but for another.
func handled(t *testing.T, path string, upTo, except int) {
	t.Helper()
	b, err := Open(t.Context(), path, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.db.Write(t.Context(), func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM deliveries WHERE seq <= ? AND seq <> ?`, upTo, except)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
