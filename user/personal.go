package user

import "context"

// Personal is what is kept of a person besides the money and what the other services keep.
type Personal struct {
	Account
	Sessions     []Session // that live, the newest first
	SecondFactor bool      // it has one
}

// Personal gathers what is kept of a person.
func (p *people) Personal(ctx context.Context, accountID string) (Personal, error) {
	account, err := p.Mine(ctx, accountID)
	if err != nil {
		return Personal{}, err
	}
	sessions, err := p.with.Sessions.Of(ctx, accountID, p.with.Clock.Now())
	if err != nil {
		return Personal{}, err
	}
	factor, err := p.with.Factors.Factor(ctx, accountID)
	return Personal{Account: account, Sessions: sessions, SecondFactor: factor.Active()}, err
}
