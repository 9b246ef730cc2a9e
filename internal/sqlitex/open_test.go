package sqlitex_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"freecar/internal/sqlitex"
)

// TestOpenAtOnce is several processes that start together on a new folder.
func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	const processes = 12
	var wg sync.WaitGroup
	for range processes {
		wg.Go(func() {
			db, err := sqlitex.Open(t.Context(), path, sqlitex.Full, schema)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(db.Write(t.Context(), increment), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, open(t, path)); n != processes {
		t.Errorf("%d of %d writes are there", n, processes)
	}
}

func TestOpenWaitsNoLongerThanItsContext(t *testing.T) {
	folder := t.TempDir()
	held, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if db, err := sqlitex.Open(ctx, filepath.Join(folder, "a.db"), sqlitex.Full, schema); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v", db, err)
	}
}
