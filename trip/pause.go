package trip

import (
	"context"
	"errors"
	"time"

	"freecar/internal/errs"
)

// freshReading is how old a reading may be to say that a car moves.
const freshReading = 10 * time.Second

// Pause asks the car to lock and wait.
func (s *Rentals) Pause(ctx context.Context, account, id string) (Trip, error) {
	t, car, err := s.ownWithCar(ctx, account, id)
	if err != nil || t.Step == Pausing || t.Step == Parked {
		return t.AsOf(car, s.clock.Now()), err
	}
	if reasons := s.pauseReasons(t, car); len(reasons) > 0 {
		s.askToStop(ctx, t, reasons)
		return Trip{}, ErrPauseRefused.With(reasons...)
	}
	return s.ask(ctx, t, car, Lock, func(t *Trip) error { return t.RequestPause(s.clock.Now()) })
}

// MayPause says what stands against a pause, and changes nothing.
func (s *Rentals) MayPause(ctx context.Context, account, id string) ([]errs.Field, error) {
	t, car, err := s.ownWithCar(ctx, account, id)
	if err != nil || t.Step == Pausing || t.Step == Parked {
		return nil, err
	}
	return s.pauseReasons(t, car), nil
}

// pauseReasons is where all that stands against a pause is gathered.
func (s *Rentals) pauseReasons(t Trip, car CarState) []errs.Field {
	if t.Step != Driving {
		return []errs.Field{notNow(t)}
	}
	return leaving(car, s.clock.Now())
}

// Resume asks the car to unlock and go on.
func (s *Rentals) Resume(ctx context.Context, account, id string) (Trip, error) {
	t, car, err := s.ownWithCar(ctx, account, id)
	if err != nil || t.Step == Resuming || t.Step == Driving {
		return t.AsOf(car, s.clock.Now()), err
	}
	if t.Step != Parked {
		return Trip{}, ErrResumeRefused.With(notNow(t))
	}
	return s.ask(ctx, t, car, Unlock, func(t *Trip) error { return t.RequestResume(s.clock.Now()) })
}

// ask takes a trip to a step that its car has to follow, and tells it; a car that is as
// the step wants it already settles the step at once.
func (s *Rentals) ask(ctx context.Context, t Trip, car CarState, c Command, change func(*Trip) error) (Trip, error) {
	id := t.ID
	t, err := s.trips.Update(ctx, id, driven(car, change))
	if errors.Is(err, errMovedOn) { // asked twice at once, or something else was
		t, err = s.trips.Trip(ctx, id)
		return t.AsOf(car, s.clock.Now()), err
	}
	if err != nil {
		return Trip{}, err
	}
	if outcome(t, car, s.clock.Now()).State == CommandPending {
		s.command(ctx, t, c)
		return t.AsOf(car, s.clock.Now()), nil
	}
	return s.askAgain(ctx, t, car, c)
}

// askAgain settles a step that needs no command by what the car is like now: it was looked
// at before the step was saved, and may have been told something in between.
func (s *Rentals) askAgain(ctx context.Context, t Trip, before CarState, c Command) (Trip, error) {
	id := t.ID
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil {
		s.log(ctx, "a step is left to recovery", id, err)
		return t.AsOf(before, s.clock.Now()), nil
	}
	if outcome(t, car, s.clock.Now()).State == CommandPending {
		s.command(ctx, t, c)
		return t.AsOf(car, s.clock.Now()), nil
	}
	if err := s.step(ctx, t, car); err != nil {
		s.log(ctx, "a step is left to recovery", id, err)
	}
	t, err = s.trips.Trip(ctx, id)
	return t.AsOf(car, s.clock.Now()), err
}

// ownWithCar finds an accepted trip of the account, with its car as it is now.
func (s *Rentals) ownWithCar(ctx context.Context, account, id string) (Trip, CarState, error) {
	t, err := s.own(ctx, account, id)
	if err != nil {
		return Trip{}, CarState{}, err
	}
	car, err := s.carOf(ctx, t)
	return t, car, err
}

// carOf is the car of a live trip as it is now; nothing is asked for one that is over.
func (s *Rentals) carOf(ctx context.Context, t Trip) (CarState, error) {
	if !t.Live() {
		return CarState{}, nil
	}
	return s.cars.Car(ctx, t.Car.ID)
}

// leaving is all that stands against leaving a car as it is.
func leaving(car CarState, now time.Time) (reasons []errs.Field) {
	if moving(car, now) {
		reasons = append(reasons, reason(codeMoving, "The car is moving; stop first."))
	}
	if car.DoorsOpen {
		reasons = append(reasons, reason("doors_open", "Close all doors."))
	}
	return reasons
}

// notNow is why nothing else is worth looking at.
func notNow(t Trip) errs.Field {
	if t.State == Starting {
		return reason("not_started", "The trip is starting; wait until the car is unlocked.")
	}
	return reason("not_in_progress", "The trip is "+string(t.State)+".")
}

const codeMoving = "moving"

func moving(car CarState, now time.Time) bool {
	return car.SpeedKMH > 0 && now.Sub(car.ReadAt) <= freshReading
}
