package trip

import (
	"time"

	"freecar/internal/idem"
)

// ReservationState is what a rider sees of a reservation.
type ReservationState string

// The states of a reservation.
const (
	ReservationActive    ReservationState = "active"
	ReservationStarted   ReservationState = "started" // it has become a trip
	ReservationExpired   ReservationState = "expired"
	ReservationCancelled ReservationState = "cancelled"
)

// Term is how long a rental keeps a car before it is started.
type Term struct {
	At        time.Time // when the rider got it; zero for no reservation, or not yet
	ExpiresAt time.Time
	Extended  bool
	// StartAt is the last time that the rider asked to start it; zero for never. From then
	// on money may be set aside for the rental.
	StartAt time.Time
	// Over says how it ended without a trip: expired or cancelled; empty otherwise.
	Over   ReservationState
	OverAt time.Time
}

// Reservation is a rental as the rider sees it before it is a trip.
type Reservation struct {
	ID, Account   string
	Car           RentedCar
	State         ReservationState
	At, ExpiresAt time.Time
	Extendable    bool
	Plan          Plan // fixed for the trip that follows
}

// Reservation is the rental as the reservation that it is or was, at a moment.
func (t *Trip) Reservation(now time.Time) Reservation {
	r := Reservation{ID: t.ID, Account: t.Account, Car: t.Car, State: ReservationActive,
		At: t.Term.At, ExpiresAt: t.Term.ExpiresAt, Plan: t.Plan}
	switch {
	case t.Accepted:
		r.State = ReservationStarted
	case t.Term.Over != "":
		r.State = t.Term.Over
	case t.expired(now):
		r.State = ReservationExpired
	}
	r.Extendable = r.State == ReservationActive && !t.Term.Extended
	return r
}

// Reservable says that the rental is or was a reservation, as far as its rider knows.
func (t *Trip) Reservable() bool { return !t.Term.At.IsZero() }

// expired says that nobody can start the rental any more, whether or not it was ended
// yet. A start under way was asked for in time.
func (t *Trip) expired(now time.Time) bool {
	return t.Step != Requesting && !now.Before(t.Term.ExpiresAt)
}

// NewReservation asks for a car for later. It is saved before its first effect.
func NewReservation(id, account, carID string, key idem.Key, now time.Time) Trip {
	t := newRental(id, account, carID, key, now)
	t.State, t.Step = Reserved, Reserving
	t.changed("reserving", now)
	return t
}

// Reserve gives the rider the reservation: licence and car are there.
func (t *Trip) Reserve(car ClaimedCar, plan Plan, p Policy, now time.Time) error {
	if t.Step != Reserving {
		return errMovedOn
	}
	t.Car = RentedCar{ID: car.ID, Plate: car.Plate, Model: car.Model}
	t.Plan = plan
	t.Term = Term{At: now, ExpiresAt: now.Add(p.ReservationFor)}
	t.wait()
	t.changed("reserved", now)
	return nil
}

func (t *Trip) wait() {
	t.Step = Waiting
	t.await(t.Term.ExpiresAt, time.Time{})
}

// Extend lets a reservation last as long again, once.
// Errors: ErrReservationExpired, ErrReservationOver, ErrExtended.
func (t *Trip) Extend(key idem.Key, p Policy, now time.Time) error {
	switch err := t.standing(now); {
	case err != nil:
		return err
	case t.Term.Extended:
		return ErrExtended
	}
	t.Term.Extended, t.Term.ExpiresAt = true, t.Term.ExpiresAt.Add(p.ReservationFor)
	t.wait()
	t.changed("extended", now)
	t.changes[len(t.changes)-1].Key = key
	return nil
}

// standing says why nothing can be done with a reservation any more.
func (t *Trip) standing(now time.Time) error {
	switch {
	case t.Accepted:
		return ErrReservationOver.With(reason(string(ReservationStarted), "It has become a trip; see /v1/trips/current."))
	case t.Term.Over == ReservationCancelled:
		return ErrReservationOver.With(reason(string(ReservationCancelled), "It was cancelled."))
	case t.Term.Over == ReservationExpired, t.expired(now):
		return ErrReservationExpired
	case t.Step != Waiting:
		return ErrReservationOver.With(reason("starting", "It is being started."))
	}
	return nil
}

// RequestStart asks for the trip of a reservation.
// Errors: ErrReservationExpired, ErrReservationOver.
func (t *Trip) RequestStart(key idem.Key, now time.Time) error {
	if err := t.standing(now); err != nil {
		return err
	}
	t.Step, t.StartKey, t.Term.StartAt = Requesting, key, now
	t.await(now.Add(RequestAtMost), now.Add(RequestAtMost))
	t.changed("requested", now)
	return nil
}

// RefuseStart gives up the start of a reservation, which stands as before once the car
// knows it.
func (t *Trip) RefuseStart(reason string, now time.Time) error {
	if t.Step != Requesting || !t.Reservable() {
		return errMovedOn
	}
	t.Step, t.StartKey, t.Reason = Returning, idem.Key{}, reason
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("start_refused", now)
	return nil
}

// Return says that the car is reserved again.
func (t *Trip) Return(now time.Time) error {
	if t.Step != Returning {
		return errMovedOn
	}
	t.Promo = Promo{} // another start may have another
	t.wait()
	t.changed("returned", now)
	return nil
}

// Lapse ends a reservation without a trip: it expired, or its rider cancelled it.
// Again it changes nothing. Errors: ErrReservationOver when it is started or being so.
func (t *Trip) Lapse(how ReservationState, now time.Time) error {
	switch {
	case t.Term.Over != "":
		return errMovedOn
	case t.Accepted, t.Step != Waiting && t.Step != Returning:
		return t.standing(now)
	}
	t.Step, t.Reason = Lapsing, string(how)
	t.Term.Over, t.Term.OverAt = how, now
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("lapsing", now)
	return nil
}

// Expire ends a reservation whose time is over.
// Errors: errMovedOn when it was extended, started or ended meanwhile.
func (t *Trip) Expire(now time.Time) error {
	if t.Step != Waiting || !t.expired(now) {
		return errMovedOn
	}
	return t.Lapse(ReservationExpired, now)
}

// LapseDone ends a reservation whose car is free.
func (t *Trip) LapseDone(now time.Time) error {
	if t.Step != Lapsing {
		return errMovedOn
	}
	t.finish(Cancelled, now)
	t.changed(string(t.Term.Over), now)
	return nil
}
