// Package sandbox is a payment provider that takes whatever it is asked for, at once. It
// remembers what it took in a file of its own, as a real one does out of our reach.
package sandbox

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/user"
)

//go:embed migrations
var migrations embed.FS

// Payments is the provider.
type Payments struct{ db *sqlitex.DB }

var _ user.Payments = (*Payments)(nil)

// Open opens or creates the provider's file.
func Open(ctx context.Context, path string) (*Payments, error) {
	db, err := sqlitex.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Payments{db: db}, nil
}

// Close closes the file.
func (p *Payments) Close() error { return p.db.Close() }

// Name is the provider's in the ledger.
func (p *Payments) Name() string { return "sandbox" }

// Charge takes the amount. The same id with another amount is a bug of the caller.
func (p *Payments) Charge(ctx context.Context, id string, amount money.Money) (taken bool, err error) {
	err = p.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`INSERT INTO charges (id, amount) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, amount.Amount); err != nil {
			return err
		}
		var before int64
		if err := tx.QueryRow(`SELECT amount FROM charges WHERE id = ?`, id).Scan(&before); err != nil {
			return err
		}
		if before != amount.Amount {
			return fmt.Errorf("sandbox: charge %s was of %s before, not %s", id, money.Of(before), amount)
		}
		return nil
	})
	return err == nil, err
}

// Outcome says what became of a charge.
func (p *Payments) Outcome(ctx context.Context, id string) (taken bool, err error) {
	var amount int64
	err = p.db.Reader().QueryRowContext(ctx, `SELECT amount FROM charges WHERE id = ?`, id).Scan(&amount)
	if errors.Is(err, sql.ErrNoRows) {
		return false, errs.Missing("charge")
	}
	return err == nil, err
}
