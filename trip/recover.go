package trip

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

const (
	recoverBatch = 1000
	recoverOne   = 10 * time.Second
	// recoverAtOnce is how many rentals are looked after at the same time: one whose car
	// service hangs must not keep the others waiting.
	recoverAtOnce = 16
)

// Recover takes up what is due: steps whose instance died, commands that got lost, cars
// that do not answer, reservations that are over. Several instances may do so at once,
// since every step may be done twice and is taken once. It looks after all that is due
// once: what cannot go on keeps nothing else waiting.
func (s *Rentals) Recover(ctx context.Context) error {
	now := s.clock.Now()
	var wg sync.WaitGroup
	defer wg.Wait()
	free := make(chan struct{}, recoverAtOnce)
	for last := (Due{}); ; {
		page, err := s.trips.Due(ctx, now, last, recoverBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, due := range page {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			wg.Go(func() {
				defer func() { <-free }()
				if err := s.attend(ctx, due.ID); err != nil && ctx.Err() == nil {
					s.log(ctx, "a trip is due and cannot go on yet", due.ID, err)
				}
			})
			last = due
		}
	}
}

// attend looks after one rental; if that panics, it is that rental's alone.
func (s *Rentals) attend(ctx context.Context, id string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.resume(ctx, id)
}

// resume does for one trip what its instance would have done.
func (s *Rentals) resume(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, recoverOne)
	defer cancel()
	t, err := s.trips.Trip(ctx, id)
	if err != nil || t.NextAt.IsZero() || t.NextAt.After(s.clock.Now()) { // another instance took it on
		return err
	}
	ctx = auth.OnBehalf(ctx, t.Account)
	switch t.Step {
	case Requesting, Reserving:
		if err := s.refuse(ctx, t, errGivenUp, true); !errors.Is(err, errMovedOn) {
			return err
		}
		return nil
	case Waiting:
		return s.expire(ctx, t)
	case Withdrawing, Returning, Lapsing, Cancelling, Settling: // these ask nothing of the car
		return s.step(ctx, t, CarState{})
	}
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil {
		return err
	}
	if err := s.step(ctx, t, car); err != nil {
		return err
	}
	if t.Step == Driving || t.Step == Parked && car.DroveOffAt.IsZero() && !car.Open {
		return s.autoEnd(ctx, t, car)
	}
	return s.remind(ctx, t, car)
}

// expire ends a reservation whose time is over; one that was extended or started
// meanwhile goes on.
func (s *Rentals) expire(ctx context.Context, t Trip) error {
	if !t.expired(s.clock.Now()) {
		return nil
	}
	lapsing, err := s.update(ctx, t, func(t *Trip) error { return t.Expire(s.clock.Now()) })
	if err != nil || lapsing.Step != Lapsing {
		return err
	}
	return s.lapse(ctx, lapsing)
}

// remind sends the command of a step again that the car does not know of.
func (s *Rentals) remind(ctx context.Context, t Trip, car CarState) error {
	if !s.clock.Now().Before(t.Deadline) {
		return nil
	}
	if car.TripID != t.ID {
		if t.Step != Unlocking {
			return nil
		}
		if stands, err := s.claimAgain(ctx, t); err != nil || !stands {
			return err
		}
	}
	if _, known := car.Commands[commandStep(t)]; known {
		return nil // the car service repeats it to the car
	}
	switch t.Step {
	case Unlocking, Resuming:
		return s.cars.Command(ctx, t.Car.ID, t.ID, commandStep(t), Unlock)
	case Pausing, Locking:
		return s.cars.Command(ctx, t.Car.ID, t.ID, commandStep(t), Lock)
	}
	return nil
}

// claimAgain takes a car again that an accepted trip waits for: an instance that was paused
// when it gave an earlier start up may have made the claim a reservation's again. The trip
// may have come to its end since it was read; then the claim is nobody's, and the car must
// not open. Stands says that the trip is as it was.
func (s *Rentals) claimAgain(ctx context.Context, t Trip) (stands bool, err error) {
	_, failed := s.cars.Claim(ctx, claimOf(t, ForTrip))
	if failed != nil && !errs.IsFault(failed) {
		return false, failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RequestAtMost/2)
	defer cancel()
	now, err := s.trips.Trip(ctx, t.ID)
	if err != nil || now.Version == t.Version {
		return failed == nil && err == nil, errors.Join(failed, err)
	}
	if now.Step == Cancelling || now.Step == Settling { // whoever does this may have released the car before the claim
		return false, errors.Join(failed, s.step(ctx, now, CarState{}))
	}
	return false, errors.Join(failed, s.giveLateClaimBack(ctx, now))
}
