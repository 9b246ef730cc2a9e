package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"freecar/internal/errs"
)

// before is the serial that a page ends above. A cursor is the id of the last trip of the
// page before: it tells nothing about how many trips there are.
func (r *Trips) before(ctx context.Context, account, cursor string) (serial int64, err error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	err = r.db.Reader().QueryRowContext(ctx, `SELECT serial FROM trips WHERE id = ? AND accepted = 1 AND (? = '' OR account = ?)`, cursor, account, account).Scan(&serial)
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	return serial, err
}
