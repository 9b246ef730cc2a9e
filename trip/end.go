package trip

import (
	"context"
	"errors"
	"strconv"
	"time"

	"freecar/internal/errs"
)

// freshReading is how old a reading may be to say that a car moves.
const freshReading = 10 * time.Second

// End asks the car to lock.
func (s *Rentals) End(ctx context.Context, account, id string) (Trip, error) {
	t, err := s.own(ctx, account, id)
	if err != nil {
		return Trip{}, err
	}
	switch {
	case t.Step == Locking || t.State == Finished || t.Step == Settling:
		return s.asOfNow(ctx, t), nil // asked before
	case t.Step != Driving:
		return Trip{}, ErrEndRefused.With(errs.Field{Code: "not_started", Detail: "The trip is " + string(t.State) + "."})
	}
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil {
		return Trip{}, err
	}
	if reasons := refusals(car, s.clock.Now()); len(reasons) > 0 {
		s.askToStop(ctx, t, reasons)
		return Trip{}, ErrEndRefused.With(reasons...)
	}
	t, err = s.trips.Update(ctx, id, func(t *Trip) error { return t.RequestEnd(car.OdometerM, s.clock.Now()) })
	if errors.Is(err, errMovedOn) { // asked twice at once
		return s.Trip(ctx, account, id)
	}
	if err != nil {
		return Trip{}, err
	}
	s.command(ctx, t, Locking, Lock)
	return t.AsOf(car.OdometerM, s.clock.Now()), nil
}

// refusals are all reasons why a car cannot be left as it is.
func refusals(car CarState, now time.Time) (reasons []errs.Field) {
	if moving(car, now) {
		reasons = append(reasons, errs.Field{Code: codeMoving, Detail: "The car is moving; stop first."})
	}
	if car.DoorsOpen {
		reasons = append(reasons, errs.Field{Code: "doors_open", Detail: "Close all doors."})
	}
	return reasons
}

const codeMoving = "moving"

func moving(car CarState, now time.Time) bool {
	return car.SpeedKMH > 0 && now.Sub(car.ReadAt) <= freshReading
}

// askToStop sends an advisory stop to a car that moves.
func (s *Rentals) askToStop(ctx context.Context, t Trip, reasons []errs.Field) {
	for _, r := range reasons {
		if r.Code == codeMoving {
			// One stop a second at most: the second names the step.
			step := "stop-" + strconv.FormatInt(s.clock.Now().Unix(), 10)
			if err := s.cars.Command(ctx, t.Car.ID, t.ID, step, StopRequest); err != nil {
				s.log(ctx, "the car was not asked to stop", t.ID, err)
			}
		}
	}
}

// commandStep names the command of a step. A trip that failed to end may end again: the
// attempt tells one lock from the next.
func commandStep(t Trip, step Step) string {
	if step == Locking {
		return string(step) + "-" + strconv.Itoa(t.EndAttempts)
	}
	return string(step)
}
