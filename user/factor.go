package user

import (
	"time"

	"freecar/internal/errs"
)

// SecondFactor is what staff prove besides a password: the codes of an authenticator app
// (RFC 6238). The zero SecondFactor is none.
type SecondFactor struct {
	Sealed      string    // the secret, as OneTimeCodes made it
	ConfirmedAt time.Time // when the first code came back; zero until then
	Spent       int64     // the step of the last code; none up to it counts again
	Wrong       int       // codes in a row
	LockedUntil time.Time // zero unless too many were
}

const (
	// wrongAtMost and lockedFor make guessing hopeless also from many addresses: only who
	// has the password can lock the factor at all.
	wrongAtMost = 10
	lockedFor   = 15 * time.Minute
)

var (
	// ErrTOTPRequired tells who has the right password what is missing.
	ErrTOTPRequired = errs.E(errs.Unauthenticated, "totp_required", "Send the code of your authenticator app as totp.")
	// ErrBadTOTP refuses a code that is wrong, too old or spent.
	ErrBadTOTP = errs.E(errs.Unauthenticated, "bad_totp", "This code is not right, or was used; wait for the next one.")
	// ErrTOTPLocked refuses every code for a while.
	ErrTOTPLocked = errs.E(errs.RateLimited, "totp_locked", "Too many wrong codes; try again after the time in Retry-After.")
	// ErrTOTPActive keeps a factor that works from being replaced.
	ErrTOTPActive = errs.E(errs.Conflict, "totp_active", "There is a second factor already; remove it first.")
	// ErrNoTOTP is for who has none.
	ErrNoTOTP = errs.Missing("second factor")
)

// Active says that a sign-in needs a code.
func (f *SecondFactor) Active() bool { return !f.ConfirmedAt.IsZero() }

// Try counts a code whose step is known; 0 is that of a wrong one. Each step works once.
// What it changes is to be saved whatever it returns.
// Errors: Unauthenticated bad_totp, RateLimited totp_locked.
func (f *SecondFactor) Try(step int64, now time.Time) error {
	switch {
	case now.Before(f.LockedUntil):
		return ErrTOTPLocked.After(f.LockedUntil.Sub(now))
	case step > f.Spent:
		f.Spent, f.Wrong, f.LockedUntil = step, 0, time.Time{}
		return nil
	}
	if f.Wrong++; f.Wrong >= wrongAtMost {
		f.Wrong, f.LockedUntil = 0, now.Add(lockedFor)
	}
	return ErrBadTOTP
}

// Confirm makes the factor active with its first code. Errors: as Try; NotFound,
// Conflict totp_active.
func (f *SecondFactor) Confirm(step int64, now time.Time) error {
	switch {
	case f.Sealed == "":
		return ErrNoTOTP
	case f.Active():
		return ErrTOTPActive
	}
	err := f.Try(step, now)
	if err == nil {
		f.ConfirmedAt = now
	}
	return err
}

// Remove takes the factor away; an active one takes a code. Errors: as Try; NotFound.
func (f *SecondFactor) Remove(step int64, now time.Time) error {
	if f.Sealed == "" {
		return ErrNoTOTP
	}
	if f.Active() {
		if err := f.Try(step, now); err != nil {
			return err
		}
	}
	*f = SecondFactor{}
	return nil
}
