package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"freecar/internal/events"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Avatars is the table of avatars. Encode writes what is published of a change.
type Avatars struct {
	*Store
	Encode func(ctx context.Context, c user.AvatarChange, a user.Avatar) (events.Event, error)
}

var _ user.Avatars = Avatars{}

// Avatar finds an account's avatar.
func (s Avatars) Avatar(ctx context.Context, accountID string) (user.Avatar, error) {
	return scanAvatar(accountID, s.db.Reader().QueryRowContext(ctx, `SELECT blob_id, next_id, version FROM avatars WHERE account_id = ?`, accountID))
}

// Update changes an avatar.
func (s Avatars) Update(ctx context.Context, accountID string, change func(*user.Avatar) (user.AvatarChange, error)) (user.Avatar, error) {
	var avatar user.Avatar
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if err := refuseErased(tx, accountID); err != nil {
			return err
		}
		if avatar, err = scanAvatar(accountID, tx.QueryRow(`SELECT blob_id, next_id, version FROM avatars WHERE account_id = ?`, accountID)); err != nil {
			return err
		}
		c, err := change(&avatar)
		if err != nil || c.IsZero() {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO avatars (account_id, blob_id, next_id, version) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET blob_id = excluded.blob_id, next_id = excluded.next_id, version = excluded.version`,
			accountID, avatar.Photo.Current, avatar.Photo.Next, avatar.Version); err != nil {
			return err
		}
		event, err := s.Encode(ctx, c, avatar)
		if err != nil {
			return err
		}
		return s.outbox.Append(tx, event)
	})
	if err != nil {
		return user.Avatar{}, err
	}
	return avatar, nil
}

func scanAvatar(accountID string, row scanner) (user.Avatar, error) {
	a := user.Avatar{AccountID: accountID}
	err := row.Scan(&a.Photo.Current, &a.Photo.Next, &a.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return a, nil
	}
	return a, err
}
