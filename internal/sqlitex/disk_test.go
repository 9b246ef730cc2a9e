package sqlitex_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"freecar/internal/errs"
	"freecar/internal/sqlitex"
)

// TestFullDisk is a store that may not grow: what does not fit is Unavailable, what was
// saved stays, and with room again it goes on.
func TestFullDisk(t *testing.T) {
	schema := fstest.MapFS{"migrations/00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (x TEXT);")}}
	db, err := sqlitex.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlitex.Full, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	limit := func(pages string) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *sqlitex.Tx) error {
			_, err := tx.Exec("PRAGMA max_page_count = " + pages)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	insert := func() error {
		return db.Write(t.Context(), func(tx *sqlitex.Tx) error {
			_, err := tx.Exec("INSERT INTO t VALUES (?)", strings.Repeat("x", 3000))
			return err
		})
	}
	limit("20")
	saved := 0
	for err = insert(); err == nil && saved < 100; err = insert() {
		saved++
	}
	full, ok := errors.AsType[*errs.Error](err)
	if !ok || full.Kind != errs.Unavailable || full.RetryAfter == 0 || !strings.Contains(err.Error(), "full") {
		t.Errorf("after %d: %v", saved, err)
	}
	limit("2000")
	if err := insert(); err != nil {
		t.Error(err)
	}
	var n int
	if err := db.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != saved+1 {
		t.Errorf("%d rows, saved were %d; %v", n, saved+1, err)
	}
}
