package user

import (
	"context"

	"freecar/internal/auth"
)

// TOTPSecret is what an authenticator app is given, this once.
type TOTPSecret struct {
	Secret string // base32
	URL    string // otpauth://, for a QR code
}

// EnrolTOTP makes a second factor that waits for its first code. It takes the password:
// whoever got hold of a session must not lock its owner out.
func (p *people) EnrolTOTP(ctx context.Context, accountID, password string) (TOTPSecret, error) {
	account, err := p.owner(ctx, accountID, password)
	if err != nil {
		return TOTPSecret{}, err
	}
	sealed, secret, err := p.with.Codes.Enrol(account.ID, account.label())
	if err != nil {
		return TOTPSecret{}, err
	}
	_, err = p.with.Factors.Update(ctx, account.ID, func(f *SecondFactor) error {
		if f.Active() {
			return ErrTOTPActive
		}
		*f = SecondFactor{Sealed: sealed}
		return nil
	})
	if err != nil {
		return TOTPSecret{}, err
	}
	return secret, nil
}

// label is how an authenticator app shows whose code it is.
func (a *Account) label() string {
	switch {
	case a.Email != "":
		return string(a.Email)
	case a.Phone != "":
		return string(a.Phone)
	default:
		return a.ID
	}
}

// ConfirmTOTP makes the factor count from now on.
func (p *people) ConfirmTOTP(ctx context.Context, accountID, code string) error {
	return p.factor(ctx, accountID, code, func(f *SecondFactor, step int64) error { return f.Confirm(step, p.with.Clock.Now()) })
}

// RemoveTOTP takes the factor away.
func (p *people) RemoveTOTP(ctx context.Context, accountID, code string) error {
	return p.factor(ctx, accountID, code, func(f *SecondFactor, step int64) error { return f.Remove(step, p.with.Clock.Now()) })
}

// factor changes a factor by a code; what it counted is saved also when it says no.
func (p *people) factor(ctx context.Context, accountID, code string, change func(f *SecondFactor, step int64) error) error {
	var refused error
	_, err := p.with.Factors.Update(ctx, accountID, func(f *SecondFactor) error {
		step, err := p.step(accountID, *f, code)
		if err != nil {
			return err
		}
		refused = change(f, step)
		return nil
	})
	if err != nil {
		return err
	}
	return refused
}

// ResetAdminTOTP takes an admin's second factor away.
func (p *people) ResetAdminTOTP(ctx context.Context, email string) error {
	name, err := ParseEmail(email)
	if err != nil {
		return err
	}
	account, err := p.with.Accounts.ByEmail(ctx, name)
	if err != nil {
		return err
	}
	f, err := p.with.Factors.Factor(ctx, account.ID)
	switch {
	case err != nil:
		return err
	case !account.Roles.Has(auth.Admin):
		return ErrNotAdmin
	case f == SecondFactor{}:
		return ErrNoTOTP
	}
	_, err = p.with.Accounts.Update(ctx, account.ID, func(a *Account) (Change, error) { return a.Relent(p.with.Clock.Now()) })
	return err
}

// step is that of a code; 0 for a wrong one.
func (p *people) step(accountID string, f SecondFactor, code string) (int64, error) {
	if f.Sealed == "" || code == "" {
		return 0, nil
	}
	return p.with.Codes.Step(f.Sealed, accountID, code, p.with.Clock.Now())
}

// accepted is the factor whose code a sign-in has had accepted. The code is spent by that:
// a sign-in that has to look again does not ask for it again.
type accepted struct{ accountID, sealed string }

// checkFactor asks for the code of an account that has a second factor; its password was
// right. Errors: Unauthenticated totp_required, bad_totp; RateLimited totp_locked.
func (p *people) checkFactor(ctx context.Context, accountID, code string, proof *accepted) error {
	f, err := p.with.Factors.Factor(ctx, accountID)
	switch {
	case err != nil:
		return err
	case !f.Active(), *proof == accepted{accountID, f.Sealed}:
		return nil
	case code == "":
		return ErrTOTPRequired
	}
	var now accepted
	err = p.factor(ctx, accountID, code, func(f *SecondFactor, step int64) error {
		now = accepted{accountID, f.Sealed}
		if !f.Active() {
			return nil // removed meanwhile
		}
		return f.Try(step, p.with.Clock.Now())
	})
	if err == nil {
		*proof = now
	}
	return err
}
