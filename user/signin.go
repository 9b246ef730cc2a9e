package user

import (
	"context"
	"errors"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// ErrBadCredentials refuses a sign-in and does not say which part of it is wrong.
var ErrBadCredentials = errs.E(errs.Unauthenticated, "bad_credentials", "These credentials are not right.")

// SignIn checks a password. When the account changes meanwhile it looks again: what was
// right may be right no longer.
func (p *people) SignIn(ctx context.Context, c SignIn) (grant Grant, err error) {
	guess, err := p.guesses.begin(ctx, c)
	if err != nil {
		return Grant{}, err
	}
	err = errUnknown
	defer func() { err = guess.end(ctx, err) }()
	var proof accepted
	for {
		of, err := p.proven(ctx, c, &proof)
		if err != nil {
			return Grant{}, err
		}
		grant, err := p.start(ctx, AccountSubject, of.account.ID, of)
		if !errors.Is(err, ErrMovedOn) {
			return grant, err
		}
	}
}

// proven finds the account whose name and password these are.
func (p *people) proven(ctx context.Context, c SignIn, proof *accepted) (subject, error) {
	account, err := p.named(ctx, c)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return subject{}, err
	}
	// An unknown name has no hash, which takes as long to check as any.
	ok, err := p.with.Passwords.Verify(ctx, norm.NFC.String(c.Password), account.PasswordHash)
	if err != nil {
		return subject{}, err
	}
	if !ok {
		return subject{}, ErrBadCredentials
	}
	of, err := p.admitted(ctx, account)
	if err != nil {
		return subject{}, err
	}
	return of, p.checkFactor(ctx, account.ID, c.TOTP, proof)
}

// admitted is what an account may be used as. Who is blocked in the middle of a trip has to
// be able to end it: the car would stay open, and the fare would run.
// Errors: those of Admits.
func (p *people) admitted(ctx context.Context, a Account) (subject, error) {
	refused := a.Admits()
	if !errors.Is(refused, ErrAccountBlocked) {
		return a.subject(), refused
	}
	renting, err := p.with.Accounts.Renting(ctx, a.ID)
	if err == nil && !renting {
		err = refused
	}
	of := a.subject()
	of.roles = auth.Blocked
	return of, err
}

// named finds the account that the sign-in names; NotFound for a name that can be none.
func (p *people) named(ctx context.Context, c SignIn) (Account, error) {
	if c.Email != "" {
		email, err := ParseEmail(c.Email)
		if err != nil {
			return Account{}, errs.Missing("account")
		}
		return p.with.Accounts.ByEmail(ctx, email)
	}
	phone, err := ParsePhone(c.Phone)
	if err != nil {
		return Account{}, errs.Missing("account")
	}
	return p.with.Accounts.ByPhone(ctx, phone)
}

// SignInDevice checks a device's secret.
func (p *people) SignInDevice(ctx context.Context, id, secret string) (Grant, error) {
	for {
		grant, err := p.signInDevice(ctx, id, secret)
		if !errors.Is(err, ErrMovedOn) {
			return grant, err
		}
	}
}

func (p *people) signInDevice(ctx context.Context, id, secret string) (Grant, error) {
	device, err := p.with.Devices.Device(ctx, id)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return Grant{}, err
	}
	if err != nil || !device.Proves(secret) {
		return Grant{}, ErrBadCredentials
	}
	return p.start(ctx, DeviceSubject, device.ID, device.subject())
}

// start begins a session. Errors: ErrMovedOn.
func (p *people) start(ctx context.Context, kind SubjectKind, subjectID string, of subject) (Grant, error) {
	session, refresh := StartSession(p.with.IDs.New(), kind, subjectID, p.with.Clock.Now())
	if err := p.with.Sessions.Start(ctx, session, of.version); err != nil {
		return Grant{}, err
	}
	return p.grant(session, of, refresh)
}

// Refresh replaces a refresh token.
func (p *people) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	presented := HashSecret(refreshToken)
	refresh, next := newSecret()
	now := p.with.Clock.Now()
	var rotated bool
	session, version, err := p.with.Sessions.Use(ctx, presented, func(s *Session) error {
		rotated = s.Rotate(presented, next, now)
		return nil // a session that ended because of it is saved, too
	})
	if err != nil {
		return Grant{}, orBadToken(err)
	}
	of, err := p.subject(ctx, session)
	if err != nil {
		return Grant{}, orBadToken(err)
	}
	if !rotated {
		return Grant{}, ErrBadRefreshToken
	}
	// The session was alive at this version and may have ended at a later one: what ended
	// it then revokes the token, too.
	of.version = version
	return p.grant(session, of, refresh)
}

// orBadToken refuses a token whose session or subject is not there, or not any more.
func orBadToken(err error) error {
	if kind := errs.KindOf(err); kind == errs.NotFound || kind == errs.Unauthenticated {
		return ErrBadRefreshToken
	}
	return err
}

// subject is whose session it is, with the roles of now. Errors: NotFound; those of Admits.
func (p *people) subject(ctx context.Context, s Session) (subject, error) {
	if s.Kind == DeviceSubject {
		device, err := p.with.Devices.Device(ctx, s.SubjectID)
		if err == nil {
			err = device.Admits()
		}
		return device.subject(), err
	}
	account, err := p.with.Accounts.Account(ctx, s.SubjectID)
	if err != nil {
		return subject{}, err
	}
	return p.admitted(ctx, account)
}

// SignOut ends a session.
func (p *people) SignOut(ctx context.Context, sessionID string) error {
	return p.with.Sessions.End(ctx, sessionID, p.with.Clock.Now())
}
