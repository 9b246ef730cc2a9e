package sqlite

import (
	"context"
	"time"

	"freecar/internal/sqlitex"
	"freecar/profile"
)

// enqueue makes a licence wait for its photo to be read, in the write of its change; one
// that waits already with the same photo keeps its place.
func enqueue(tx *sqlitex.Tx, l profile.Licence, now time.Time) error {
	if !l.Unread() {
		_, err := tx.Exec(`DELETE FROM unread WHERE account = ?`, l.Account)
		return err
	}
	_, err := tx.Exec(`INSERT INTO unread (account, photo_id, due_at, attempts) VALUES (?, ?, ?, 0)
		ON CONFLICT (account) DO UPDATE SET photo_id = excluded.photo_id, due_at = excluded.due_at, attempts = 0
		WHERE unread.photo_id <> excluded.photo_id`, l.Account, l.Photo.Current, now.UnixMilli())
	return err
}

// ClaimUnread gives out what is due. It asks before it writes, since mostly nothing is.
func (r *Licences) ClaimUnread(ctx context.Context, now time.Time, again func(int) time.Duration, limit int) ([]profile.Waiting, error) {
	var due bool
	err := r.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM unread WHERE due_at <= ?)`, now.UnixMilli()).Scan(&due)
	if err != nil || !due {
		return nil, err
	}
	var claimed []profile.Waiting
	err = r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if claimed, err = dueNow(tx, now, limit); err != nil {
			return err
		}
		for _, w := range claimed {
			if _, err := tx.Exec(`UPDATE unread SET attempts = ?, due_at = ? WHERE account = ?`,
				w.Attempts, now.Add(again(w.Attempts)).UnixMilli(), w.Account); err != nil {
				return err
			}
		}
		return nil
	})
	return claimed, err
}

func dueNow(tx *sqlitex.Tx, now time.Time, limit int) (due []profile.Waiting, err error) {
	rows, err := tx.Query(`SELECT account, photo_id, attempts + 1 FROM unread WHERE due_at <= ? ORDER BY due_at, account LIMIT ?`, now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w profile.Waiting
		if err := rows.Scan(&w.Account, &w.PhotoID, &w.Attempts); err != nil {
			return nil, err
		}
		due = append(due, w)
	}
	return due, rows.Err()
}
