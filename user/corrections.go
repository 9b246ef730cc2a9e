package user

import (
	"context"

	"freecar/internal/errs"
)

// Adjust books an adjustment.
func (b *bank) Adjust(ctx context.Context, c AdjustWallet) (Corrected, error) {
	if c.Key.IsZero() {
		return Corrected{}, errs.Invalidf("Idempotency-Key", "required", "An adjustment needs one, so that it is never booked twice.")
	}
	adjustment, change, err := NewAdjustment(b.with.IDs.New(), c, b.with.Clock.Now())
	if err != nil {
		return Corrected{}, err
	}
	entry, again, err := b.with.Corrections.Adjust(ctx, c.Key, adjustment, change)
	return Corrected{Entry: entry, Replayed: again}, err
}

// Refund gives some of a trip's fare back.
func (b *bank) Refund(ctx context.Context, c RefundTrip) (Corrected, error) {
	if c.Key.IsZero() {
		return Corrected{}, errs.Invalidf("Idempotency-Key", "required", "A refund needs one, so that it is never booked twice.")
	}
	if _, err := c.check(); err != nil {
		return Corrected{}, err
	}
	now := b.with.Clock.Now()
	entry, again, err := b.with.Corrections.Refund(ctx, c.Key, c.TripID, now, func(h *Hold) (Change, error) {
		return h.Refund(b.with.IDs.New, c, now)
	})
	return Corrected{Entry: entry, Replayed: again}, err
}

// HoldOf is a trip's hold.
func (b *bank) HoldOf(ctx context.Context, tripID string) (Hold, error) {
	return b.with.Holds.Hold(ctx, tripID)
}

// Totals is the money in the ledger's accounts.
func (b *bank) Totals(ctx context.Context) (Totals, error) { return b.with.Wallets.Totals(ctx) }

// CheckBooks adds up the whole ledger.
func (b *bank) CheckBooks(ctx context.Context) (Books, error) { return b.with.Wallets.Check(ctx) }
