package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// TopUps is the table of top-ups and that of their idempotency keys.
type TopUps struct{ *Store }

var _ user.TopUps = TopUps{}

const topUpColumns = `id, account_id, amount, state, at, settled_at, version`

// Request saves a new top-up under a key.
func (s TopUps) Request(ctx context.Context, key idem.Key, t user.TopUp, c user.Change) (saved user.TopUp, again bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		saved, again = t, false
		id, err := usedFor(tx, key, t.At)
		if err != nil {
			return err
		}
		if again = id != ""; again {
			saved, err = topUpIn(tx, id)
			return err
		}
		if err := refuseErased(tx, t.AccountID); err != nil {
			return err
		}
		return s.insert(ctx, tx, key, t, c)
	})
	if err != nil {
		return user.TopUp{}, false, err
	}
	return saved, again, nil
}

func (s TopUps) insert(ctx context.Context, tx *sqlitex.Tx, k idem.Key, t user.TopUp, c user.Change) error {
	if err := use(tx, k, t.At, t.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO top_ups (`+topUpColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.AccountID, t.Amount.Amount, string(t.State), t.At.UnixMilli(), sqlitex.NullMillis(t.SettledAt), t.Version); err != nil {
		return err
	}
	return s.record(ctx, tx, t, c)
}

// Update changes a top-up.
func (s TopUps) Update(ctx context.Context, id string, change func(*user.TopUp) (user.Change, error)) (user.TopUp, error) {
	var t user.TopUp
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if t, err = topUpIn(tx, id); err != nil {
			return err
		}
		c, err := change(&t)
		if err != nil || c.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE top_ups SET state = ?, settled_at = ?, version = ? WHERE id = ?`,
			string(t.State), sqlitex.NullMillis(t.SettledAt), t.Version, t.ID); err != nil {
			return err
		}
		if t.State == user.Declined {
			if _, err := tx.Exec(`DELETE FROM idempotency_keys WHERE effect_id = ?`, t.ID); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, t, c)
	})
	if err != nil {
		return user.TopUp{}, err
	}
	return t, nil
}

// record writes what goes with a change of a top-up.
func (s TopUps) record(ctx context.Context, tx *sqlitex.Tx, t user.TopUp, c user.Change) error {
	if err := post(tx, c.Entries); err != nil {
		return err
	}
	event, err := s.encode.TopUp(ctx, c, t)
	if err != nil {
		return err
	}
	return s.outbox.Append(tx, event)
}

// Pending lists pending top-ups, the oldest first.
func (s TopUps) Pending(ctx context.Context, before time.Time, after user.TopUp, limit int) ([]user.TopUp, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+topUpColumns+` FROM top_ups
		WHERE state = 'pending' AND at < ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?`, before.UnixMilli(), sqlitex.Millis(after.At), after.ID, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanTopUp)
}

// ForgetKeys drops keys used before a time.
func (s TopUps) ForgetKeys(ctx context.Context, before time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotency_keys WHERE at < ?`, before.UnixMilli())
		return err
	})
}

func topUpIn(tx *sqlitex.Tx, id string) (user.TopUp, error) {
	t, err := scanTopUp(tx.QueryRow(`SELECT `+topUpColumns+` FROM top_ups WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Missing("top-up")
	}
	return t, err
}

func scanTopUp(row scanner) (user.TopUp, error) {
	var (
		t          user.TopUp
		amount, at int64
		settledAt  sql.NullInt64
	)
	if err := row.Scan(&t.ID, &t.AccountID, &amount, &t.State, &at, &settledAt, &t.Version); err != nil {
		return user.TopUp{}, err
	}
	t.Amount, t.At, t.SettledAt = money.Of(amount), fromMillis(at), sqlitex.FromNullMillis(settledAt)
	return t, nil
}
