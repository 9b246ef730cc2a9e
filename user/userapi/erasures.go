package userapi

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/events"
)

// Erasures is the news that accounts are erased, for one consumer: whoever keeps
// something of a person forgets it then.
type Erasures struct{ Consumer string }

// An erasure's subject is the account.
var erased = []string{events.Type(Name, "account_erased")}

// Declare makes the bus keep what Consume will want.
func (e Erasures) Declare(ctx context.Context, bus events.Bus) error {
	return bus.Declare(ctx, e.Consumer, erased)
}

// Consume tells of each erased account, at least once, until ctx ends; it acts for the
// account.
func (e Erasures) Consume(ctx context.Context, bus events.Bus, forget func(ctx context.Context, account string) error) error {
	return bus.Consume(ctx, e.Consumer, erased, func(ctx context.Context, event events.Event) error {
		return forget(auth.OnBehalf(ctx, event.Subject), event.Subject)
	})
}
