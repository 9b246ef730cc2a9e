package user_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
)

// clockwork is OneTimeCodes whose codes are the steps themselves.
type clockwork struct{}

func (clockwork) Enrol(accountID, label string) (string, user.TOTPSecret, error) {
	return "sealed for " + accountID + " " + rand.Text(), user.TOTPSecret{Secret: "secret", URL: "otpauth://" + label}, nil
}

func (clockwork) Step(sealed, accountID, code string, now time.Time) (int64, error) {
	if !strings.HasPrefix(sealed, "sealed for "+accountID+" ") {
		return 0, errors.New("sealed for another")
	}
	step, err := strconv.ParseInt(code, 10, 64)
	if current := now.Unix() / 30; err != nil || step < current-1 || step > current+1 {
		return 0, nil
	}
	return step, nil
}

// code is that of so many steps from now.
func (o office) code(steps int64) string { return fmt.Sprint(o.clock.Now().Unix()/30 + steps) }

func TestSecondFactor(t *testing.T) {
	t.Run("each step works once, and none before it", func(t *testing.T) {
		var f user.SecondFactor
		for _, tc := range []struct {
			step int64
			want error
		}{{5, nil}, {5, user.ErrBadTOTP}, {4, user.ErrBadTOTP}, {0, user.ErrBadTOTP}, {6, nil}} {
			expectError(t, f.Try(tc.step, noon), tc.want)
		}
	})
	t.Run("ten wrong ones in a row lock it for a while", func(t *testing.T) {
		var f user.SecondFactor
		for range 9 {
			expectError(t, f.Try(0, noon), user.ErrBadTOTP)
		}
		expectError(t, f.Try(1, noon), nil)
		for range 10 {
			expectError(t, f.Try(0, noon), user.ErrBadTOTP)
		}
		for _, later := range []time.Duration{0, 15*time.Minute - time.Millisecond} {
			err := f.Try(2, noon.Add(later))
			expectError(t, err, user.ErrTOTPLocked)
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.RetryAfter != 15*time.Minute-later {
				t.Errorf("got %+v", e)
			}
		}
		expectError(t, f.Try(2, noon.Add(15*time.Minute)), nil)
	})
}

func TestTOTP(t *testing.T) {
	o := newOffice(t)
	me := o.signUp(t, ada()).Account
	in := func(code string) error {
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse", TOTP: code})
		return err
	}
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), user.ErrNoTOTP)
	expectError(t, o.RemoveTOTP(t.Context(), me.ID, ""), user.ErrNoTOTP)
	for _, password := range []string{"", "wrong horse"} { // of a session that was stolen
		_, err := o.EnrolTOTP(t.Context(), me.ID, password)
		expectError(t, err, user.ErrBadCredentials)
	}
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), user.ErrNoTOTP)
	for range 2 { // who lost the secret draws another
		if secret, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse"); err != nil || secret.Secret != "secret" || secret.URL != "otpauth://ada@example.org" {
			t.Fatalf("got %+v, %v", secret, err)
		}
	}
	expectError(t, in(""), nil) // it does not count yet
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(2)), user.ErrBadTOTP)
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), nil)
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(1)), user.ErrTOTPActive)
	_, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse")
	expectError(t, err, user.ErrTOTPActive)

	t.Run("signing in takes a code, each once", func(t *testing.T) {
		expectError(t, in(""), user.ErrTOTPRequired)
		expectError(t, in(o.code(0)), user.ErrBadTOTP) // it confirmed the factor
		expectError(t, in("000000"), user.ErrBadTOTP)
		expectError(t, in(o.code(1)), nil)
		expectError(t, in(o.code(1)), user.ErrBadTOTP)
		o.clock.Advance(time.Minute)
		expectError(t, in(o.code(-1)), user.ErrBadTOTP) // spent two steps ago
		expectError(t, in(o.code(0)), nil)
	})
	t.Run("a wrong password says nothing of it, and spends nothing", func(t *testing.T) {
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "wrong horse", TOTP: o.code(1)})
		expectError(t, err, user.ErrBadCredentials)
		expectError(t, in(o.code(1)), nil)
	})
	t.Run("guessing locks it, and the lock is saved", func(t *testing.T) {
		o.clock.Advance(time.Minute)
		for range 10 {
			expectError(t, in("000000"), user.ErrBadTOTP)
		}
		expectError(t, in(o.code(0)), user.ErrTOTPLocked)
		o.clock.Advance(15 * time.Minute)
		expectError(t, in(o.code(0)), nil)
	})
	t.Run("removing it takes a code", func(t *testing.T) {
		o.clock.Advance(time.Minute)
		expectError(t, o.RemoveTOTP(t.Context(), me.ID, ""), user.ErrBadTOTP)
		expectError(t, o.RemoveTOTP(t.Context(), me.ID, o.code(0)), nil)
		expectError(t, in(""), nil)
	})
	t.Run("an admin takes another's away, and nobody their own", func(t *testing.T) {
		o.clock.Advance(time.Minute)
		if _, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse"); err != nil {
			t.Fatal(err)
		}
		expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), nil)
		reset := func(by string, roles auth.Roles) error {
			_, err := o.Govern(t.Context(), auth.Principal{Subject: by, Roles: roles}, me.ID, user.Governing{ResetTOTP: true})
			return err
		}
		expectError(t, reset("1", auth.Support), auth.ErrDenied)
		expectError(t, reset(me.ID, auth.Admin), user.ErrOwnFactor)
		expectError(t, in(""), user.ErrTOTPRequired)
		expectError(t, reset("1", auth.Admin), nil)
		expectError(t, in(""), nil)
	})
	t.Run("the account changes between the code and the session", func(t *testing.T) {
		for name, tc := range map[string]struct {
			meanwhile func(t *testing.T, o office, id string)
			want      error
		}{
			"by its name":          {rename, nil},
			"by another factor":    {enrolAgain, user.ErrBadTOTP},
			"by losing the factor": {dropFactor, nil},
		} {
			t.Run(name, func(t *testing.T) {
				sessions := &startLate{}
				o := newOfficeWith(t, func(c *user.PeopleConfig) {
					sessions.Sessions = c.Sessions
					c.Sessions = sessions
				})
				id := o.signUp(t, ada()).Account.ID
				confirm(t, o, id)
				o.clock.Advance(time.Minute)
				sessions.first = func() { tc.meanwhile(t, o, id) }
				_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse", TOTP: o.code(0)})
				expectError(t, err, tc.want)
				if _, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse", TOTP: o.code(0)}); name == "by its name" {
					expectError(t, err, user.ErrBadTOTP) // it is spent for every other sign-in
				}
			})
		}
	})
	t.Run("erasing takes it, too", func(t *testing.T) {
		if _, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse"); err != nil {
			t.Fatal(err)
		}
		if err := o.EraseMe(t.Context(), me.ID); err != nil {
			t.Fatal(err)
		}
		expectError(t, o.RemoveTOTP(t.Context(), me.ID, ""), user.ErrNoTOTP)
		_, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse")
		expectError(t, err, auth.ErrUnauthenticated)
	})
}

// startLate is Sessions before whose first start something happens.
type startLate struct {
	user.Sessions
	first func()
}

func (s *startLate) Start(ctx context.Context, session user.Session, version int64) error {
	if first := s.first; first != nil {
		s.first = nil
		first()
	}
	return s.Sessions.Start(ctx, session, version)
}

// confirm gives an account a second factor; the code of now is spent by it.
func confirm(t *testing.T, o office, id string) {
	t.Helper()
	if _, err := o.EnrolTOTP(t.Context(), id, "correct horse"); err != nil {
		t.Fatal(err)
	}
	expectError(t, o.ConfirmTOTP(t.Context(), id, o.code(0)), nil)
}

func rename(t *testing.T, o office, id string) {
	t.Helper()
	if _, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: id, Name: text("Ada L.")}); err != nil {
		t.Error(err)
	}
}

func dropFactor(t *testing.T, o office, id string) {
	t.Helper()
	if _, err := o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, id, user.Governing{ResetTOTP: true}); err != nil {
		t.Error(err)
	}
}

func enrolAgain(t *testing.T, o office, id string) {
	t.Helper()
	dropFactor(t, o, id)
	confirm(t, o, id)
}

// TestResetAdminTOTP: operators take an admin's second factor away, and nobody else's.
func TestResetAdminTOTP(t *testing.T) {
	o := newOffice(t)
	me := o.signUp(t, ada()).Account
	in := func(code string) (user.Grant, error) {
		return o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse", TOTP: code})
	}
	if _, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse"); err != nil {
		t.Fatal(err)
	}
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), nil)
	expectError(t, o.ResetAdminTOTP(t.Context(), "ada@example.org"), user.ErrNotAdmin)
	_, err := in("")
	expectError(t, err, user.ErrTOTPRequired)

	_, err = o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, me.ID, user.Governing{Roles: auth.Admin})
	expectError(t, err, nil)
	o.clock.Advance(time.Minute)
	session, err := in(o.code(0))
	expectError(t, err, nil)
	expectError(t, o.ResetAdminTOTP(t.Context(), "Ada@Example.org"), nil)
	_, err = in("")
	expectError(t, err, nil)
	_, err = o.Refresh(t.Context(), session.RefreshToken)
	expectError(t, err, user.ErrBadRefreshToken)
	expectError(t, o.ResetAdminTOTP(t.Context(), "ada@example.org"), user.ErrNoTOTP)
	if err := o.ResetAdminTOTP(t.Context(), "nobody@example.org"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
}
