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
		if err := refuseErased(tx, accountID); err != nil {
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
			return noRows(err, "hold")
		}
		_, err = s.change(ctx, tx, &hold, change)
		return err
	})
	if err != nil {
		return user.Hold{}, err
	}
	return hold, nil
}

// Hold finds a trip's hold.
func (s Holds) Hold(ctx context.Context, tripID string) (user.Hold, error) {
	hold, err := scanHold(s.db.Reader().QueryRowContext(ctx, holdQuery, tripID))
	return hold, noRows(err, "hold")
}

// change changes a hold in a transaction and writes what goes with it.
func (s Holds) change(ctx context.Context, tx *sqlitex.Tx, h *user.Hold, change func(*user.Hold) (user.Change, error)) (user.Change, error) {
	c, err := change(h)
	if err != nil || c.IsZero() {
		return c, err
	}
	if _, err := tx.Exec(`UPDATE holds SET captured = ?, refunded = ?, state = ?, settled_at = ?, version = ? WHERE trip_id = ?`,
		h.Captured.Amount, h.Refunded.Amount, string(h.State), sqlitex.NullMillis(h.SettledAt), h.Version, h.TripID); err != nil {
		return c, err
	}
	return c, s.record(ctx, tx, *h, c)
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

const holdQuery = `SELECT trip_id, id, account_id, amount, captured, refunded, state, placed_at, settled_at, version FROM holds WHERE trip_id = ?`

func holdIn(tx *sqlitex.Tx, tripID string) (user.Hold, error) {
	return scanHold(tx.QueryRow(holdQuery, tripID))
}

func scanHold(row scanner) (user.Hold, error) {
	var (
		h                                    user.Hold
		amount, captured, refunded, placedAt int64
		settledAt                            sql.NullInt64
	)
	if err := row.Scan(&h.TripID, &h.ID, &h.AccountID, &amount, &captured, &refunded, &h.State, &placedAt, &settledAt, &h.Version); err != nil {
		return user.Hold{}, err
	}
	h.Amount, h.Captured, h.Refunded = money.Of(amount), money.Of(captured), money.Of(refunded)
	h.PlacedAt, h.SettledAt = fromMillis(placedAt), sqlitex.FromNullMillis(settledAt)
	return h, nil
}

// noRows says that there is no such thing when there is no row.
func noRows(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errs.Missing(what)
	}
	return err
}
