package car

import (
	"cmp"
	"context"
	"time"
)

// upkeepBatch is how many cars one look takes.
const upkeepBatch = 100

// claimQuestioned is the age at which a claim is questioned: well beyond any start.
const claimQuestioned = 2 * time.Minute

// ExpireCommands gives up the commands whose time is over. Any number of instances may
// do so at once: each command expires once.
func (f *Fleet) ExpireCommands(ctx context.Context) error {
	overdue := func() ([]string, error) { return f.cars.Overdue(ctx, f.clock.Now(), upkeepBatch) }
	return f.each(ctx, overdue, func(car *Car, now time.Time) error {
		car.Expire(now)
		return nil
	})
}

// LoseContact takes silent cars out of the fleet.
func (f *Fleet) LoseContact(ctx context.Context) error {
	silent := func() ([]string, error) {
		return f.cars.Silent(ctx, f.clock.Now().Add(-f.policy.SilentAfter), upkeepBatch)
	}
	return f.each(ctx, silent, func(car *Car, now time.Time) error {
		car.LoseContact(f.policy, now)
		return nil
	})
}

// ReplaceDevices lets devices that wait speak for cars whose present one fell silent.
func (f *Fleet) ReplaceDevices(ctx context.Context) error {
	replaceable := func() ([]string, error) {
		return f.cars.Replaceable(ctx, f.clock.Now().Add(-f.policy.SilentAfter), upkeepBatch)
	}
	return f.each(ctx, replaceable, func(car *Car, now time.Time) error {
		car.TakeOver(f.policy, now)
		return nil
	})
}

// each changes the listed cars until none is left or none of a batch changed. A car that
// cannot be changed stands in no other's way; the first such error is returned.
func (f *Fleet) each(ctx context.Context, list func() ([]string, error), change func(*Car, time.Time) error) error {
	var failed error
	for {
		batch, err := list()
		if err != nil {
			return cmp.Or(failed, err)
		}
		changed := false
		for _, id := range batch {
			_, err := f.update(ctx, id, func(car *Car, now time.Time) error {
				before := car.Version
				err := change(car, now)
				changed = changed || car.Version != before
				return err
			})
			failed = cmp.Or(failed, err)
		}
		if len(batch) < upkeepBatch || !changed || ctx.Err() != nil {
			return failed
		}
	}
}

// QuestionClaims releases old claims that no trip stands behind: what a start left that
// died before it was saved, or a claim that arrived after its release.
func (f *Fleet) QuestionClaims(ctx context.Context) error {
	if f.trips == nil {
		return nil
	}
	for after := ""; ; {
		batch, err := f.cars.Claimed(ctx, f.clock.Now().Add(-claimQuestioned), after, upkeepBatch)
		if err != nil {
			return err
		}
		for _, car := range batch {
			if err := f.question(ctx, car); err != nil {
				return err
			}
			after = car.ID
		}
		if len(batch) < upkeepBatch {
			return nil
		}
	}
}

func (f *Fleet) question(ctx context.Context, car Car) error {
	live, err := f.trips.Live(ctx, *car.Claim)
	if err != nil || live {
		return err
	}
	_, err = f.Release(ctx, car.ID, Releasing{Kind: car.Claim.Kind, ID: car.Claim.ID})
	return err
}
