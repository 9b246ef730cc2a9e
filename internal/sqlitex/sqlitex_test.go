package sqlitex_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"freecar/internal/sqlitex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = fstest.MapFS{"migrations/00001_counters.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL);\nINSERT INTO counters VALUES ('a', 0);\n")}}

func open(t *testing.T, path string) *sqlitex.DB {
	t.Helper()
	db, err := sqlitex.Open(t.Context(), path, sqlitex.Normal, schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func count(t *testing.T, db *sqlitex.DB) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(t.Context(), "SELECT n FROM counters WHERE name = 'a'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// increment reads and then writes: what a deferred transaction would fail at.
func increment(tx *sqlitex.Tx) error {
	var n int
	if err := tx.QueryRow("SELECT n FROM counters WHERE name = 'a'").Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE counters SET n = ? WHERE name = 'a'", n+1)
	return err
}

func TestWrite(t *testing.T) {
	t.Run("64 writers through two handles lose no update", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		dbs := []*sqlitex.DB{open(t, path), open(t, path)}
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for range 5 {
					if err := dbs[i%2].Write(t.Context(), increment); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, dbs[0]); n != 320 {
			t.Errorf("got %d, want 320", n)
		}
	})
	t.Run("a write that fails is undone, its neighbours in the group are not", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		refused := errors.New("refused")
		hold, held := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { // keeps the writer busy while the others queue
			_ = db.Write(t.Context(), func(*sqlitex.Tx) error { close(held); <-hold; return nil })
		})
		<-held
		for i := range 20 {
			wg.Go(func() {
				err := db.Write(t.Context(), func(tx *sqlitex.Tx) error {
					if err := increment(tx); err != nil {
						return err
					}
					switch i % 4 {
					case 0:
						return refused
					case 1:
						panic("boom")
					}
					return nil
				})
				if failed := i%4 < 2; (err != nil) != failed || i%4 == 0 && !errors.Is(err, refused) {
					t.Errorf("write %d: got %v", i, err)
				}
			})
		}
		close(hold)
		wg.Wait()
		if n := count(t, db); n != 10 {
			t.Errorf("got %d, want 10", n)
		}
	})
	t.Run("what follows a commit follows each write that was saved, once", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		hold, held := make(chan struct{}), make(chan struct{})
		var holder, wg sync.WaitGroup
		holder.Go(func() { _ = db.Write(t.Context(), func(*sqlitex.Tx) error { close(held); <-hold; return nil }) })
		<-held
		var followed [9]atomic.Int64
		for i := range followed {
			wg.Go(func() {
				_ = db.Write(t.Context(), func(tx *sqlitex.Tx) error {
					tx.AfterCommit(func() { followed[i].Add(1) })
					err := increment(tx)
					if i == 4 { // halfway: the whole group runs again
						err = errors.New("refused")
					}
					return err
				})
			})
		}
		for db.Queued() < len(followed) {
			runtime.Gosched()
		}
		close(hold)
		holder.Wait()
		wg.Wait()
		for i := range followed {
			if n, want := followed[i].Load(), map[bool]int64{true: 0, false: 1}[i == 4]; n != want {
				t.Errorf("write %d was followed %d times", i, n)
			}
		}
		if n := count(t, db); n != len(followed)-1 {
			t.Errorf("got %d", n)
		}
	})
	t.Run("a write that ends the whole transaction leaves nothing of its group", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		hold, held := make(chan struct{}), make(chan struct{})
		var holder, wg sync.WaitGroup
		holder.Go(func() { _ = db.Write(t.Context(), func(*sqlitex.Tx) error { close(held); <-hold; return nil }) })
		<-held
		for i := range 9 {
			wg.Go(func() {
				err := db.Write(t.Context(), func(tx *sqlitex.Tx) error {
					if i == 4 { // as a full disk would
						_, err := tx.Exec("INSERT OR ROLLBACK INTO counters VALUES ('a', 1)")
						return err
					}
					return increment(tx)
				})
				if err == nil {
					t.Errorf("write %d was told that it is saved", i)
				}
			})
		}
		for db.Queued() < 9 {
			runtime.Gosched()
		}
		close(hold)
		holder.Wait()
		wg.Wait()
		if n := count(t, db); n != 0 {
			t.Errorf("%d writes that failed are saved", n)
		}
		if err := db.Write(t.Context(), increment); err != nil || count(t, db) != 1 {
			t.Errorf("the writer is broken: %v", err)
		}
	})
	t.Run("an ended context writes nothing", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Write(ctx, increment); !errors.Is(err, context.Canceled) || count(t, db) != 0 {
			t.Errorf("got %v and %d", err, count(t, db))
		}
	})
	t.Run("a duplicate is told apart", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		err := db.Write(t.Context(), func(tx *sqlitex.Tx) error {
			_, err := tx.Exec("INSERT INTO counters VALUES ('a', 1)")
			return err
		})
		if !sqlitex.Duplicate(err) || sqlitex.Duplicate(errors.New("other")) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what is deleted is gone from the file, which is its owner's alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		db, err := sqlitex.Open(t.Context(), path, sqlitex.Full, schema)
		if err != nil {
			t.Fatal(err)
		}
		const secret = "Ada of Elm Street"
		for _, statement := range []string{"INSERT INTO counters VALUES ('" + secret + "', 1)", "DELETE FROM counters WHERE n = 1"} {
			if err := db.Write(t.Context(), func(tx *sqlitex.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(path + "*")
		if err != nil || len(files) != 3 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		if err := db.Close(); err != nil { // which moves the log into the file
			t.Fatal(err)
		}
		if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, []byte(secret)) {
			t.Errorf("it is still there: %v", err)
		}
	})
	t.Run("readers cannot write", func(t *testing.T) {
		db := open(t, filepath.Join(t.TempDir(), "a.db"))
		var n int
		if err := db.Reader().QueryRowContext(t.Context(), "UPDATE counters SET n = 9 RETURNING n").Scan(&n); err == nil {
			t.Error("a reader wrote")
		}
	})
	t.Run("after close a write is refused", func(t *testing.T) {
		db, err := sqlitex.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlitex.Full, schema)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Close(), db.Write(t.Context(), increment)); !errors.Is(err, sqlitex.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	for _, durability := range []sqlitex.Durability{sqlitex.Normal, sqlitex.Full} {
		for _, writers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", durability, writers), func(b *testing.B) {
				db, err := sqlitex.Open(b.Context(), filepath.Join(b.TempDir(), "a.db"), durability, schema)
				if err != nil {
					b.Fatal(err)
				}
				defer db.Close()
				b.SetParallelism(max(1, writers/2))
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := db.Write(b.Context(), increment); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}
