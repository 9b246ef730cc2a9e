// Package auth is the vocabulary of access: who asks (Principal), what they are
// (Roles) and who may (Access). How a principal is proven is in its sub-packages:
// token (what clients carry) and assertion (what services carry).
package auth

import (
	"context"
	"slices"

	"freecar/internal/errs"
)

// Principal is who asks.
type Principal struct {
	// Subject is an account id or, for a device, its id; empty when a service acts
	// for itself.
	Subject string
	// Session is the session the subject signed in with; empty for a service.
	Session string
	// Roles are the subject's.
	Roles Roles
	// Version is that of the subject from which an access token has its roles; 0 where
	// no token tells.
	Version int64
	// Service is the service that passes the request on: "gateway", "trip".
	Service string
}

// Access says who may call an operation. The zero Access is no decision, and an
// operation without one cannot be registered.
type Access struct {
	anyone   bool
	roles    Roles
	services []string
}

// Anyone admits everybody, signed in or not.
func Anyone() Access { return Access{anyone: true} }

// Only admits principals that have one of the roles.
func Only(roles Roles) Access { return Access{roles: roles} }

// Ops admits staff with one of the roles; admin may call all operations of staff.
func Ops(roles Roles) Access { return Access{roles: roles | Admin} }

// Services admits the named services, whomever they act for.
func Services(names ...string) Access { return Access{services: names} }

// Decided says that a decision was made.
func (a Access) Decided() bool { return a.anyone || a.roles != 0 || len(a.services) > 0 }

// Public says that no identity is needed.
func (a Access) Public() bool { return a.anyone }

// Internal says that services alone may call.
func (a Access) Internal() bool { return len(a.services) > 0 }

// Roles are the roles admitted.
func (a Access) Roles() Roles { return a.roles }

var (
	// ErrUnauthenticated asks the client to sign in.
	ErrUnauthenticated = errs.E(errs.Unauthenticated, "unauthenticated", "Sign in and send the access token as Authorization: Bearer.")
	// ErrDenied tells a signed-in principal no.
	ErrDenied = errs.E(errs.Denied, "denied", "Your role does not allow this.")
)

// Check decides whether p may call. Errors: Unauthenticated, Denied.
func (a Access) Check(p Principal) error {
	switch {
	case a.anyone:
		return nil
	case a.Internal():
		if slices.Contains(a.services, p.Service) {
			return nil
		}
	case p.Subject == "":
		return ErrUnauthenticated
	case p.Roles.Has(a.roles):
		return nil
	}
	return ErrDenied
}

type principalKey struct{}

// With puts the principal into the context.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From is the principal of the context; the zero Principal when there is none.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

const (
	// Operators is the service as which operators' own commands speak, with the platform's
	// keys.
	Operators = "ops"
	// Operator is the actor of what they do: they have no account.
	Operator = "operator"
)

// StaffActor is the account of the member of staff who asks, or Operator; empty when a
// rider, a device or another service for itself does.
func StaffActor(ctx context.Context) string {
	switch p := From(ctx); {
	case p.Roles.Has(Staff):
		return p.Subject
	case p.Service == Operators && p.Subject == "":
		return Operator
	}
	return ""
}

// OnBehalf is the context in which a service acts for an account without the
// account being there: the recovery of a saga, a schedule.
func OnBehalf(ctx context.Context, account string) context.Context {
	return With(ctx, Principal{Subject: account, Roles: Rider})
}
