package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"freecar/internal/errs"
	"freecar/trip"
)

const rentals = `SELECT serial, doc FROM trips
	WHERE (account = ? AND accepted = 1 OR account = ? AND lapsed_at IS NOT NULL OR rental_slot = ?) AND serial < ?
	ORDER BY serial DESC LIMIT ?`

// Rentals lists an account's rentals. Each kind has its index: those that became trips,
// those that lapsed, and the one that is live.
func (r *Trips) Rentals(ctx context.Context, account, cursor string, limit int) (trip.Page, error) {
	before, err := r.rentalsBefore(ctx, account, cursor)
	if err != nil {
		return trip.Page{}, err
	}
	rows, err := r.db.Reader().QueryContext(ctx, rentals, account, account, account, before, limit)
	if err != nil {
		return trip.Page{}, err
	}
	defer rows.Close()
	var page trip.Page
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return trip.Page{}, err
		}
		page.Trips = append(page.Trips, t)
	}
	if len(page.Trips) == limit {
		page.Next = page.Trips[limit-1].ID
	}
	return page, rows.Err()
}

// rentalsBefore is the serial that a page ends above.
func (r *Trips) rentalsBefore(ctx context.Context, account, cursor string) (serial int64, err error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	err = r.db.Reader().QueryRowContext(ctx, `SELECT serial FROM trips WHERE id = ? AND account = ?`, cursor, account).Scan(&serial)
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	return serial, err
}
