package user

import (
	"time"

	"freecar/internal/errs"
)

// SubjectKind says what signed in.
type SubjectKind string

// What signs in.
const (
	AccountSubject SubjectKind = "account"
	DeviceSubject  SubjectKind = "device"
)

// sessionIdle is how long a session lives without being used.
const sessionIdle = 30 * 24 * time.Hour

// lostFor is how long the refresh token before the latest may come again, as long as the
// latest never did: the answer that brought it may have been lost.
const lostFor = 30 * time.Second

// Session is one sign-in: a family of refresh tokens of which only the latest counts.
type Session struct {
	ID        string
	Kind      SubjectKind
	SubjectID string
	Current   SecretHash // of the latest refresh token
	Previous  SecretHash // of the one whose use brought the latest; zero for none
	RotatedAt time.Time  // when Previous was used first; zero when there is none
	StartedAt time.Time
	ExpiresAt time.Time
	EndedAt   time.Time // zero while it lives
}

// ErrBadRefreshToken refuses a refresh token that is unknown, spent or too old.
var ErrBadRefreshToken = errs.E(errs.Unauthenticated, "bad_refresh_token", "This refresh token is not valid any more; sign in again.")

// StartSession begins a session and gives its first refresh token.
func StartSession(id string, kind SubjectKind, subjectID string, now time.Time) (Session, string) {
	refresh, hash := newSecret()
	return Session{
		ID:        id,
		Kind:      kind,
		SubjectID: subjectID,
		Current:   hash,
		StartedAt: now,
		ExpiresAt: now.Add(sessionIdle),
	}, refresh
}

// Alive says that the session can be used.
func (s *Session) Alive(now time.Time) bool { return s.EndedAt.IsZero() && now.Before(s.ExpiresAt) }

// Rotate spends the presented token and puts next in its place; it says whether it did.
// A token that was spent before ends the session: somebody copied it. But the one before
// the latest may come again for a moment, and the latest is spent then, too: whoever has
// that one ends the session by it.
func (s *Session) Rotate(presented, next SecretHash, now time.Time) bool {
	switch {
	case !s.Alive(now):
		return false
	case s.Current.Equal(presented):
		s.Previous, s.RotatedAt = s.Current, now
	case !s.Previous.Equal(presented) || !now.Before(s.RotatedAt.Add(lostFor)):
		s.EndedAt = now
		return false
	}
	s.Current = next
	s.ExpiresAt = now.Add(sessionIdle)
	return true
}
