package trip

import (
	"context"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
)

// Start rents a car.
func (s *Rentals) Start(ctx context.Context, c StartTrip) (Started, error) {
	if before, replayed, err := s.replay(ctx, c.Key); err != nil || replayed {
		return Started{Trip: before, Replayed: replayed}, err
	}
	t, err := s.request(ctx, c)
	if errors.Is(err, ErrDuplicateKey) { // the same request, a moment earlier
		before, err := s.replayOrWait(ctx, c.Key)
		return Started{Trip: before, Replayed: true}, err
	}
	if err != nil {
		return Started{}, err
	}
	stepCtx, cancel := context.WithTimeout(ctx, RequestAtMost-2*time.Second)
	defer cancel()
	accepted, touched, err := s.admit(stepCtx, t)
	if err != nil {
		return Started{}, s.turnDown(ctx, t, err, touched)
	}
	s.command(ctx, accepted, Unlock)
	return Started{Trip: accepted}, nil
}

// request saves that a trip is asked for: a new one, or that of a reservation.
func (s *Rentals) request(ctx context.Context, c StartTrip) (Trip, error) {
	if c.ReservationID != "" {
		if _, err := s.ownReservation(ctx, c.Account, c.ReservationID); err != nil {
			return Trip{}, err
		}
		return s.requestReserved(ctx, c.ReservationID, c)
	}
	t := NewTrip(s.ids.New(), c.Account, c.CarID, c.Key, s.clock.Now())
	t.usePromo(c.PromoCode)
	err := s.create(ctx, t)
	if !errors.Is(err, ErrAccountBusy) {
		return t, err
	}
	live, missing := s.trips.Current(ctx, c.Account)
	if missing != nil || live.Car.ID != c.CarID || live.Reservation(s.clock.Now()).State != ReservationActive || !live.Reservable() {
		return Trip{}, err
	}
	return s.requestReserved(ctx, live.ID, c)
}

// create saves a new rental. A reservation whose time is over does not stand in its way.
func (s *Rentals) create(ctx context.Context, t Trip) error {
	err := s.trips.Create(ctx, t)
	if !errors.Is(err, ErrAccountBusy) {
		return err
	}
	live, missing := s.trips.Current(ctx, t.Account)
	if missing != nil || live.Step != Waiting || !live.expired(s.clock.Now()) {
		return err
	}
	if err := s.expire(ctx, live); err != nil {
		s.log(ctx, "an expired reservation is left to recovery", live.ID, err)
	}
	return s.trips.Create(ctx, t)
}

func (s *Rentals) requestReserved(ctx context.Context, id string, c StartTrip) (Trip, error) {
	return s.trips.Update(ctx, id, func(t *Trip) error {
		if err := t.RequestStart(c.Key, s.clock.Now()); err != nil {
			return err
		}
		t.usePromo(c.PromoCode)
		return nil
	})
}

// replay answers a key that was seen before.
func (s *Rentals) replay(ctx context.Context, k idem.Key) (before Trip, replayed bool, err error) {
	if k.IsZero() {
		return Trip{}, false, nil
	}
	recorded, err := s.trips.ByKey(ctx, k, s.clock.Now())
	switch {
	case isMissing(err):
		return Trip{}, false, nil
	case err != nil:
		return Trip{}, false, err
	}
	if err := k.Check(recorded.Hash); err != nil {
		return Trip{}, false, err
	}
	if !recorded.Answered {
		return Trip{}, false, idem.ErrInProgress
	}
	return recorded.Trip, true, nil
}

// replayOrWait answers a key that was recorded a moment ago. When it is gone again, the
// first request was refused just now: the client asks again.
func (s *Rentals) replayOrWait(ctx context.Context, k idem.Key) (Trip, error) {
	before, replayed, err := s.replay(ctx, k)
	if err == nil && !replayed {
		err = idem.ErrInProgress
	}
	return before, err
}

// admit takes the car, looks at the licence, redeems the promotion and holds the money. When it fails, touched
// says that it may have got something, which is for turnDown to give back.
func (s *Rentals) admit(ctx context.Context, t Trip) (accepted Trip, touched bool, err error) {
	car, err := s.cars.Claim(ctx, claimOf(t, ForTrip))
	if err != nil {
		return t, errs.IsFault(err), err // a fault may have had its effect all the same
	}
	if err := s.licences.Check(ctx, t.Account); err != nil {
		return t, true, err
	}
	if !t.Reservable() {
		if t.Plan, err = s.planOf(ctx, t, car); err != nil {
			return t, true, err
		}
	}
	if err := s.commit(ctx, &t); err != nil {
		return t, true, err
	}
	// Of this very request: a reservation that recovery took back may be started again by now.
	accepted, err = s.trips.Update(ctx, t.ID, unmoved(t, func(saved *Trip) error {
		saved.Promo.Discount = t.Promo.Discount
		return saved.Accept(car, t.Plan, s.clock.Now())
	}))
	return accepted, true, late(err)
}

// late is what a rider is told of a request that recovery took for left behind.
func late(err error) error {
	if errors.Is(err, errMovedOn) {
		return errGivenUp.After(settleAgain)
	}
	return err
}

// planOf is what a trip without a reservation costs. One of a car that its rider has just
// had, and not driven, has no grace: graces in a row would keep a car free of charge. (What
// is reserved was not had just before.)
func (s *Rentals) planOf(ctx context.Context, t Trip, car ClaimedCar) (Plan, error) {
	plan, err := s.priced(ctx, car)
	if err != nil || plan.Grace == 0 {
		return plan, err
	}
	if left, err := s.cooling(ctx, t.Account, t.Car.ID); err != nil {
		return Plan{}, err
	} else if left > 0 {
		plan.Grace = 0
	}
	return plan, nil
}

// priced is the plan of a car that is claimed. A car may name one that is not in use: the car
// service knows no plans, and asks for none. Nobody is kept from driving by that, but
// somebody should know.
func (s *Rentals) priced(ctx context.Context, car ClaimedCar) (Plan, error) {
	plan, err := s.tariffs.PlanFor(ctx, car.PlanID)
	if err == nil && car.PlanID != "" && plan.ID != car.PlanID && s.unpriced != nil {
		s.unpriced(ctx, car)
	}
	return plan, err
}

// commit is where a start commits money: what a promotion takes off, and what is held.
func (s *Rentals) commit(ctx context.Context, t *Trip) (err error) {
	if t.Promo.Code != "" {
		if t.Promo.Discount, err = s.promotions.Redeem(ctx, t.Promo.Code, t.Account, t.Promo.StartID); err != nil {
			return err
		}
	}
	return s.wallet.Hold(ctx, t.ID, t.Account, t.Plan.amount(t.Plan.Hold))
}

// turnDown ends a start or a reservation that failed, and frees the account, or the
// reservation for another start; it says what to tell the rider. What cannot be undone now
// is left to recovery, or, when that was faster, to the car service.
func (s *Rentals) turnDown(ctx context.Context, t Trip, cause error, touched bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RequestAtMost/2)
	defer cancel()
	err := s.refuse(ctx, t, cause, touched)
	if errors.Is(err, errMovedOn) {
		err = nil
		if touched {
			cause, err = late(errMovedOn), s.giveLateClaimBack(ctx, t)
		}
	}
	if err != nil {
		s.log(ctx, "a refused start is not undone yet", t.ID, err)
	}
	return cause
}

// giveLateClaimBack releases a claim that may have come after recovery gave everything back.
func (s *Rentals) giveLateClaimBack(ctx context.Context, t Trip) error {
	now, err := s.trips.Trip(ctx, t.ID)
	if err != nil || now.Live() && now.Step != Withdrawing && now.Step != Lapsing { // it may stand behind it
		return err
	}
	kind := ForTrip
	if t.Step == Reserving {
		kind = ForReservation
	}
	return s.cars.Release(ctx, Release{Claim: claimOf(t, kind)})
}

// refuse ends what was asked for. Errors: errMovedOn when another instance has decided.
func (s *Rentals) refuse(ctx context.Context, t Trip, cause error, touched bool) error {
	now, reason := s.clock.Now(), errs.CodeOf(cause)
	if t.Reservable() {
		t, err := s.trips.Update(ctx, t.ID, unmoved(t, func(t *Trip) error { return t.RefuseStart(reason, now) }))
		if err != nil {
			return err
		}
		return s.giveReservationBack(ctx, t)
	}
	if !touched {
		_, err := s.trips.Update(ctx, t.ID, unmoved(t, func(t *Trip) error { return t.Refuse(reason, now) }))
		return err
	}
	t, err := s.trips.Update(ctx, t.ID, unmoved(t, func(t *Trip) error { return t.Withdraw(reason, now) }))
	if err != nil {
		return err
	}
	return s.withdraw(ctx, t)
}

// giveReservationBack makes a start that was refused a reservation again; if its time is
// over or another has the car by now, it ends. Money that may be set aside stays so until
// the reservation ends or is started after all: the wallet would not hold it for this
// rental a second time.
func (s *Rentals) giveReservationBack(ctx context.Context, t Trip) error {
	if err := s.givePromoBack(ctx, t); err != nil {
		return err
	}
	if t.expired(s.clock.Now()) {
		return s.endReservation(ctx, t.ID, ReservationExpired)
	}
	_, err := s.cars.Claim(ctx, claimOf(t, ForReservation))
	if errors.Is(err, ErrCarUnavailable) || isMissing(err) {
		return s.endReservation(ctx, t.ID, ReservationExpired)
	}
	if err != nil {
		return err
	}
	_, err = s.update(ctx, t, func(t *Trip) error { return t.Return(s.clock.Now()) })
	return err
}

// command tells the car what the trip's step is for. A command that does not get through
// is sent again by recovery.
func (s *Rentals) command(ctx context.Context, t Trip, c Command) {
	if err := s.cars.Command(ctx, t.Car.ID, t.ID, commandStep(t), c); err != nil {
		s.log(ctx, "a command is left to recovery", t.ID, err)
	}
}

func isMissing(err error) bool { return errs.KindOf(err) == errs.NotFound }
