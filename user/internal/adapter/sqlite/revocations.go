package sqlite

import (
	"context"
	"time"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// Revocations is the table of access tokens that count no longer.
type Revocations struct{ *Store }

var _ user.Revocations = Revocations{}

// After lists by seq. The end of the list is read first: what is saved between the two
// queries lies behind it and is left to the next page.
func (s Revocations) After(ctx context.Context, after int64, now time.Time, limit int) (user.RevocationPage, error) {
	var page user.RevocationPage
	if err := s.db.Reader().QueryRowContext(ctx,
		`SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'revocations'), 0)`).Scan(&page.Next); err != nil {
		return user.RevocationPage{}, err
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT seq, subject, session, before, spared, until FROM revocations
		WHERE seq > ? AND seq <= ? AND until > ? ORDER BY seq LIMIT ?`, after, page.Next, now.UnixMilli(), limit+1)
	if err != nil {
		return user.RevocationPage{}, err
	}
	page.Items, err = collect(rows, scanRevocation)
	if err == nil && len(page.Items) > limit {
		page.Items, page.More = page.Items[:limit], true
		page.Next = page.Items[limit-1].Seq
	}
	return page, err
}

// Forget drops revocations whose time is over.
func (s Revocations) Forget(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM revocations WHERE until <= ?`, now.UnixMilli())
		return err
	})
}

func revoke(tx *sqlitex.Tx, r user.Revocation) error {
	_, err := tx.Exec(`INSERT INTO revocations (subject, session, before, spared, until) VALUES (?, ?, ?, ?, ?)`,
		r.Subject, r.Session, r.Before, r.Spared, r.Until.UnixMilli())
	return err
}

// applyAccess does what a change of a subject says of its sessions, tokens and factor.
func applyAccess(tx *sqlitex.Tx, subject string, version int64, c user.Change) error {
	if c.Access.DropsFactor {
		if err := dropFactor(tx, subject); err != nil {
			return err
		}
	}
	if c.Access.EndsSessions {
		if _, err := tx.Exec(`UPDATE sessions SET ended_at = ? WHERE subject_id = ? AND ended_at IS NULL AND id <> ?`,
			c.At.UnixMilli(), subject, c.Access.Spared); err != nil {
			return err
		}
	}
	if !c.Access.Revokes {
		return nil
	}
	return revoke(tx, c.Revocation(subject, version))
}

func scanRevocation(row scanner) (user.Revocation, error) {
	var r user.Revocation
	var until int64
	err := row.Scan(&r.Seq, &r.Subject, &r.Session, &r.Before, &r.Spared, &until)
	r.Until = fromMillis(until)
	return r, err
}
