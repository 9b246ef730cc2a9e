package user_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
)

// clockwork is OneTimeCodes whose codes are the steps themselves.
type clockwork struct{}

func (clockwork) Enrol(accountID, label string) (string, user.TOTPSecret, error) {
	return "sealed for " + accountID, user.TOTPSecret{Secret: "secret", URL: "otpauth://" + label}, nil
}

func (clockwork) Step(sealed, accountID, code string, now time.Time) (int64, error) {
	if sealed != "sealed for "+accountID {
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
	for range 2 { // who lost the secret draws another
		if secret, err := o.EnrolTOTP(t.Context(), me.ID); err != nil || secret.Secret != "secret" || secret.URL != "otpauth://ada@example.org" {
			t.Fatalf("got %+v, %v", secret, err)
		}
	}
	expectError(t, in(""), nil) // it does not count yet
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(2)), user.ErrBadTOTP)
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(0)), nil)
	expectError(t, o.ConfirmTOTP(t.Context(), me.ID, o.code(1)), user.ErrTOTPActive)
	_, err := o.EnrolTOTP(t.Context(), me.ID)
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
		if _, err := o.EnrolTOTP(t.Context(), me.ID); err != nil {
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
	t.Run("erasing takes it, too", func(t *testing.T) {
		if _, err := o.EnrolTOTP(t.Context(), me.ID); err != nil {
			t.Fatal(err)
		}
		if err := o.EraseMe(t.Context(), me.ID); err != nil {
			t.Fatal(err)
		}
		expectError(t, o.RemoveTOTP(t.Context(), me.ID, ""), user.ErrNoTOTP)
		_, err := o.EnrolTOTP(t.Context(), me.ID)
		expectError(t, err, auth.ErrUnauthenticated)
	})
}
