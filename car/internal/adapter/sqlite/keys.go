package sqlite

import (
	"database/sql"
	"errors"

	"freecar/car"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
)

// replay finds what was answered under the key, if that is not too long ago.
func (s *Cars) replay(tx *sqlitex.Tx, k idem.Key) (answered car.Car, found bool, err error) {
	if k.IsZero() {
		return car.Car{}, false, nil
	}
	var hash string
	var doc []byte
	err = tx.QueryRow(`SELECT hash, answer FROM idempotency WHERE principal = ? AND operation = ? AND key = ? AND at >= ?`,
		k.Principal, k.Operation, k.Value, s.keyHorizon()).Scan(&hash, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return car.Car{}, false, nil
	}
	if err != nil {
		return car.Car{}, false, err
	}
	if err := k.Check(hash); err != nil {
		return car.Car{}, false, err
	}
	answered, err = decodeAnswer(doc)
	return answered, true, err
}

// recordKey also forgets all keys that are too old to matter.
func (s *Cars) recordKey(tx *sqlitex.Tx, c car.Car, k idem.Key) error {
	if k.IsZero() {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM idempotency WHERE at < ?`, s.keyHorizon()); err != nil {
		return err
	}
	doc, err := encodeAnswer(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idempotency (principal, operation, key, hash, answer, at) VALUES (?, ?, ?, ?, ?, ?)`,
		k.Principal, k.Operation, k.Value, k.BodyHash, doc, s.clock.Now().UnixMilli())
	return err
}

func (s *Cars) keyHorizon() int64 { return s.clock.Now().Add(-idem.Keep).UnixMilli() }
