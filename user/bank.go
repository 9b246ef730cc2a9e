package user

import (
	"context"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
)

// BankConfig is what Bank works with.
type BankConfig struct {
	Wallets Wallets
	Holds   Holds
	TopUps  TopUps
	// Corrections books what staff correct.
	Corrections Corrections
	Payments    Payments
	Clock       clock.Clock
	IDs         ids.Source
	// Log takes what nobody else is told: a top-up that stays open for now.
	Log func(ctx context.Context, msg, topUpID string, err error)
}

type bank struct{ with BankConfig }

// NewBank makes the Bank of these stores and this provider.
func NewBank(c BankConfig) Bank { return &bank{with: c} }

// Wallet is an account's money.
func (b *bank) Wallet(ctx context.Context, accountID string) (Wallet, error) {
	return b.with.Wallets.Wallet(ctx, accountID)
}

// WalletEntries lists what moved it.
func (b *bank) WalletEntries(ctx context.Context, accountID string, p Paging) (Page[WalletEntry], error) {
	return b.with.Wallets.Entries(ctx, accountID, p)
}

// Hold sets money aside for a trip.
func (b *bank) Hold(ctx context.Context, c PlaceHold) (Hold, error) {
	if err := checkAmount(c.Amount, 0, mostHeld); err != nil {
		return Hold{}, err
	}
	hold, err := b.with.Holds.Place(ctx, c.TripID, c.AccountID, func(w Wallet) (Hold, Change, error) {
		return NewHold(b.with.IDs.New, c.TripID, w, c.Amount, b.with.Clock.Now())
	})
	if err == nil { // it may be the hold of an earlier call
		err = hold.Repeats(c.AccountID, c.Amount)
	}
	return hold, err
}

// Capture charges the fare of a trip and ends its hold.
func (b *bank) Capture(ctx context.Context, tripID string, fare money.Money) (Hold, error) {
	if err := checkAmount(fare, 0, mostHeld); err != nil {
		return Hold{}, err
	}
	return b.with.Holds.Update(ctx, tripID, func(h *Hold) (Change, error) {
		return h.Capture(b.with.IDs.New, fare, b.with.Clock.Now())
	})
}

// Release ends a trip's hold without a charge.
func (b *bank) Release(ctx context.Context, tripID string) (Hold, error) {
	hold, err := b.release(ctx, tripID)
	if errs.KindOf(err) != errs.NotFound {
		return hold, err
	}
	_, err = b.with.Holds.Place(ctx, tripID, "", func(Wallet) (Hold, Change, error) {
		hold, change := VoidHold(b.with.IDs.New, tripID, b.with.Clock.Now())
		return hold, change, nil
	})
	if err != nil {
		return Hold{}, err
	}
	return b.release(ctx, tripID) // a hold that came in between is released, too
}

func (b *bank) release(ctx context.Context, tripID string) (Hold, error) {
	return b.with.Holds.Update(ctx, tripID, func(h *Hold) (Change, error) {
		return h.Release(b.with.IDs.New, b.with.Clock.Now())
	})
}

// Tidy forgets idempotency keys that are over.
func (b *bank) Tidy(ctx context.Context) error {
	return b.with.TopUps.ForgetKeys(ctx, b.with.Clock.Now().Add(-idem.Keep))
}
