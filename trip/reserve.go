package trip

import (
	"context"
	"errors"
	"time"

	"freecar/internal/errs"
)

// Reserve keeps a car for its rider.
func (s *Rentals) Reserve(ctx context.Context, c ReserveCar) (ReservationMade, error) {
	if before, replayed, err := s.replay(ctx, c.Key); err != nil || replayed {
		return made(before, replayed), err
	}
	if err := s.cooledDown(ctx, c); err != nil {
		return ReservationMade{}, err
	}
	t := NewReservation(s.ids.New(), c.Account, c.CarID, c.Key, s.clock.Now())
	if err := s.create(ctx, t); err != nil {
		if errors.Is(err, ErrDuplicateKey) {
			before, err := s.replayOrWait(ctx, c.Key)
			return made(before, true), err
		}
		return ReservationMade{}, err
	}
	stepCtx, cancel := context.WithTimeout(ctx, RequestAtMost-2*time.Second)
	defer cancel()
	reserved, touched, err := s.reserve(stepCtx, t)
	if err != nil {
		return ReservationMade{}, s.turnDown(ctx, t, err, touched)
	}
	return made(reserved, false), nil
}

// made is the reservation as it was when it was made or extended.
func made(t Trip, replayed bool) ReservationMade {
	return ReservationMade{Reservation: t.Reservation(t.Term.At), Replayed: replayed}
}

// cooledDown keeps a rider from holding one car for ever, free of charge.
func (s *Rentals) cooledDown(ctx context.Context, c ReserveCar) error {
	left, err := s.cooling(ctx, c.Account, c.CarID)
	if err == nil && left > 0 {
		err = ErrReservedLately.After(left)
	}
	return err
}

// cooling is for how long the account cannot have the car free of charge: it has just had
// it, and not driven it. It is 0 or less for an account that can.
func (s *Rentals) cooling(ctx context.Context, account, carID string) (time.Duration, error) {
	lapsed, err := s.trips.LastLapse(ctx, account, carID)
	if err != nil || lapsed.IsZero() {
		return 0, err
	}
	return lapsed.Add(s.policy.ReserveAgain).Sub(s.clock.Now()), nil
}

// reserve looks at licence and wallet and takes the car; no money is held. When it fails,
// touched says that it may have got the car.
func (s *Rentals) reserve(ctx context.Context, t Trip) (reserved Trip, touched bool, err error) {
	if err := s.licences.Check(ctx, t.Account); err != nil {
		return t, false, err
	}
	if err := s.wallet.Solvent(ctx, t.Account); err != nil {
		return t, false, err
	}
	car, err := s.cars.Claim(ctx, claimOf(t, ForReservation))
	if err != nil {
		return t, errs.IsFault(err), err
	}
	plan, err := s.priced(ctx, car)
	if err != nil {
		return t, true, err
	}
	reserved, err = s.trips.Update(ctx, t.ID, func(t *Trip) error { return t.Reserve(car, plan, s.policy, s.clock.Now()) })
	return reserved, true, late(err)
}

// CurrentReservation is the account's reservation that can still be started.
func (s *Rentals) CurrentReservation(ctx context.Context, account string) (Reservation, error) {
	t, err := s.trips.Current(ctx, account)
	if err != nil && !isMissing(err) {
		return Reservation{}, err
	}
	if r := t.Reservation(s.clock.Now()); err == nil && t.Reservable() && r.State == ReservationActive {
		return r, nil
	}
	return Reservation{}, ErrNoReservation
}

// Extend makes a reservation last longer.
func (s *Rentals) Extend(ctx context.Context, c ExtendReservation) (ReservationMade, error) {
	if before, replayed, err := s.replay(ctx, c.Key); err != nil || replayed {
		return made(before, replayed), err
	}
	if _, err := s.ownReservation(ctx, c.Account, c.ID); err != nil {
		return ReservationMade{}, err
	}
	now := s.clock.Now()
	t, err := s.trips.Update(ctx, c.ID, func(t *Trip) error { return t.Extend(c.Key, s.policy, now) })
	if err == nil {
		return made(t, false), nil
	}
	// Refused, because the same request came a moment earlier?
	if before, replayed, failed := s.replay(ctx, c.Key); failed != nil || replayed {
		return made(before, replayed), failed
	}
	return ReservationMade{}, err
}

// CancelReservation gives the car back.
func (s *Rentals) CancelReservation(ctx context.Context, account, id string) error {
	if _, err := s.ownReservation(ctx, account, id); err != nil {
		return err
	}
	return s.endReservation(ctx, id, ReservationCancelled)
}

// endReservation ends a reservation without a trip. What cannot be done now is left to
// recovery: from here on nobody can start it.
func (s *Rentals) endReservation(ctx context.Context, id string, how ReservationState) error {
	t, err := s.trips.Update(ctx, id, func(t *Trip) error { return t.Lapse(how, s.clock.Now()) })
	if errors.Is(err, errMovedOn) { // it had ended before
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.lapse(ctx, t); err != nil {
		s.log(ctx, "an ended reservation is left to recovery", id, err)
	}
	return nil
}

// lapse gives back what a reservation had. A start that failed may have set money aside,
// and may have left its claim when the car did not hear that it was given up.
func (s *Rentals) lapse(ctx context.Context, t Trip) error {
	if !t.Term.StartAt.IsZero() {
		if err := s.giveBack(ctx, t); err != nil {
			return err
		}
	}
	if err := s.cars.Release(ctx, Release{Claim: claimOf(t, ForReservation)}); err != nil {
		return err
	}
	_, err := s.update(ctx, t, func(t *Trip) error { return t.LapseDone(s.clock.Now()) })
	return err
}

// ownReservation finds a reservation of the account, whatever became of it.
func (s *Rentals) ownReservation(ctx context.Context, account, id string) (Trip, error) {
	t, err := s.trips.Trip(ctx, id)
	if err != nil && !isMissing(err) {
		return Trip{}, err
	}
	if err != nil || t.Account != account || !t.Reservable() {
		return Trip{}, ErrNoReservation
	}
	return t, nil
}

func claimOf(t Trip, kind ClaimKind) Claim {
	return Claim{CarID: t.Car.ID, Kind: kind, ID: t.ID, Account: t.Account}
}
