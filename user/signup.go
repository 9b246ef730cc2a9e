package user

import (
	"context"
	"errors"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// SignUp opens a rider's account.
func (p *people) SignUp(ctx context.Context, c SignUp) (Grant, error) {
	person, password, err := parseSignUp(c)
	if err != nil {
		return Grant{}, err
	}
	hash, err := p.with.Passwords.Hash(ctx, password)
	if err != nil {
		return Grant{}, err
	}
	for {
		grant, err := p.open(ctx, person, hash)
		if !errors.Is(err, ErrIDTaken) { // or another draw; ctx ends the loop in the store
			return grant, err
		}
	}
}

// parseSignUp names everything that is wrong at once.
func parseSignUp(c SignUp) (Person, string, error) {
	person, personErr := ParsePerson(c.Email, c.Phone, c.Name)
	password, passwordErr := ParsePassword(c.Password)
	if wrong := append(fieldsOf(personErr), fieldsOf(passwordErr)...); len(wrong) > 0 {
		return Person{}, "", errs.InvalidFields(wrong...)
	}
	return person, password, nil
}

// EnsureAdmin opens the first admin's account.
func (p *people) EnsureAdmin(ctx context.Context, email, password string) (created bool, err error) {
	if has, err := p.HasAdmin(ctx); err != nil || has {
		return false, err // without a hash: this is asked at each start
	}
	person, password, err := parseSignUp(SignUp{Email: email, Password: password, Name: "Administrator"})
	if err != nil {
		return false, err
	}
	hash, err := p.with.Passwords.Hash(ctx, password)
	if err != nil {
		return false, err
	}
	for {
		account, change := NewAccount(p.with.AccountIDs(), person, auth.Admin, hash, p.with.Clock.Now())
		created, err := p.with.Accounts.OpenFirstAdmin(ctx, account, change)
		if !errors.Is(err, ErrIDTaken) {
			return created, err
		}
	}
}
