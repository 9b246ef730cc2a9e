package sqlite

import (
	"context"
	"time"

	"freecar/internal/idem"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// recordKey also forgets keys that are too old to matter, a few at a time.
func recordKey(tx *sqlitex.Tx, k idem.Key, tripID string, now time.Time) error {
	if k.IsZero() {
		return nil
	}
	tooOld := now.Add(-idem.Keep).UnixMilli()
	if _, err := tx.Exec(`DELETE FROM idempotency WHERE (principal, operation, key) IN
		(SELECT principal, operation, key FROM idempotency WHERE at < ? ORDER BY at LIMIT 10)`, tooOld); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM idempotency WHERE principal = ? AND operation = ? AND key = ? AND at < ?`,
		k.Principal, k.Operation, k.Value, tooOld); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO idempotency (principal, operation, key, hash, trip, at) VALUES (?, ?, ?, ?, ?, ?)`,
		k.Principal, k.Operation, k.Value, k.BodyHash, tripID, now.UnixMilli())
	if sqlitex.Duplicate(err) {
		return trip.ErrDuplicateKey
	}
	return err
}

// ByKey finds what a key recorded.
func (r *Trips) ByKey(ctx context.Context, k idem.Key, now time.Time) (trip.Recorded, error) {
	var (
		recorded trip.Recorded
		serial   int64
		doc      []byte
	)
	err := r.db.Reader().QueryRowContext(ctx, `SELECT i.hash, i.answer IS NOT NULL, t.serial, coalesce(i.answer, t.doc) FROM idempotency i JOIN trips t ON t.id = i.trip
		WHERE i.principal = ? AND i.operation = ? AND i.key = ? AND i.at >= ?`,
		k.Principal, k.Operation, k.Value, now.Add(-idem.Keep).UnixMilli()).Scan(&recorded.Hash, &recorded.Answered, &serial, &doc)
	if err != nil {
		return trip.Recorded{}, missing(err)
	}
	recorded.Trip, err = decode(doc, serial)
	return recorded, err
}

// settleKeys follows what became of the requests that the keys are of.
func settleKeys(tx *sqlitex.Tx, before, t trip.Trip, doc []byte) error {
	switch {
	case t.Answered() && !before.Answered():
		if err := answerKey(tx, t.Key, doc); err != nil {
			return err
		}
	case !t.Answered() && !t.Live():
		if err := freeKey(tx, t.Key, t.ID); err != nil {
			return err
		}
	}
	for _, c := range t.Changes() {
		if err := recordKey(tx, c.Key, t.ID, c.At); err != nil {
			return err
		}
		if err := answerKey(tx, c.Key, doc); err != nil {
			return err
		}
	}
	if t.StartKey != before.StartKey {
		if err := freeKey(tx, before.StartKey, t.ID); err != nil {
			return err
		}
		return recordKey(tx, t.StartKey, t.ID, t.Term.StartAt)
	}
	if t.Accepted && !before.Accepted {
		return answerKey(tx, t.StartKey, doc)
	}
	return nil
}

func answerKey(tx *sqlitex.Tx, k idem.Key, doc []byte) error {
	if k.IsZero() {
		return nil
	}
	_, err := tx.Exec(`UPDATE idempotency SET answer = ? WHERE principal = ? AND operation = ? AND key = ?`,
		doc, k.Principal, k.Operation, k.Value)
	return err
}

func freeKey(tx *sqlitex.Tx, k idem.Key, tripID string) error {
	if k.IsZero() {
		return nil
	}
	_, err := tx.Exec(`DELETE FROM idempotency WHERE principal = ? AND operation = ? AND key = ? AND trip = ?`,
		k.Principal, k.Operation, k.Value, tripID)
	return err
}
