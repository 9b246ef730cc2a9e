package trip

import (
	"context"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// Start rents a car.
func (s *Rentals) Start(ctx context.Context, c StartTrip) (Started, error) {
	if before, err := s.replay(ctx, c.Key); err != nil || before.Replayed {
		return before, err
	}
	t := NewTrip(s.ids.New(), c.Account, c.CarID, c.Key, s.clock.Now())
	if err := s.trips.Create(ctx, t); err != nil {
		if errors.Is(err, ErrDuplicateKey) { // the same request, a moment earlier
			return s.replayOrWait(ctx, c.Key)
		}
		return Started{}, err
	}
	stepCtx, cancel := context.WithTimeout(ctx, RequestAtMost-2*time.Second)
	defer cancel()
	accepted, touched, err := s.admit(stepCtx, t)
	if err != nil {
		s.turnDown(ctx, t, err, touched)
		return Started{}, err
	}
	s.command(ctx, accepted, Unlocking, Unlock)
	return Started{Trip: accepted}, nil
}

// replay answers a key that was seen before; a zero Started is a new one.
func (s *Rentals) replay(ctx context.Context, k idem.Key) (Started, error) {
	if k.IsZero() {
		return Started{}, nil
	}
	t, hash, err := s.trips.ByKey(ctx, k, s.clock.Now())
	switch {
	case isMissing(err):
		return Started{}, nil
	case err != nil:
		return Started{}, err
	}
	if err := k.Check(hash); err != nil {
		return Started{}, err
	}
	if !t.Accepted {
		return Started{}, idem.ErrInProgress
	}
	return Started{Trip: t, Replayed: true}, nil
}

// replayOrWait answers a key that was recorded a moment ago. When it is gone again, the
// first request was refused just now: the client asks again.
func (s *Rentals) replayOrWait(ctx context.Context, k idem.Key) (Started, error) {
	before, err := s.replay(ctx, k)
	if err == nil && !before.Replayed {
		err = idem.ErrInProgress
	}
	return before, err
}

// admit takes the car, looks at the licence and holds the money. When it fails, touched
// says that it may have got something, which is for turnDown to give back.
func (s *Rentals) admit(ctx context.Context, t Trip) (accepted Trip, touched bool, err error) {
	car, err := s.cars.Claim(ctx, t.Car.ID, t.ID, t.Account)
	if err != nil {
		return t, errs.IsFault(err), err // a fault may have had its effect all the same
	}
	if err := s.licences.Check(ctx, t.Account); err != nil {
		return t, true, err
	}
	plan := s.plan(car.PlanID)
	if err := s.wallet.Hold(ctx, t.ID, t.Account, money.Of(plan.Hold)); err != nil {
		return t, true, err
	}
	accepted, err = s.trips.Update(ctx, t.ID, func(t *Trip) error { return t.Accept(car, plan, s.clock.Now()) })
	return accepted, true, err
}

// turnDown ends a start that failed, and frees the account. What cannot be undone now is
// left to recovery.
func (s *Rentals) turnDown(ctx context.Context, t Trip, cause error, touched bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RequestAtMost/2)
	defer cancel()
	if err := s.refuse(ctx, t, cause, touched); err != nil {
		s.log(ctx, "a refused start is left to recovery", t.ID, err)
	}
}

func (s *Rentals) refuse(ctx context.Context, t Trip, cause error, touched bool) error {
	now, reason := s.clock.Now(), errs.CodeOf(cause)
	if !touched {
		_, err := s.update(ctx, t, func(t *Trip) error { return t.Refuse(reason, now) })
		return err
	}
	t, err := s.update(ctx, t, func(t *Trip) error { return t.Withdraw(reason, now) })
	if err != nil || t.Step != Withdrawing {
		return err
	}
	return s.withdraw(ctx, t)
}

// command tells the trip's car something. A command that does not get through is sent
// again by recovery.
func (s *Rentals) command(ctx context.Context, t Trip, step Step, c Command) {
	if err := s.cars.Command(ctx, t.Car.ID, t.ID, commandStep(t, step), c); err != nil {
		s.log(ctx, "a command is left to recovery", t.ID, err)
	}
}

func isMissing(err error) bool { return errs.KindOf(err) == errs.NotFound }
