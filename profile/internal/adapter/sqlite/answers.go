package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
	"freecar/profile"
)

// Answer finds what was kept under a key.
func (r *Licences) Answer(ctx context.Context, k idem.Key, now time.Time) (profile.Answer, error) {
	var hash string
	var doc []byte
	err := r.db.Reader().QueryRowContext(ctx, `SELECT hash, answer FROM idempotency
		WHERE principal = ? AND operation = ? AND key = ? AND at >= ?`,
		k.Principal, k.Operation, k.Value, tooOld(now)).Scan(&hash, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return profile.Answer{}, errs.Missing("answer")
	}
	if err != nil {
		return profile.Answer{}, err
	}
	k.BodyHash = hash
	upload, err := decodeUpload(doc)
	return profile.Answer{Key: k, Upload: upload}, err
}

// keep saves the change's answer. It also forgets keys that are too old to matter, a few
// at a time.
func keep(tx *sqlitex.Tx, c profile.Change) error {
	k := c.Answer.Key
	if k.IsZero() {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM idempotency WHERE (principal, operation, key) IN
		(SELECT principal, operation, key FROM idempotency WHERE at < ? ORDER BY at LIMIT 10)`, tooOld(c.At)); err != nil {
		return err
	}
	doc, err := encodeUpload(c.Answer.Upload)
	if err != nil {
		return err
	}
	kept, err := tx.Exec(`INSERT INTO idempotency (principal, operation, key, hash, at, answer) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (principal, operation, key) DO UPDATE SET hash = excluded.hash, at = excluded.at, answer = excluded.answer
		WHERE idempotency.at < ? OR json_extract(CAST(idempotency.answer AS TEXT), '$.blob_id') = ?`,
		k.Principal, k.Operation, k.Value, k.BodyHash, c.At.UnixMilli(), doc, tooOld(c.At), c.Answer.Replaces)
	if err == nil && kept == 0 {
		return profile.ErrDuplicateKey
	}
	return err
}

// ForgetAnswers drops what was kept for an account.
func (r *Licences) ForgetAnswers(ctx context.Context, account string) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotency WHERE principal = ?`, account)
		return err
	})
}

func tooOld(now time.Time) int64 { return now.Add(-idem.Keep).UnixMilli() }
