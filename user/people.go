package user

import (
	"context"
	"errors"

	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

// PeopleConfig is what People works with.
type PeopleConfig struct {
	Accounts  Accounts
	Sessions  Sessions
	Devices   Devices
	Revoked   Revocations
	Factors   SecondFactors
	Guesses   Guesses
	Codes     OneTimeCodes
	WeChat    WeChat // nil where nobody can sign in by it
	Passwords Passwords
	Tokens    AccessTokens
	Clock     clock.Clock
	IDs       ids.Source
	// Log takes what nobody else is told; nil drops it.
	Log func(ctx context.Context, msg string, err error)
	// AccountIDs draws account ids; nil is ids.NewAccount.
	AccountIDs func() string
}

type people struct {
	with    PeopleConfig
	guesses *guesses
}

// NewPeople makes the People of these stores.
func NewPeople(c PeopleConfig) People {
	if c.AccountIDs == nil {
		c.AccountIDs = ids.NewAccount
	}
	if c.Log == nil {
		c.Log = func(context.Context, string, error) {}
	}
	return &people{with: c, guesses: newGuesses(c.Guesses, c.Clock, c.Log)}
}

// Account finds an account.
func (p *people) Account(ctx context.Context, id string) (Account, error) {
	return p.with.Accounts.Account(ctx, id)
}

// Accounts lists accounts.
func (p *people) Accounts(ctx context.Context, f AccountFilter) (Page[Account], error) {
	var wrong []errs.Field
	f.Email = string(collect(&wrong, f.Email, ParseEmail))
	f.Phone = string(collect(&wrong, f.Phone, ParsePhone))
	if len(wrong) > 0 {
		return Page[Account]{}, errs.InvalidFields(wrong...)
	}
	return p.with.Accounts.Accounts(ctx, f)
}

// Govern changes who may use an account and as what.
func (p *people) Govern(ctx context.Context, by auth.Principal, accountID string, g Governing) (Account, error) {
	return p.with.Accounts.Update(ctx, accountID, func(a *Account) (Change, error) {
		return a.Govern(by, g, p.with.Clock.Now())
	})
}

// Revocations lists what was revoked.
func (p *people) Revocations(ctx context.Context, after int64, limit int) (RevocationPage, error) {
	return p.with.Revoked.After(ctx, after, p.with.Clock.Now(), limit)
}

// HasAdmin says whether there is an admin.
func (p *people) HasAdmin(ctx context.Context) (bool, error) { return p.with.Accounts.HasAdmin(ctx) }

// Tidy forgets sessions, revocations and wrong passwords that are over.
func (p *people) Tidy(ctx context.Context) error {
	now := p.with.Clock.Now()
	return errors.Join(p.with.Sessions.Forget(ctx, now, now.Add(-sessionIdle)), p.with.Revoked.Forget(ctx, now), p.with.Guesses.Forget(ctx, now))
}

// subject is who has a session: roles, and the version that they are of.
type subject struct {
	roles   auth.Roles
	version int64
	account Account // zero for a device
}

func (a *Account) subject() subject { return subject{a.Roles, a.Version, *a} }
func (d *Device) subject() subject  { return subject{auth.Device, d.Version, Account{}} }

// grant writes the access token of a session.
func (p *people) grant(s Session, of subject, refresh string) (Grant, error) {
	token, life, err := p.with.Tokens.Issue(auth.Principal{Subject: s.SubjectID, Session: s.ID, Roles: of.roles, Version: of.version})
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: token, ExpiresIn: life, RefreshToken: refresh, Account: of.account}, nil
}
