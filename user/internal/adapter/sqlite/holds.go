package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Holds is the table of holds.
type Holds struct{ *Store }

var _ user.Holds = Holds{}

// Place saves the hold that place makes.
func (s Holds) Place(ctx context.Context, tripID, accountID string, place func(user.Wallet) (user.Hold, user.Change, error)) (user.Hold, error) {
	var hold user.Hold
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if hold, err = holdIn(tx, tripID); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		wallet, err := walletIn(tx, accountID)
		if err != nil {
			return err
		}
		var change user.Change
		if hold, change, err = place(wallet); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO holds (trip_id, id, account_id, amount, captured, state, placed_at, settled_at, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, hold.TripID, hold.ID, hold.AccountID, hold.Amount.Amount, hold.Captured.Amount,
			string(hold.State), hold.PlacedAt.UnixMilli(), sqlitex.NullMillis(hold.SettledAt), hold.Version); err != nil {
			return err
		}
		return s.record(ctx, tx, hold, change)
	})
	if err != nil {
		return user.Hold{}, err
	}
	return hold, nil
}

// Update changes a trip's hold.
func (s Holds) Update(ctx context.Context, tripID string, change func(*user.Hold) (user.Change, error)) (user.Hold, error) {
	var hold user.Hold
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if hold, err = holdIn(tx, tripID); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = errs.Missing("hold")
			}
			return err
		}
		c, err := change(&hold)
		if err != nil || c.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE holds SET captured = ?, state = ?, settled_at = ?, version = ? WHERE trip_id = ?`,
			hold.Captured.Amount, string(hold.State), sqlitex.NullMillis(hold.SettledAt), hold.Version, hold.TripID); err != nil {
			return err
		}
		return s.record(ctx, tx, hold, c)
	})
	if err != nil {
		return user.Hold{}, err
	}
	return hold, nil
}

// record writes what goes with a change of a hold.
func (s Holds) record(ctx context.Context, tx *sqlitex.Tx, h user.Hold, c user.Change) error {
	if err := post(tx, c.Entries); err != nil {
		return err
	}
	event, err := s.encode.Hold(ctx, c, h)
	if err != nil {
		return err
	}
	return s.outbox.Append(tx, event)
}

func holdIn(tx *sqlitex.Tx, tripID string) (user.Hold, error) {
	var (
		h                          user.Hold
		amount, captured, placedAt int64
		settledAt                  sql.NullInt64
	)
	err := tx.QueryRow(`SELECT trip_id, id, account_id, amount, captured, state, placed_at, settled_at, version FROM holds WHERE trip_id = ?`, tripID).
		Scan(&h.TripID, &h.ID, &h.AccountID, &amount, &captured, &h.State, &placedAt, &settledAt, &h.Version)
	if err != nil {
		return user.Hold{}, err
	}
	h.Amount, h.Captured = money.Of(amount), money.Of(captured)
	h.PlacedAt, h.SettledAt = fromMillis(placedAt), sqlitex.FromNullMillis(settledAt)
	return h, nil
}
