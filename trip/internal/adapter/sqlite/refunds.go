package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// Refunds is the table of what was paid back, in the file of the trips.
type Refunds struct{ db *sqlitex.DB }

var _ trip.Refunds = Refunds{}

// NewRefunds takes the trips' file.
func NewRefunds(trips *Trips) Refunds { return Refunds{db: trips.db} }

// Save takes a refund.
func (r Refunds) Save(ctx context.Context, refund trip.Refund) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT INTO refunds (trip_id, total, version) VALUES (?, ?, ?)
			ON CONFLICT (trip_id) DO UPDATE SET total = excluded.total, version = excluded.version WHERE excluded.version > version`,
			refund.TripID, refund.Total.Amount, refund.Version)
		return err
	})
}

// Refunded is all that was paid back of a trip.
func (r Refunds) Refunded(ctx context.Context, tripID string) (money.Money, error) {
	var total int64
	err := r.db.Reader().QueryRowContext(ctx, `SELECT total FROM refunds WHERE trip_id = ?`, tripID).Scan(&total)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return money.Of(total), err
}
