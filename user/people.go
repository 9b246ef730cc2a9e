package user

import (
	"context"

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
	Passwords Passwords
	Tokens    AccessTokens
	Clock     clock.Clock
	IDs       ids.Source
	// AccountIDs draws account ids; nil is ids.NewAccount.
	AccountIDs func() string
}

type people struct{ with PeopleConfig }

// NewPeople makes the People of these stores.
func NewPeople(c PeopleConfig) People {
	if c.AccountIDs == nil {
		c.AccountIDs = ids.NewAccount
	}
	return &people{with: c}
}

// Account finds an account.
func (p *people) Account(ctx context.Context, id string) (Account, error) {
	return p.with.Accounts.Account(ctx, id)
}

// Accounts lists accounts.
func (p *people) Accounts(ctx context.Context, f AccountFilter) (Page[Account], error) {
	if f.Email == "" {
		return p.with.Accounts.Accounts(ctx, f.Paging)
	}
	email, err := ParseEmail(f.Email)
	if err != nil {
		return Page[Account]{}, err
	}
	account, err := p.with.Accounts.ByEmail(ctx, email)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return Page[Account]{}, nil
	case err != nil:
		return Page[Account]{}, err
	}
	return Page[Account]{Items: []Account{account}}, nil
}

// HasAdmin says whether there is an admin.
func (p *people) HasAdmin(ctx context.Context) (bool, error) { return p.with.Accounts.HasAdmin(ctx) }

// Tidy forgets sessions that are over.
func (p *people) Tidy(ctx context.Context) error {
	return p.with.Sessions.Forget(ctx, p.with.Clock.Now())
}

// grant writes the access token of a session.
func (p *people) grant(s Session, roles auth.Roles, refresh string) (Grant, error) {
	token, life, err := p.with.Tokens.Issue(auth.Principal{Subject: s.SubjectID, Session: s.ID, Roles: roles})
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: token, ExpiresIn: life, RefreshToken: refresh}, nil
}
