package sqlitex_test

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"freecar/internal/errs"
	"freecar/internal/sqlitex"
)

var oneTable = fstest.MapFS{"migrations/00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (x TEXT);")}}

// TestBrokenCommit is a disk that takes no more in the middle of a commit, for another reason
// than that it is full: whether that was saved nobody knows, and nobody says.
func TestBrokenCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := sqlitex.Open(t.Context(), path, sqlitex.Full, oneTable)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insert := func() error {
		return db.Write(t.Context(), func(tx *sqlitex.Tx) error {
			_, err := tx.Exec("INSERT INTO t VALUES ('x')")
			return err
		})
	}
	if err := insert(); err != nil {
		t.Fatal(err)
	}
	// No file may grow: the log of the store is where the commit goes to.
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	logged, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(logged.Size()), Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	broken := insert()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	if e, ok := errors.AsType[*errs.Error](broken); !ok || e.Kind != errs.Timeout || e.RetryAfter != 0 {
		t.Errorf("got %v", broken)
	}
	if err := insert(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestUnreadable is a store whose file cannot be opened for reading any more: nobody's request
// is wrong, and no program either.
func TestUnreadable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sqlitex.Open(t.Context(), filepath.Join(dir, "t.db"), sqlitex.Full, oneTable)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := os.Rename(dir, dir+" away"); err != nil { // readers open the file when they are first asked
		t.Fatal(err)
	}
	var n int
	row := db.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n)
	_, rows := db.Reader().QueryContext(t.Context(), "SELECT x FROM t")
	for _, err := range []error{row, rows} {
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	}
}
