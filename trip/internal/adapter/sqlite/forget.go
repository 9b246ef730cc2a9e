package sqlite

import (
	"context"

	"freecar/internal/sqlitex"
)

// forgetting is what drops what people wrote of an account's rentals.
var forgetting = []string{
	`UPDATE trips SET doc = CAST(json_remove(CAST(doc AS TEXT), '$.end_note', '$.key', '$.start_key') AS BLOB) WHERE account = ?`,
	`DELETE FROM idempotency WHERE principal = ?`,
}

// Forget drops what people wrote. No event tells of it, since none ever held it.
func (r *Trips) Forget(ctx context.Context, account string) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		for _, statement := range forgetting {
			if _, err := tx.Exec(statement, account); err != nil {
				return err
			}
		}
		return nil
	})
}
