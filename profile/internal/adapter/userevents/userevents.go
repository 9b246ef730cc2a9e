// Package userevents takes the user service's events: that an account was erased.
package userevents

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/user/userapi"
)

// Eraser forgets a person; it may be told twice.
type Eraser interface {
	Erase(ctx context.Context, account string) error
}

// consumer is the name under which this service hears of erasures.
const consumer = "profile.erasures"

var types = []string{events.Type(userapi.Name, "account_erased")}

// Declare makes the bus keep what Consume will want.
func Declare(ctx context.Context, bus events.Bus) error { return bus.Declare(ctx, consumer, types) }

// Consume forgets whoever is erased, until ctx ends. The event's subject is the account.
func Consume(ctx context.Context, bus events.Bus, e Eraser) error {
	return bus.Consume(ctx, consumer, types, func(ctx context.Context, event events.Event) error {
		return e.Erase(auth.OnBehalf(ctx, event.Subject), event.Subject)
	})
}
