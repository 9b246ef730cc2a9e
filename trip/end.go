package trip

import (
	"context"
	"strconv"

	"freecar/internal/errs"
)

// End asks the car to lock.
func (s *Rentals) End(ctx context.Context, account, id string) (Trip, error) {
	t, err := s.own(ctx, account, id)
	if err != nil {
		return Trip{}, err
	}
	if !t.ending() && !t.endable() { // whatever its car does
		return Trip{}, ErrEndRefused.With(notNow(t))
	}
	car, err := s.carOf(ctx, t)
	if err != nil || t.ending() {
		return t.AsOf(car, s.clock.Now()), err
	}
	reasons, err := s.endReasons(ctx, t, car)
	if err != nil {
		return Trip{}, err
	}
	if len(reasons) > 0 {
		s.askToStop(ctx, t, reasons)
		return Trip{}, ErrEndRefused.With(reasons...)
	}
	return s.end(ctx, t, car, EndRequest{By: ByRider})
}

// MayEnd says what stands against an end, and changes nothing.
func (s *Rentals) MayEnd(ctx context.Context, account, id string) ([]errs.Field, error) {
	t, car, err := s.ownWithCar(ctx, account, id)
	if err != nil || t.ending() {
		return nil, err
	}
	return s.endReasons(ctx, t, car)
}

// endReasons is where all that stands against a rider's end is gathered.
func (s *Rentals) endReasons(ctx context.Context, t Trip, car CarState) ([]errs.Field, error) {
	if !t.endable() {
		return []errs.Field{notNow(t)}, nil
	}
	reasons := leaving(car, s.clock.Now())
	if car.TripID != t.ID || car.ReadAt.IsZero() { // nobody knows where the trip's car is
		return reasons, nil
	}
	places, err := s.places.EndRefusals(ctx, car.Position)
	return append(reasons, places...), err
}

// ending says that the trip's end was asked for, and did not fail.
func (t *Trip) ending() bool { return t.Step == Locking || t.Step == Settling || t.State == Finished }

// endable says that the trip's end can be asked for.
func (t *Trip) endable() bool { return t.State == InProgress || t.State == Paused }

// end asks for the end of a trip against which nothing stands.
func (s *Rentals) end(ctx context.Context, t Trip, car CarState, r EndRequest) (Trip, error) {
	r = r.of(t, car)
	return s.ask(ctx, t, car, Lock, func(t *Trip) error { return t.RequestEnd(r, s.clock.Now()) })
}

// of is the request with what is known of the car.
func (r EndRequest) of(t Trip, car CarState) EndRequest {
	r.OdometerM = odometer(t, car)
	if car.TripID == t.ID {
		r.DroveOffAt, r.Unlocked = car.DroveOffAt, !car.Locked || car.DoorsOpen
	}
	return r
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

// autoEnd ends a trip that nobody ends, or whose end failed, as soon as its car can be
// left: one that drives has to stand from one look to the next. Whether it may be left
// where it is, is no question any more.
func (s *Rentals) autoEnd(ctx context.Context, t Trip, car CarState) error {
	r := EndRequest{By: ByPlatform}.of(t, car)
	if s.clock.Now().Before(t.overdueAt(s.policy)) { // an end that failed
		if !t.stoodSinceEnd(r.OdometerM) {
			_, err := s.update(ctx, t, driven(car, func(t *Trip) error { return t.DriveOn(s.policy, s.clock.Now()) }))
			return err
		}
		r.By, r.Note = t.End.By, t.End.Note
	}
	reasons := leaving(car, s.clock.Now())
	if t.Step == Driving && t.drivenSince(r.OdometerM) { // it may stand at a red light
		reasons = append(reasons, reason(codeMoving, "The car has moved since it was last looked at."))
	}
	if len(reasons) > 0 {
		_, err := s.update(ctx, t, driven(car, func(t *Trip) error { return t.PostponeEnd(reasons[0].Code, s.policy, s.clock.Now()) }))
		return err
	}
	s.log(ctx, "the platform ends the trip: nobody does, or the car did not lock", t.ID, nil)
	_, err := s.ask(ctx, t, car, Lock, unmoved(t, func(t *Trip) error { return t.RequestEnd(r, s.clock.Now()) }))
	return err
}

// commandStep names the command of the trip's step. A trip may pause, resume and fail to
// end again and again: the number tells one lock from the next.
func commandStep(t Trip) string {
	switch t.Step {
	case Locking:
		return string(t.Step) + "-" + strconv.Itoa(t.End.Asked)
	case Pausing:
		return string(t.Step) + "-" + strconv.Itoa(t.Pause.Asked)
	case Resuming:
		return string(t.Step) + "-" + strconv.Itoa(t.Pause.Resumed)
	}
	return string(t.Step)
}
