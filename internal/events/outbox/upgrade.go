package outbox

import "freecar/internal/sqlitex"

// What brings a table of an earlier release up to date. The transaction has the file's
// lock from its beginning, so that of two instances one changes it and the other finds it
// changed.

// addActor adds who of the staff caused an event.
func addActor(tx *sqlitex.Tx) error {
	has, err := hasColumn(tx, "actor")
	if err != nil || has {
		return err
	}
	_, err = tx.Exec(`ALTER TABLE events ADD COLUMN actor TEXT NOT NULL DEFAULT ''`)
	return err
}

// addPlace makes the relay's place in the sequence of events: all up to it are published.
// The store has one writer, so sequence numbers become visible in their order. Before,
// each event had a mark of its own, which cost an index.
func addPlace(tx *sqlitex.Tx) error {
	if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS relayed (seq INTEGER NOT NULL)`); err != nil {
		return err
	}
	var has bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM relayed)`).Scan(&has); err != nil || has {
		return err
	}
	marked, err := hasColumn(tx, "published")
	if err != nil {
		return err
	}
	if !marked {
		_, err := tx.Exec(`INSERT INTO relayed VALUES (0)`)
		return err
	}
	if _, err := tx.Exec(`INSERT INTO relayed SELECT coalesce((SELECT min(seq) - 1 FROM events WHERE published = 0), (SELECT max(seq) FROM events), 0)`); err != nil {
		return err
	}
	_, err = tx.Exec(`DROP INDEX IF EXISTS events_pending`)
	return err
}

func hasColumn(tx *sqlitex.Tx, name string) (has bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM pragma_table_info('events') WHERE name = ?)`, name).Scan(&has)
	return has, err
}
