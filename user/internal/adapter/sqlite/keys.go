package sqlite

import (
	"database/sql"
	"errors"
	"time"

	"freecar/internal/idem"
	"freecar/internal/sqlitex"
)

// usedFor is what the key was used for less than idem.Keep before now: the id of a top-up
// or of an entry; empty for nothing. Errors: KeyReused.
func usedFor(tx *sqlitex.Tx, k idem.Key, now time.Time) (effectID string, err error) {
	var hash string
	err = tx.QueryRow(`SELECT effect_id, body_hash FROM idempotency_keys WHERE principal = ? AND operation = ? AND value = ? AND at > ?`,
		k.Principal, k.Operation, k.Value, now.Add(-idem.Keep).UnixMilli()).Scan(&effectID, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return effectID, k.Check(hash)
}

// use records what the key is used for.
func use(tx *sqlitex.Tx, k idem.Key, now time.Time, effectID string) error {
	// A key that is too old is still there until somebody tidies up.
	_, err := tx.Exec(`INSERT OR REPLACE INTO idempotency_keys (principal, operation, value, body_hash, at, effect_id) VALUES (?, ?, ?, ?, ?, ?)`,
		k.Principal, k.Operation, k.Value, k.BodyHash, now.UnixMilli(), effectID)
	return err
}
