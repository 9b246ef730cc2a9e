package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// Guesses is the table of wrong passwords.
type Guesses struct{ *Store }

var _ user.Guesses = Guesses{}

// Failed counts those of a key.
func (s Guesses) Failed(ctx context.Context, key user.SecretHash, now time.Time) (int, time.Time, error) {
	var n int
	var until int64
	err := s.db.Reader().QueryRowContext(ctx, `SELECT failed, until FROM guesses WHERE key = ? AND until > ?`, key[:], now.UnixMilli()).Scan(&n, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	return n, fromMillis(until), err
}

// Fail counts one more.
func (s Guesses) Fail(ctx context.Context, key user.SecretHash, now, until time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT INTO guesses (key, failed, until) VALUES (?1, 1, ?2) ON CONFLICT (key) DO UPDATE SET
			failed = CASE WHEN until > ?3 THEN failed + 1 ELSE 1 END,
			until = CASE WHEN until > ?3 THEN until ELSE excluded.until END`, key[:], until.UnixMilli(), now.UnixMilli())
		return err
	})
}

// Clear forgets those of a key.
func (s Guesses) Clear(ctx context.Context, key user.SecretHash) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM guesses WHERE key = ?`, key[:])
		return err
	})
}

// Forget drops those whose time is over.
func (s Guesses) Forget(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM guesses WHERE until <= ?`, now.UnixMilli())
		return err
	})
}
