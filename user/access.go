package user

import (
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// Blocked accounts may not be used until staff say otherwise.
const Blocked Status = "blocked"

var (
	// ErrAccountBlocked tells who proved to be the owner that staff closed the account.
	ErrAccountBlocked = errs.E(errs.Denied, "account_blocked", "This account is blocked; write to support.")
	// ErrOwnAccount keeps staff from blocking themselves.
	ErrOwnAccount = errs.E(errs.Conflict, "own_account", "Nobody can block their own account.")
	// ErrLastAdmin keeps the company from losing its last admin.
	ErrLastAdmin = errs.E(errs.Conflict, "last_admin", "This is the last active admin; make somebody else an admin first.")
)

// Governing is what staff change of an account; what is zero stays.
type Governing struct {
	Status Status // Active or Blocked
	Roles  auth.Roles
	Reason string // why it is blocked
	// ResetTOTP takes the second factor away, for who lost it.
	ResetTOTP bool
}

// ErrOwnFactor keeps a stolen session from getting rid of the second factor.
var ErrOwnFactor = errs.E(errs.Conflict, "own_account", "Remove your own second factor with a code of it.")

// Govern changes who may use the account and as what. by is the one who asks. Support
// blocks riders; only an admin changes roles, and what concerns staff.
// Errors: Denied; Conflict own_account, account_erased; Invalid.
func (a *Account) Govern(by auth.Principal, g Governing, now time.Time) (Change, error) {
	admin := by.Roles.Has(auth.Admin)
	switch {
	case a.Status == Erased:
		return Change{}, ErrAccountErased
	case !admin && (g.Roles != 0 || g.ResetTOTP || a.Roles.Has(auth.Staff)):
		return Change{}, auth.ErrDenied
	case g.Status == Blocked && a.ID == by.Subject:
		return Change{}, ErrOwnAccount
	case g.ResetTOTP && a.ID == by.Subject:
		return Change{}, ErrOwnFactor
	case g.Status == Blocked && g.Reason == "":
		return Change{}, errs.Invalidf("reason", "required", "Say why it is blocked.")
	}
	after := *a
	if g.Status != "" {
		after.Status, after.BlockedFor = g.Status, ""
	}
	if after.Status == Blocked && g.Reason != "" {
		after.BlockedFor = g.Reason
	}
	if g.Roles != 0 {
		after.Roles = g.Roles
	}
	if after == *a && !g.ResetTOTP {
		return Change{}, nil
	}
	access := AccessChange{
		// Who is let in again has tokens of a blocked account from the trip that was under way.
		Revokes:      after.Roles != a.Roles || after.Status != a.Status || after.Status == Blocked,
		EndsSessions: after.Status == Blocked,
		DropsFactor:  g.ResetTOTP,
		NeedsAdmin:   a.leads() && !after.leads(),
	}
	*a = after
	return a.changed(AccessChanged, access, now), nil
}

// leads says that the account is one of those of whom one must be left.
func (a *Account) leads() bool { return a.Status == Active && a.Roles.Has(auth.Admin) }

func (a *Account) changed(event EventName, access AccessChange, now time.Time) Change {
	a.Version++
	return Change{Event: event, At: now, Access: access}
}

// ErrNotAdmin leaves the second factors of all others to admins.
var ErrNotAdmin = errs.E(errs.Conflict, "not_admin", "This is no admin's account; an admin resets the second factor of others.")

// Relent lets an admin in who lost the second factor, when there may be no other admin to
// ask. Whoever is signed in as that admin has to sign in again. Errors: Conflict not_admin.
func (a *Account) Relent(now time.Time) (Change, error) {
	if !a.Roles.Has(auth.Admin) {
		return Change{}, ErrNotAdmin
	}
	return a.changed(AccessChanged, AccessChange{Revokes: true, EndsSessions: true, DropsFactor: true}, now), nil
}

// Admits says whether the account may be used. Errors: Denied account_blocked;
// Unauthenticated when it was erased.
func (a *Account) Admits() error {
	switch a.Status {
	case Blocked:
		return ErrAccountBlocked
	case Erased:
		return auth.ErrUnauthenticated
	}
	return nil
}

// SetPassword replaces the password. Who is signed in elsewhere has to sign in again.
func (a *Account) SetPassword(hash, session string, now time.Time) Change {
	a.PasswordHash = hash
	return a.changed(PasswordChanged, AccessChange{Revokes: true, EndsSessions: true, Spared: session}, now)
}
