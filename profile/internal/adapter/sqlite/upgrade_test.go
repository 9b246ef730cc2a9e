package sqlite

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/internal/sqlitex"
	"freecar/profile"
)

// TestAFileFromBeforeNumbersGoesOn opens a file of the first schema with what was in it:
// who was verified holds the number, the first of two.
func TestAFileFromBeforeNumbersGoesOn(t *testing.T) {
	const first = "migrations/00001_licences.sql"
	schema, err := migrations.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "profile.db")
	old, err := sqlitex.Open(t.Context(), path, sqlitex.Normal, fstest.MapFS{first: {Data: schema}})
	if err != nil {
		t.Fatal(err)
	}
	err = old.Write(t.Context(), func(tx *sqlitex.Tx) error {
		for account, doc := range map[string]string{
			"1": `{"account":"1","status":"verified","number":"b 1-a","country":"DE","photo_id":"p","version":2}`,
			"2": `{"account":"2","status":"verified","number":"B1A","country":"DE","version":2}`,
			"3": `{"account":"3","status":"pending","number":"C1","country":"DE","version":1}`,
		} {
			status := "verified"
			if account == "3" {
				status = "pending"
			}
			if _, err := tx.Exec(`INSERT INTO licences VALUES (?, ?, 1, ?)`, account, status, []byte(doc)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	store, err := NewLicences(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	one := profile.Submission{Number: "B1A", Country: "DE"}
	if holder, err := store.Holder(t.Context(), one.NumberKey()); err != nil || holder != "1" {
		t.Errorf("held by %q, %v", holder, err)
	}
	if _, err := store.Holder(t.Context(), "DE/C1"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a pending one holds its number: %v", err)
	}
	if l, err := store.Licence(t.Context(), "1"); err != nil || l.Photo != (photo.Slot{Current: "p"}) || l.Status != profile.Verified || l.Reading != (profile.Reading{}) {
		t.Errorf("got %+v, %v", l, err)
	}
}
