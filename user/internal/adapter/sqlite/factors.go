package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// SecondFactors is the table of second factors.
type SecondFactors struct{ *Store }

var _ user.SecondFactors = SecondFactors{}

const factorOf = `SELECT sealed, confirmed_at, spent, wrong, locked_until FROM second_factors WHERE account_id = ?`

// Factor is an account's.
func (s SecondFactors) Factor(ctx context.Context, accountID string) (user.SecondFactor, error) {
	return scanFactor(s.db.Reader().QueryRowContext(ctx, factorOf, accountID))
}

// Update changes the factor of an account.
func (s SecondFactors) Update(ctx context.Context, accountID string, change func(*user.SecondFactor) error) (user.SecondFactor, error) {
	var f user.SecondFactor
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if f, err = scanFactor(tx.QueryRow(factorOf, accountID)); err != nil {
			return err
		}
		before := f
		if err := change(&f); err != nil || f == before {
			return err
		}
		return saveFactor(tx, accountID, f)
	})
	if err != nil {
		return user.SecondFactor{}, err
	}
	return f, nil
}

func saveFactor(tx *sqlitex.Tx, accountID string, f user.SecondFactor) error {
	if f == (user.SecondFactor{}) {
		return dropFactor(tx, accountID)
	}
	_, err := tx.Exec(`INSERT OR REPLACE INTO second_factors (account_id, sealed, confirmed_at, spent, wrong, locked_until) VALUES (?, ?, ?, ?, ?, ?)`,
		accountID, f.Sealed, sqlitex.NullMillis(f.ConfirmedAt), f.Spent, f.Wrong, sqlitex.NullMillis(f.LockedUntil))
	return err
}

func dropFactor(tx *sqlitex.Tx, accountID string) error {
	_, err := tx.Exec(`DELETE FROM second_factors WHERE account_id = ?`, accountID)
	return err
}

func scanFactor(row scanner) (user.SecondFactor, error) {
	var (
		f                      user.SecondFactor
		confirmed, lockedUntil sql.NullInt64
	)
	err := row.Scan(&f.Sealed, &confirmed, &f.Spent, &f.Wrong, &lockedUntil)
	if errors.Is(err, sql.ErrNoRows) {
		return user.SecondFactor{}, nil
	}
	f.ConfirmedAt, f.LockedUntil = sqlitex.FromNullMillis(confirmed), sqlitex.FromNullMillis(lockedUntil)
	return f, err
}
