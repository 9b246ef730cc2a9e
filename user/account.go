package user

import (
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// Status says whether an account may be used.
type Status string

// Active accounts may be used.
const Active Status = "active"

// Account is a person.
type Account struct {
	ID           string // decimal, see ids.NewAccount
	Email        Email  // empty for none, but not when Phone and WeChat are, too
	Phone        Phone
	WeChat       OpenID // empty for none
	Name         string
	Roles        auth.Roles
	Status       Status
	BlockedFor   string // why it is blocked, for staff; empty when it is not
	PasswordHash string // as Passwords made it
	CreatedAt    time.Time
	Version      int64
}

// Person is who an account is for.
type Person struct {
	Email  Email
	Phone  Phone
	WeChat OpenID
	Name   string // empty when WeChat is all that is known
}

// ParsePerson reads what somebody says of themselves. Errors: Invalid.
func ParsePerson(email, phone, name string) (Person, error) {
	var wrong []errs.Field
	person := Person{
		Email: collect(&wrong, email, ParseEmail),
		Phone: collect(&wrong, phone, ParsePhone),
		Name:  normalName(name),
	}
	if email == "" && phone == "" {
		wrong = append(wrong, errs.Field{Field: "email", Code: "required", Detail: "Give an e-mail address or a phone number."})
	}
	if field := checkName(person.Name); field != nil {
		wrong = append(wrong, *field)
	}
	if len(wrong) > 0 {
		return Person{}, errs.InvalidFields(wrong...)
	}
	return person, nil
}

// NewAccount opens an account. The hash is of a password that CheckPassword accepted.
func NewAccount(id string, p Person, roles auth.Roles, passwordHash string, now time.Time) (Account, Change) {
	return Account{
		ID:           id,
		Email:        p.Email,
		Phone:        p.Phone,
		WeChat:       p.WeChat,
		Name:         p.Name,
		Roles:        roles,
		Status:       Active,
		PasswordHash: passwordHash,
		CreatedAt:    now,
		Version:      1,
	}, Change{Event: AccountRegistered, At: now}
}

var (
	// ErrAccountExists refuses an address or number that belongs to an account.
	ErrAccountExists = errs.E(errs.Conflict, "account_exists", "This e-mail address or phone number has an account; sign in instead.")
	// ErrIDTaken says that a drawn account id is in use: draw another one.
	ErrIDTaken = errs.E(errs.Conflict, "id_taken", "Try again.")
)
