package sqlite

import (
	"context"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// Erase changes an account for the last time.
func (s Accounts) Erase(ctx context.Context, id string, erase func(*user.Account, user.Estate) (user.Change, error)) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		a, err := accountIn(tx, id)
		if err != nil {
			return err
		}
		estate, err := estateIn(tx, id)
		if err != nil {
			return err
		}
		c, err := erase(&a, estate)
		if err != nil || c.IsZero() {
			return err
		}
		if err := post(tx, c.Entries); err != nil {
			return err
		}
		if err := forget(tx, id); err != nil {
			return err
		}
		return s.save(ctx, tx, a, c)
	})
}

func estateIn(tx *sqlitex.Tx, id string) (e user.Estate, err error) {
	if e.Wallet, err = walletIn(tx, id); err != nil {
		return e, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM holds WHERE account_id = ?1 AND state = 'placed'),
		EXISTS (SELECT 1 FROM top_ups WHERE account_id = ?1 AND state = 'pending')`, id).Scan(&e.Holds, &e.Pending)
	return e, err
}

// forget drops what an account has besides its row and the books, in which nobody's words
// about it stay.
func forget(tx *sqlitex.Tx, id string) error {
	for _, statement := range []string{
		`DELETE FROM sessions WHERE subject_id = ?`, // and their tokens
		`DELETE FROM second_factors WHERE account_id = ?`,
		`UPDATE avatars SET blob_id = '', next_id = '' WHERE account_id = ?`, // the blob service hears of the erasure itself
		`DELETE FROM idempotency_keys WHERE principal = ?`,
		`UPDATE corrections SET reason = '' WHERE entry_id IN (SELECT id FROM entries WHERE account_id = ?)`,
	} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	return nil
}

// refuseErased keeps money from a wallet whose account is no more.
func refuseErased(tx *sqlitex.Tx, accountID string) error {
	var erased bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ? AND status = 'erased')`, accountID).Scan(&erased)
	if err == nil && erased {
		err = user.ErrAccountErased
	}
	return err
}
