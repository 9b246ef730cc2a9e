package sqlite

import (
	"database/sql"
	"errors"
	"time"

	"freecar/internal/idem"
	"freecar/internal/sqlitex"
)

// answerOf is the document that was answered under a key; nil when it is new.
func answerOf(tx *sqlitex.Tx, k idem.Key, now time.Time) ([]byte, error) {
	if k.IsZero() {
		return nil, nil
	}
	var hash string
	var doc []byte
	err := tx.QueryRow(`SELECT hash, answer FROM tariff_keys WHERE principal = ? AND operation = ? AND key = ? AND at > ?`,
		k.Principal, k.Operation, k.Value, now.Add(-idem.Keep).UnixMilli()).Scan(&hash, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return doc, k.Check(hash)
}

// keepAnswer records a key with what is answered, and forgets those that are too old.
func keepAnswer(tx *sqlitex.Tx, k idem.Key, doc []byte, now time.Time) error {
	if k.IsZero() {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM tariff_keys WHERE at <= ?`, now.Add(-idem.Keep).UnixMilli()); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO tariff_keys (principal, operation, key, hash, at, answer) VALUES (?, ?, ?, ?, ?, ?)`,
		k.Principal, k.Operation, k.Value, k.BodyHash, now.UnixMilli(), doc)
	return err
}
