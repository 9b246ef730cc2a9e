package trip

import (
	"context"
	"errors"
)

// EndByStaff ends any trip. Where its car may be left is staff's to judge; a car that
// moves cannot be left by anybody.
func (s *Rentals) EndByStaff(ctx context.Context, c StaffEnd) (Trip, error) {
	t, err := s.AnyTrip(ctx, c.TripID)
	if err != nil || t.State == Finished || t.Step == Settling {
		return t, err
	}
	if t.Step == Locking && !c.WithoutLock {
		return s.noteEnd(ctx, t, c.Reason)
	}
	if !t.endable() && t.Step != Locking {
		return Trip{}, ErrEndRefused.With(notNow(t))
	}
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil {
		return Trip{}, err
	}
	if reasons := leaving(car, s.clock.Now()); len(reasons) > 0 && (reasons[0].Code == codeMoving || !c.WithoutLock) {
		s.askToStop(ctx, t, reasons)
		return Trip{}, ErrEndRefused.With(reasons...)
	}
	r := EndRequest{By: ByStaff, Note: c.Reason}
	if c.WithoutLock {
		return s.endUnlocked(ctx, t, car, r)
	}
	return s.end(ctx, t, car, r)
}

// noteEnd keeps what staff say of an end that was asked for before.
func (s *Rentals) noteEnd(ctx context.Context, t Trip, note string) (Trip, error) {
	_, err := s.trips.Update(ctx, t.ID, func(t *Trip) error { return t.NoteEnd(note, s.clock.Now()) })
	if err != nil && !errors.Is(err, errMovedOn) {
		return Trip{}, err
	}
	return s.AnyTrip(ctx, t.ID)
}

// endUnlocked ends a trip whose car does not answer; unless it is locked and closed, it
// goes out of service.
func (s *Rentals) endUnlocked(ctx context.Context, t Trip, car CarState, r EndRequest) (Trip, error) {
	r = r.of(t, car)
	settling, err := s.trips.Update(ctx, t.ID, func(t *Trip) error {
		now := s.clock.Now()
		if t.Step != Locking {
			if err := t.RequestEnd(r, now); err != nil {
				return err
			}
		}
		return t.GiveUpLock(r, now)
	})
	if err != nil && !errors.Is(err, errMovedOn) {
		return Trip{}, err
	}
	if err == nil {
		if err := s.settle(ctx, settling); err != nil {
			s.log(ctx, "a priced trip is left to recovery", t.ID, err)
		}
	}
	return s.AnyTrip(ctx, t.ID)
}

// AnyTrip is anybody's trip.
func (s *Rentals) AnyTrip(ctx context.Context, id string) (Trip, error) {
	t, err := s.trips.Trip(ctx, id)
	if err == nil && !t.Accepted {
		err = ErrNoTrip
	}
	if err != nil {
		return Trip{}, err
	}
	return s.asOfNow(ctx, t), nil
}

// AllTrips lists anybody's trips. Their cars are not asked: distances are as last saved.
func (s *Rentals) AllTrips(ctx context.Context, f Filter) (Page, error) {
	page, err := s.trips.Trips(ctx, f)
	for i, t := range page.Trips {
		page.Trips[i] = t.AsOf(CarState{OdometerM: t.StartOdometerM + t.DistanceM}, s.clock.Now())
	}
	return page, err
}
