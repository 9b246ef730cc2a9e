package user

import (
	"context"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
)

const (
	shortestPassword = 8   // characters
	longestPassword  = 128 // characters
)

// ParsePassword brings a password to the one form that is hashed: the same text typed on
// two keyboards may differ in its bytes. Errors: Invalid.
func ParsePassword(s string) (string, error) {
	s = norm.NFC.String(s)
	switch n := utf8.RuneCountInString(s); {
	case n < shortestPassword:
		return "", errs.Invalidf("password", "too_short", "It must have at least %d characters.", shortestPassword)
	case n > longestPassword:
		return "", errs.Invalidf("password", "too_long", "It must have at most %d characters.", longestPassword)
	}
	return s, nil
}

// ChangePassword replaces a password.
func (p *people) ChangePassword(ctx context.Context, c ChangePassword) error {
	password, err := ParsePassword(c.NewPassword)
	if err != nil {
		return errs.InvalidFields(errs.Field{Field: "new_password", Code: fieldsOf(err)[0].Code, Detail: fieldsOf(err)[0].Detail})
	}
	before, err := p.owner(ctx, c.AccountID, c.Password)
	if err != nil {
		return err
	}
	hash, err := p.with.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = p.with.Accounts.Update(ctx, c.AccountID, func(a *Account) (Change, error) {
		if a.Status == Erased || a.PasswordHash != before.PasswordHash {
			return Change{}, ErrBadCredentials // somebody was faster
		}
		return a.SetPassword(hash, c.SessionID, p.with.Clock.Now()), nil
	})
	return err
}

// owner finds an account and checks the password of whoever is signed in to it; one that
// has none takes none. Errors: NotFound, Unauthenticated bad_credentials.
func (p *people) owner(ctx context.Context, accountID, password string) (Account, error) {
	account, err := p.Mine(ctx, accountID)
	if err != nil {
		return Account{}, err
	}
	if account.PasswordHash == "" && password == "" {
		return account, nil
	}
	ok, err := p.with.Passwords.Verify(ctx, norm.NFC.String(password), account.PasswordHash)
	if err == nil && !ok {
		err = ErrBadCredentials
	}
	return account, err
}

// fieldsOf are the bad fields that an error names.
func fieldsOf(err error) []errs.Field {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Fields
	}
	return nil
}
