package user

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// ErrBadCredentials refuses a sign-in and does not say which part of it is wrong.
var ErrBadCredentials = errs.E(errs.Unauthenticated, "bad_credentials", "These credentials are not right.")

// SignIn checks a password.
func (p *people) SignIn(ctx context.Context, c SignIn) (Grant, error) {
	account, err := p.named(ctx, c)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return Grant{}, err
	}
	// An unknown name has no hash, which takes as long to check as any.
	ok, err := p.with.Passwords.Verify(ctx, norm.NFC.String(c.Password), account.PasswordHash)
	if err != nil {
		return Grant{}, err
	}
	if !ok {
		return Grant{}, ErrBadCredentials
	}
	grant, err := p.start(ctx, AccountSubject, account.ID, account.Roles)
	grant.Account = account
	return grant, err
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
	device, err := p.with.Devices.Device(ctx, id)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return Grant{}, err
	}
	if err != nil || !device.SecretHash.Equal(HashSecret(secret)) {
		return Grant{}, ErrBadCredentials
	}
	return p.start(ctx, DeviceSubject, device.ID, auth.Device)
}

// start begins a session.
func (p *people) start(ctx context.Context, kind SubjectKind, subjectID string, roles auth.Roles) (Grant, error) {
	session, refresh := StartSession(p.with.IDs.New(), kind, subjectID, p.with.Clock.Now())
	if err := p.with.Sessions.Start(ctx, session); err != nil {
		return Grant{}, err
	}
	return p.grant(session, roles, refresh)
}

// Refresh replaces a refresh token.
func (p *people) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	presented := HashSecret(refreshToken)
	refresh, next := newSecret()
	now := p.with.Clock.Now()
	var rotated bool
	session, err := p.with.Sessions.Use(ctx, presented, func(s *Session) error {
		rotated = s.Rotate(presented, next, now)
		return nil // a session that ended because of it is saved, too
	})
	switch {
	case errs.KindOf(err) == errs.NotFound, err == nil && !rotated:
		return Grant{}, ErrBadRefreshToken
	case err != nil:
		return Grant{}, err
	}
	account, err := p.subject(ctx, session)
	if err != nil {
		return Grant{}, err
	}
	grant, err := p.grant(session, account.Roles, refresh)
	if session.Kind == AccountSubject {
		grant.Account = account
	}
	return grant, err
}

// subject is whose session it is, with the roles of now; a device has only roles.
func (p *people) subject(ctx context.Context, s Session) (Account, error) {
	if s.Kind == DeviceSubject {
		return Account{Roles: auth.Device}, nil
	}
	return p.with.Accounts.Account(ctx, s.SubjectID)
}
