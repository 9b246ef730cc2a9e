package sqlite

import (
	"context"
	"fmt"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Corrections books what staff correct.
type Corrections struct{ *Store }

var _ user.Corrections = Corrections{}

// Adjust saves an adjustment under a key.
func (s Corrections) Adjust(ctx context.Context, key idem.Key, a user.Adjustment, c user.Change) (user.WalletEntry, bool, error) {
	about := func(tx *sqlitex.Tx) (string, error) {
		var known bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?)`, a.AccountID).Scan(&known)
		if err == nil && !known {
			err = errs.Missing("account")
		}
		return a.AccountID, err
	}
	return s.once(ctx, key, a.At, about, func(tx *sqlitex.Tx) (user.Change, error) {
		if err := post(tx, c.Entries); err != nil {
			return c, err
		}
		event, err := s.encode.Adjustment(ctx, c, a)
		if err != nil {
			return c, err
		}
		return c, s.outbox.Append(tx, event)
	})
}

// Refund changes a trip's hold under a key.
func (s Corrections) Refund(ctx context.Context, key idem.Key, tripID string, now time.Time, change func(*user.Hold) (user.Change, error)) (user.WalletEntry, bool, error) {
	var hold user.Hold
	about := func(tx *sqlitex.Tx) (account string, err error) {
		hold, err = holdIn(tx, tripID)
		return hold.AccountID, noRows(err, "trip")
	}
	return s.once(ctx, key, now, about, func(tx *sqlitex.Tx) (user.Change, error) {
		return Holds(s).change(ctx, tx, &hold, change)
	})
}

// once books one entry of an account under a key, or finds what was booked under it.
func (s Corrections) once(ctx context.Context, key idem.Key, now time.Time, about func(*sqlitex.Tx) (accountID string, err error),
	book func(*sqlitex.Tx) (user.Change, error)) (entry user.WalletEntry, again bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		account, err := about(tx)
		if err != nil {
			return err
		}
		id, err := usedFor(tx, key, now)
		if err != nil {
			return err
		}
		if again = id != ""; again {
			entry, err = scanEntry(tx.QueryRow(`SELECT `+entryColumns+` WHERE account_id = ? AND id = ?`, account, id))
			return err
		}
		if err := refuseErased(tx, account); err != nil {
			return err
		}
		c, err := book(tx)
		if err != nil {
			return err
		}
		if len(c.Entries) != 1 {
			return fmt.Errorf("sqlite: %s has %d entries, want one", c.Event, len(c.Entries))
		}
		entry = c.Entries[0].Seen()
		return use(tx, key, now, entry.ID)
	})
	if err != nil {
		return user.WalletEntry{}, false, err
	}
	return entry, again, nil
}
