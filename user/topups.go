package user

import (
	"context"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
)

const (
	// openAtMost is how long the request of a top-up is usually at work; what is pending
	// for longer was left behind. Taking up one that was not does no harm.
	openAtMost   = 10 * time.Second
	recoverBatch = 100
)

// TopUp charges the provider and books what it took.
func (b *bank) TopUp(ctx context.Context, c TopUpWallet) (TopUpDone, error) {
	if c.Key.IsZero() {
		return TopUpDone{}, errs.Invalidf("Idempotency-Key", "required", "A top-up needs one, so that it is never charged twice.")
	}
	t, change, err := NewTopUp(b.with.IDs.New(), c.AccountID, c.Amount, b.with.Clock.Now())
	if err != nil {
		return TopUpDone{}, err
	}
	saved, again, err := b.with.TopUps.Request(ctx, c.Key, t, change)
	switch {
	case err != nil:
		return TopUpDone{}, err
	case again && saved.State == Pending:
		return TopUpDone{}, idem.ErrInProgress
	case again:
		return TopUpDone{TopUp: saved, Replayed: true}, nil
	}
	taken, err := b.with.Payments.Charge(ctx, t.ID, t.Amount)
	if err != nil {
		return TopUpDone{}, err
	}
	t, err = b.end(ctx, t.ID, taken)
	return TopUpDone{TopUp: t}, err
}

// end books what the provider said. Errors: Conflict payment_declined.
func (b *bank) end(ctx context.Context, id string, taken bool) (TopUp, error) {
	// The money has moved: a client that leaves now must not keep us from writing it down.
	t, err := b.with.TopUps.Update(context.WithoutCancel(ctx), id, func(t *TopUp) (Change, error) {
		if !taken {
			return t.Decline(b.with.Clock.Now()), nil
		}
		return t.Settle(b.with.IDs.New(), b.with.Payments.Name(), b.with.Clock.Now())
	})
	if err == nil && t.State == Declined {
		err = ErrPaymentDeclined
	}
	return t, err
}

// Recover takes up all top-ups that were left behind, once each: one that stays open keeps
// no other waiting.
func (b *bank) Recover(ctx context.Context) error {
	before := b.with.Clock.Now().Add(-openAtMost)
	for last := (TopUp{}); ; {
		left, err := b.with.TopUps.Pending(ctx, before, last, recoverBatch)
		if err != nil || len(left) == 0 {
			return err
		}
		for _, last = range left {
			if ctx.Err() != nil {
				return nil
			}
			if err := b.takeUp(ctx, last); err != nil {
				b.with.Log(ctx, "a top-up stays open for now", last.ID, err)
			}
		}
	}
}

// takeUp finds out how a top-up ended. One that the provider never heard of is asked for
// now: its rider was told that it is in progress.
func (b *bank) takeUp(ctx context.Context, t TopUp) error {
	taken, err := b.with.Payments.Outcome(ctx, t.ID)
	if errs.KindOf(err) == errs.NotFound {
		taken, err = b.with.Payments.Charge(ctx, t.ID, t.Amount)
	}
	if err != nil {
		return err
	}
	if _, err = b.end(ctx, t.ID, taken); errs.KindOf(err) == errs.Conflict {
		return nil // declined is an end, too
	}
	return err
}
