package user_test

import (
	"context"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/user"
)

// rotated is Sessions after which something happens once a token was used.
type rotated struct {
	user.Sessions
	then func()
}

func (r *rotated) Use(ctx context.Context, token user.SecretHash, change func(*user.Session) error) (user.Session, int64, error) {
	session, version, err := r.Sessions.Use(ctx, token, change)
	if then := r.then; then != nil {
		r.then = nil
		then()
	}
	return session, version, err
}

// issued remembers whom the last token was for.
type issued struct {
	readable
	last auth.Principal
}

func (i *issued) Issue(p auth.Principal) (string, time.Duration, error) {
	i.last = p
	return i.readable.Issue(p)
}

// counts says whether no revocation means a token of p.
func (o office) counts(t *testing.T, p auth.Principal) bool {
	t.Helper()
	for _, r := range o.revoked(t) {
		if r.Subject == p.Subject && (r.Session == p.Session || r.Session == "" && r.Spared != p.Session && p.Version < r.Before) {
			return false
		}
	}
	return true
}

// TestRefreshMeanwhile has access end after a refresh token was exchanged and before the
// access token is written.
func TestRefreshMeanwhile(t *testing.T) {
	open := func(t *testing.T) (office, *rotated, *issued) {
		sessions, tokens := &rotated{}, &issued{}
		o := newOfficeWith(t, func(c *user.PeopleConfig) {
			sessions.Sessions = c.Sessions
			c.Sessions, c.Tokens = sessions, tokens
		})
		return o, sessions, tokens
	}
	t.Run("another password revokes the token, and spares that of the session that asked", func(t *testing.T) {
		o, sessions, tokens := open(t)
		here, there := o.signUp(t, ada()), o.signIn(t)
		for _, tc := range []struct {
			grant  user.Grant
			now    string
			counts bool
		}{{there, "correct horse", false}, {here, "better horse", true}} {
			sessions.then = func() {
				if err := o.ChangePassword(t.Context(), user.ChangePassword{AccountID: here.Account.ID, SessionID: session(here),
					Password: tc.now, NewPassword: "better horse"}); err != nil {
					t.Error(err)
				}
			}
			if _, err := o.Refresh(t.Context(), tc.grant.RefreshToken); err != nil || o.counts(t, tokens.last) != tc.counts {
				t.Errorf("a token of %+v, %v; revoked is %+v", tokens.last, err, o.revoked(t))
			}
		}
	})
	t.Run("an erased account gets none", func(t *testing.T) {
		o, sessions, _ := open(t)
		grant := o.signUp(t, ada())
		sessions.then = func() {
			if err := o.EraseMe(t.Context(), grant.Account.ID); err != nil {
				t.Error(err)
			}
		}
		_, err := o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
	})
	t.Run("a revoked device gets none", func(t *testing.T) {
		o, sessions, _ := open(t)
		d, secret, err := o.RegisterDevice(t.Context(), "Box 7", nil)
		if err != nil {
			t.Fatal(err)
		}
		grant, err := o.SignInDevice(t.Context(), d.ID, secret)
		if err != nil {
			t.Fatal(err)
		}
		sessions.then = func() {
			if err := o.RevokeDevice(t.Context(), d.ID); err != nil {
				t.Error(err)
			}
		}
		_, err = o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
	})
}

func TestLostAnswer(t *testing.T) {
	refresh := func(t *testing.T, o office, token string, want error) string {
		t.Helper()
		grant, err := o.Refresh(t.Context(), token)
		expectError(t, err, want)
		return grant.RefreshToken
	}
	t.Run("the token before the latest may come again for a moment", func(t *testing.T) {
		o := newOffice(t)
		first := o.signUp(t, ada()).RefreshToken
		refresh(t, o, first, nil)
		o.clock.Advance(20 * time.Second)
		refresh(t, o, first, nil)
		o.clock.Advance(9 * time.Second)
		latest := refresh(t, o, refresh(t, o, first, nil), nil)
		if refresh(t, o, latest, nil); len(o.revoked(t)) != 0 {
			t.Errorf("got %+v", o.revoked(t))
		}
	})
	t.Run("and no longer, however often it came", func(t *testing.T) {
		o := newOffice(t)
		first := o.signUp(t, ada()).RefreshToken
		refresh(t, o, first, nil)
		o.clock.Advance(20 * time.Second)
		latest := refresh(t, o, first, nil)
		o.clock.Advance(10 * time.Second)
		refresh(t, o, first, user.ErrBadRefreshToken)
		refresh(t, o, latest, user.ErrBadRefreshToken)
	})
	t.Run("not once the latest was used", func(t *testing.T) {
		o := newOffice(t)
		first := o.signUp(t, ada()).RefreshToken
		latest := refresh(t, o, refresh(t, o, first, nil), nil)
		refresh(t, o, first, user.ErrBadRefreshToken)
		refresh(t, o, latest, user.ErrBadRefreshToken)
	})
	t.Run("the answer was not lost but somebody copied the token: the first to use what it brought ends the session", func(t *testing.T) {
		o := newOffice(t)
		first := o.signUp(t, ada()).RefreshToken
		owners, thiefs := refresh(t, o, first, nil), refresh(t, o, first, nil)
		refresh(t, o, owners, user.ErrBadRefreshToken)
		refresh(t, o, thiefs, user.ErrBadRefreshToken)
		if got := o.revoked(t); len(got) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}
