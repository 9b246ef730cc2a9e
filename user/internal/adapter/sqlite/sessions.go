package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Sessions is the table of sessions and that of their refresh tokens.
type Sessions struct{ *Store }

var _ user.Sessions = Sessions{}

const sessionColumns = `id, kind, subject_id, current, previous, rotated_at, started_at, expires_at, ended_at`

// Start saves a new session.
func (s Sessions) Start(ctx context.Context, session user.Session, version int64) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		now, err := versionIn(tx, session)
		switch {
		case err != nil:
			return err
		case now != version:
			return user.ErrMovedOn
		}
		return insertSession(tx, session)
	})
}

// versionIn is that of a session's subject; 0 for one that is gone.
func versionIn(tx *sqlitex.Tx, s user.Session) (version int64, err error) {
	query := `SELECT version FROM accounts WHERE id = ?`
	if s.Kind == user.DeviceSubject {
		query = `SELECT version FROM devices WHERE id = ?`
	}
	if err = tx.QueryRow(query, s.SubjectID).Scan(&version); errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return version, err
}

func insertSession(tx *sqlitex.Tx, s user.Session) error {
	if _, err := tx.Exec(`INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.ID, string(s.Kind), s.SubjectID, s.Current[:], s.Previous[:], sqlitex.NullMillis(s.RotatedAt),
		s.StartedAt.UnixMilli(), s.ExpiresAt.UnixMilli(), sqlitex.NullMillis(s.EndedAt)); err != nil {
		return err
	}
	return insertToken(tx, s)
}

func insertToken(tx *sqlitex.Tx, s user.Session) error {
	_, err := tx.Exec(`INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)`, s.Current[:], s.ID)
	return err
}

// Use changes the session that a refresh token belongs to.
func (s Sessions) Use(ctx context.Context, token user.SecretHash, change func(*user.Session) error) (session user.Session, version int64, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		session, err = scanSession(tx.QueryRow(`SELECT `+sessionColumns+`
			FROM refresh_tokens JOIN sessions ON id = session_id WHERE hash = ?`, token[:]))
		if errors.Is(err, sql.ErrNoRows) {
			return errs.Missing("session")
		}
		if err != nil {
			return err
		}
		if version, err = versionIn(tx, session); err != nil {
			return err
		}
		before := session
		if err := change(&session); err != nil || session == before {
			return err
		}
		return saveSession(tx, before, session)
	})
	if err != nil {
		return user.Session{}, 0, err
	}
	return session, version, nil
}

// End ends a session.
func (s Sessions) End(ctx context.Context, id string, now time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		session, err := scanSession(tx.QueryRow(`SELECT `+sessionColumns+` FROM sessions WHERE id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil || !session.EndedAt.IsZero() {
			return err
		}
		before := session
		session.EndedAt = now
		return saveSession(tx, before, session)
	})
}

// Of lists the sessions of a subject that live.
func (s Sessions) Of(ctx context.Context, subjectID string, now time.Time) ([]user.Session, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions
		WHERE subject_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY started_at DESC, id DESC`, subjectID, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	return collect(rows, scanSession)
}

// saveSession writes a changed session, and revokes one that has ended by it.
func saveSession(tx *sqlitex.Tx, before, s user.Session) error {
	if err := updateSession(tx, before, s); err != nil {
		return err
	}
	if s.EndedAt.IsZero() || !before.EndedAt.IsZero() {
		return nil
	}
	return revoke(tx, s.Revocation())
}

func updateSession(tx *sqlitex.Tx, before, s user.Session) error {
	if _, err := tx.Exec(`UPDATE sessions SET current = ?, previous = ?, rotated_at = ?, expires_at = ?, ended_at = ? WHERE id = ?`,
		s.Current[:], s.Previous[:], sqlitex.NullMillis(s.RotatedAt), s.ExpiresAt.UnixMilli(), sqlitex.NullMillis(s.EndedAt), s.ID); err != nil {
		return err
	}
	if s.Current == before.Current {
		return nil
	}
	if _, err := tx.Exec(`UPDATE refresh_tokens SET spent_at = ? WHERE hash = ?`, sqlitex.NullMillis(s.RotatedAt), before.Current[:]); err != nil {
		return err
	}
	return insertToken(tx, s)
}

// Forget drops sessions that ended or expired before a time, and tokens spent before another.
func (s Sessions) Forget(ctx context.Context, over, spent time.Time) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`DELETE FROM sessions WHERE expires_at < ?1 OR ended_at < ?1`, over.UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM refresh_tokens WHERE spent_at < ?`, spent.UnixMilli())
		return err
	})
}

func scanSession(row scanner) (user.Session, error) {
	var (
		s                    user.Session
		current, previous    []byte
		startedAt, expiresAt int64
		rotatedAt, endedAt   sql.NullInt64
	)
	if err := row.Scan(&s.ID, &s.Kind, &s.SubjectID, &current, &previous, &rotatedAt, &startedAt, &expiresAt, &endedAt); err != nil {
		return user.Session{}, err
	}
	copy(s.Current[:], current)
	copy(s.Previous[:], previous)
	s.RotatedAt = sqlitex.FromNullMillis(rotatedAt)
	s.StartedAt, s.ExpiresAt, s.EndedAt = fromMillis(startedAt), fromMillis(expiresAt), sqlitex.FromNullMillis(endedAt)
	return s, nil
}
