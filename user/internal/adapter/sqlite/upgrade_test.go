package sqlite

import (
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/internal/sqlitex"
)

// TestAFileFromBeforeCorrectionsGoesOn opens a file of the first schema with what was in it.
func TestAFileFromBeforeCorrectionsGoesOn(t *testing.T) {
	const first = "migrations/00001_user.sql"
	schema, err := migrations.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "user.db")
	old, err := sqlitex.Open(t.Context(), path, sqlitex.Full, fstest.MapFS{first: {Data: schema}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1_900_000_000_000).UTC()
	key := idem.Key{Principal: "1", Operation: "user.TopUp", Value: "k", BodyHash: "b"}
	err = old.Write(t.Context(), func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`INSERT INTO holds VALUES ('t', 'h', '1', 2000, 700, 'captured', 1, 2, 2)`); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO entries VALUES ('1', 'e', 5, 'capture', -700, 't')`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO idempotency_keys VALUES ('1', 'user.TopUp', 'k', 'b', ?, 'topup')`, now.UnixMilli())
		return err
	})
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if h, err := (Holds{store}).Hold(t.Context(), "t"); err != nil || h.Captured != money.Of(700) || h.Refunded != money.Of(0) || h.Left() != money.Of(700) {
		t.Errorf("got %+v, %v", h, err)
	}
	err = store.db.Write(t.Context(), func(tx *sqlitex.Tx) error {
		if id, err := usedFor(tx, key, now); err != nil || id != "topup" {
			t.Errorf("the key was used for %q, %v", id, err)
		}
		e, err := scanEntry(tx.QueryRow(`SELECT ` + entryColumns + ` WHERE account_id = '1' AND id = 'e'`))
		if err != nil || e.Amount != money.Of(-700) || e.TripID != "t" || e.By != "" || e.Reason != "" {
			t.Errorf("got %+v, %v", e, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
