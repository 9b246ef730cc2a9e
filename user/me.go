package user

import (
	"context"
	"time"

	"freecar/internal/errs"
)

// ChangeMe asks for another name, address or number; what is nil stays, and an empty
// address or number is taken away.
type ChangeMe struct {
	AccountID          string
	Name, Email, Phone *string
	// Password proves the owner where an address or number changes: who has them can get
	// at the account.
	Password string
}

// contacts is a ChangeMe that kept the rules.
type contacts struct {
	name  *string
	email *Email
	phone *Phone
}

func (c ChangeMe) parse() (contacts, error) {
	var wrong []errs.Field
	var parsed contacts
	if c.Name != nil {
		name := normalName(*c.Name)
		if parsed.name = &name; checkName(name) != nil {
			wrong = append(wrong, *checkName(name))
		}
	}
	if c.Email != nil {
		email := collect(&wrong, *c.Email, ParseEmail)
		parsed.email = &email
	}
	if c.Phone != nil {
		phone := collect(&wrong, *c.Phone, ParsePhone)
		parsed.phone = &phone
	}
	if len(wrong) > 0 {
		return contacts{}, errs.InvalidFields(wrong...)
	}
	return parsed, nil
}

// reaches says whether the owner would be reached in another way than a is.
func (c contacts) reaches(a Account) bool {
	return c.email != nil && *c.email != a.Email || c.phone != nil && *c.phone != a.Phone
}

// ChangeMe changes how an account is called and reached.
func (p *people) ChangeMe(ctx context.Context, c ChangeMe) (Account, error) {
	wanted, err := c.parse()
	if err != nil {
		return Account{}, err
	}
	before, err := p.Mine(ctx, c.AccountID)
	if err != nil {
		return Account{}, err
	}
	proven := wanted.reaches(before)
	if proven {
		if before.PasswordHash != "" && c.Password == "" {
			return Account{}, errs.Invalidf("password", "required", "It is required to change an e-mail address or a phone number.")
		}
		if before, err = p.owner(ctx, c.AccountID, c.Password); err != nil {
			return Account{}, err
		}
	}
	return p.with.Accounts.Update(ctx, c.AccountID, func(a *Account) (Change, error) {
		if a.Status == Erased || wanted.reaches(*a) && (!proven || a.PasswordHash != before.PasswordHash) {
			return Change{}, ErrBadCredentials // somebody was faster
		}
		return a.change(wanted, p.with.Clock.Now())
	})
}

// change changes how the account is called and reached. Errors: Invalid when nothing would
// be left to name it by.
func (a *Account) change(c contacts, now time.Time) (Change, error) {
	after := *a
	if c.name != nil {
		after.Name = *c.name
	}
	if c.email != nil {
		after.Email = *c.email
	}
	if c.phone != nil {
		after.Phone = *c.phone
	}
	switch named := a.WeChat == ""; {
	case after == *a:
		return Change{}, nil
	case named && after.Email == "" && after.Phone == "":
		return Change{}, errs.Invalidf("email", "required", "Keep an e-mail address or a phone number.")
	}
	*a = after
	return a.changed(AccountChanged, AccessChange{}, now), nil
}
