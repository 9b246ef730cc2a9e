package trip

import (
	"context"
	"errors"
	"time"

	"freecar/internal/errs"
)

// Advance takes a trip on as far as its car allows.
func (s *Rentals) Advance(ctx context.Context, id string) error {
	t, err := s.trips.Trip(ctx, id)
	if isMissing(err) {
		return nil
	}
	if err != nil || !t.followsCar() {
		return err
	}
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil {
		return err
	}
	return s.step(ctx, t, car)
}

// Unlocked begins a trip whose car has acknowledged the unlock.
func (s *Rentals) Unlocked(ctx context.Context, id string, at time.Time) error {
	_, err := s.trips.Update(ctx, id, func(t *Trip) error { return t.Begin(at, s.policy, s.clock.Now()) })
	if isMissing(err) || errors.Is(err, errMovedOn) {
		return nil
	}
	return err
}

// followsCar says that what the car does takes the trip on.
func (t *Trip) followsCar() bool {
	switch t.Step {
	case Unlocking, Pausing, Parked, Resuming, Locking:
		return true
	}
	return false
}

// step does what the trip's step asks for, as far as the car allows.
func (s *Rentals) step(ctx context.Context, t Trip, car CarState) error {
	switch t.Step {
	case Lapsing:
		return s.lapse(ctx, t)
	case Returning:
		return s.giveReservationBack(ctx, t)
	case Withdrawing:
		return s.withdraw(ctx, t)
	case Unlocking:
		return s.afterUnlock(ctx, t, car)
	case Pausing:
		return s.afterPause(ctx, t, car)
	case Parked:
		return s.whileParked(ctx, t, car)
	case Resuming:
		return s.afterResume(ctx, t, car)
	case Locking:
		return s.afterLock(ctx, t, car)
	case Settling:
		return s.settle(ctx, t)
	case Cancelling:
		return s.cancel(ctx, t)
	}
	return nil
}

func (s *Rentals) afterUnlock(ctx context.Context, t Trip, car CarState) error {
	now := s.clock.Now()
	switch command := outcome(t, car, now); command.State {
	case CommandDone:
		_, err := s.update(ctx, t, func(t *Trip) error { return t.Begin(command.At, s.policy, now) })
		return err
	case CommandFailed:
		s.log(ctx, "the car did not unlock; the trip is cancelled", t.ID, errNoAnswer)
		cancelling, err := s.update(ctx, t, func(t *Trip) error { return t.Cancel("unlock_failed", now) })
		if err != nil || cancelling.Step != Cancelling {
			return err
		}
		return s.cancel(ctx, cancelling)
	}
	return nil
}

func (s *Rentals) afterPause(ctx context.Context, t Trip, car CarState) error {
	now := s.clock.Now()
	switch outcome(t, car, now).State {
	case CommandDone:
		_, err := s.update(ctx, t, func(t *Trip) error { return t.Park(s.policy, now) })
		return err
	case CommandFailed:
		s.log(ctx, "the car did not lock; the trip does not pause", t.ID, errNoAnswer)
		_, err := s.update(ctx, t, func(t *Trip) error { return t.PauseFailed("lock_failed", s.policy, now) })
		return err
	}
	return nil
}

// whileParked goes on with a trip whose car drives though it was locked, or stands open:
// by an unlock that was given up, say, and happened after all.
func (s *Rentals) whileParked(ctx context.Context, t Trip, car CarState) error {
	if car.TripID != t.ID || car.DroveOffAt.IsZero() && !car.Open {
		return nil
	}
	now, since := s.clock.Now(), car.DroveOffAt
	if since.IsZero() {
		since = now
	}
	_, err := s.update(ctx, t, func(t *Trip) error { return t.Resume(since, s.policy, now) })
	return err
}

func (s *Rentals) afterResume(ctx context.Context, t Trip, car CarState) error {
	now := s.clock.Now()
	switch command := outcome(t, car, now); command.State {
	case CommandDone:
		_, err := s.update(ctx, t, func(t *Trip) error { return t.Resume(command.At, s.policy, now) })
		return err
	case CommandFailed:
		s.log(ctx, "the car did not unlock; the pause goes on", t.ID, errNoAnswer)
		_, err := s.update(ctx, t, func(t *Trip) error { return t.ResumeFailed("unlock_failed", s.policy, now) })
		return err
	}
	return nil
}

func (s *Rentals) afterLock(ctx context.Context, t Trip, car CarState) error {
	now := s.clock.Now()
	switch outcome(t, car, now).State {
	case CommandDone:
		against, err := s.rolledAway(ctx, t, car)
		if err != nil {
			return err
		}
		if len(against) > 0 {
			_, err := s.update(ctx, t, driven(car, func(t *Trip) error { return t.RefuseEnd(against[0].Code, s.policy, now) }))
			return err
		}
		priced, err := s.update(ctx, t, func(t *Trip) error { return t.Price(odometer(*t, car), now) })
		if err != nil || priced.Step != Settling {
			return err
		}
		return s.settle(ctx, priced)
	case CommandFailed:
		s.log(ctx, "the car did not lock; the trip goes on", t.ID, errNoAnswer)
		open := car.DroveOffAt
		if open.IsZero() {
			open = now
		}
		_, err := s.update(ctx, t, func(t *Trip) error { return t.EndFailed("lock_failed", open, s.policy, now) })
		return err
	}
	return nil
}

// rolledAway are the reasons why a car cannot be left where it locked: its rider went on
// after the end was accepted. There are none for a car that stood.
func (s *Rentals) rolledAway(ctx context.Context, t Trip, car CarState) ([]errs.Field, error) {
	if t.End.By != ByRider || t.stoodSinceEnd(odometer(t, car)) || car.TripID != t.ID {
		return nil, nil
	}
	return s.places.EndRefusals(ctx, car.Position)
}

// outcome is what became of the step's command. While the car service knows the command,
// that service alone decides when it has failed; the trip's deadline is for one that it
// never got. A car that is as the command wants it, or that is not the trip's any more,
// needs no command.
func outcome(t Trip, car CarState, now time.Time) Outcome {
	ours := car.TripID == t.ID
	if at, there := there(t, car, ours, now); there {
		return Outcome{State: CommandDone, At: at}
	}
	if command, known := car.Commands[commandStep(t)]; ours && known {
		return command
	}
	if !now.Before(t.Deadline) {
		return Outcome{State: CommandFailed, At: now}
	}
	return Outcome{State: CommandPending}
}

// there says that the car is as the step wants it, whoever made it so, and since when.
func there(t Trip, car CarState, ours bool, now time.Time) (time.Time, bool) {
	switch t.Step {
	case Locking:
		return now, !ours || car.Locked
	case Pausing:
		return now, ours && car.Locked
	case Resuming:
		return car.DroveOffAt, ours && !car.DroveOffAt.IsZero()
	}
	return time.Time{}, false
}

// odometer is where the trip's distance ends. What a car did that is not the trip's any
// more is not the rider's.
func odometer(t Trip, car CarState) int64 {
	if car.TripID != t.ID {
		return t.StartOdometerM + t.DistanceM
	}
	return car.OdometerM
}

// driven makes a change that also notes how far the trip has come: while the car cannot be
// asked, and in lists, its distance is as last saved.
func driven(car CarState, change func(*Trip) error) func(*Trip) error {
	return func(t *Trip) error {
		t.drove(odometer(*t, car))
		return change(t)
	}
}

// settle pays and frees the car, then ends the trip: in this order, so that what is saved
// last has everything behind it.
func (s *Rentals) settle(ctx context.Context, t Trip) error {
	if !t.Fare.promoted() {
		if err := s.givePromoBack(ctx, t); err != nil {
			return err
		}
	}
	t, err := s.pay(ctx, t)
	if err != nil {
		return err
	}
	release := Release{Claim: claimOf(t, ForTrip)}
	if t.End.Unlocked {
		release.OutOfService = "Staff ended a trip without a lock."
	}
	if err := s.cars.Release(ctx, release); err != nil {
		return err
	}
	_, err = s.update(ctx, t, func(t *Trip) error { return t.Finish(s.clock.Now()) })
	return err
}

func (s *Rentals) cancel(ctx context.Context, t Trip) error {
	if err := s.giveBack(ctx, t); err != nil {
		return err
	}
	_, err := s.update(ctx, t, func(t *Trip) error { return t.CancelDone(s.clock.Now()) })
	return err
}

// withdraw undoes a start or a reservation that nobody can accept any more.
func (s *Rentals) withdraw(ctx context.Context, t Trip) error {
	var err error
	if t.State == Reserved { // no money yet
		err = s.cars.Release(ctx, Release{Claim: claimOf(t, ForReservation)})
	} else {
		err = s.giveBack(ctx, t)
	}
	if err != nil {
		return err
	}
	_, err = s.update(ctx, t, func(t *Trip) error { return t.Refuse(t.Reason, s.clock.Now()) })
	return err
}

// giveBack gives back what a start got, or may have got.
func (s *Rentals) giveBack(ctx context.Context, t Trip) error {
	if err := s.givePromoBack(ctx, t); err != nil {
		return err
	}
	if err := s.wallet.Release(ctx, t.ID); err != nil {
		return err
	}
	return s.cars.Release(ctx, Release{Claim: claimOf(t, ForTrip)})
}

// update saves a step that was decided on t; that another instance has taken it, or that
// the trip has changed at all since, is no failure, and the trip comes back as it was.
func (s *Rentals) update(ctx context.Context, t Trip, change func(*Trip) error) (Trip, error) {
	saved, err := s.trips.Update(ctx, t.ID, unmoved(t, change))
	if errors.Is(err, errMovedOn) {
		return t, nil
	}
	return saved, err
}

// unmoved makes a change only of the very trip that it was decided on: a step by itself
// does not tell an end, a pause or a resume from the one before.
func unmoved(t Trip, change func(*Trip) error) func(*Trip) error {
	return func(saved *Trip) error {
		if saved.Version != t.Version {
			return errMovedOn
		}
		return change(saved)
	}
}
