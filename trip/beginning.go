package trip

import "time"

// Accept gives the rider the trip: car, licence and money are there. The price of a
// reservation is that of its own time.
// Errors: errMovedOn when recovery was faster.
func (t *Trip) Accept(car ClaimedCar, plan Plan, now time.Time) error {
	if t.Step != Requesting {
		return errMovedOn
	}
	t.Accepted, t.State, t.Reason = true, Starting, ""
	t.Car = RentedCar{ID: car.ID, Plate: car.Plate, Model: car.Model}
	t.StartOdometerM = car.OdometerM
	if !t.Reservable() {
		t.Plan = plan
	}
	t.Step = Unlocking
	t.await(now.Add(settleAgain), now.Add(AckAtMost))
	t.changed("accepted", now)
	return nil
}

// Withdraw gives up a start or a reservation that may hold a car or money: from now on
// nobody can accept it, and both can be given back.
func (t *Trip) Withdraw(reason string, now time.Time) error {
	if t.Step != Reserving && (t.Step != Requesting || t.Reservable()) {
		return errMovedOn
	}
	t.Step, t.Reason = Withdrawing, reason
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("withdrawing", now)
	return nil
}

// Refuse ends a start or a reservation that came to nothing; it holds neither car nor
// money by now.
func (t *Trip) Refuse(reason string, now time.Time) error {
	if t.Step != Withdrawing && t.Step != Reserving && (t.Step != Requesting || t.Reservable()) {
		return errMovedOn
	}
	t.finish(Cancelled, now)
	t.Reason = reason
	t.changed("refused", now)
	return nil
}

// Begin starts the clock at the time when the car was unlocked; that is another server's
// time, and cannot be before the trip was asked for or in the future.
func (t *Trip) Begin(unlocked time.Time, p Policy, now time.Time) error {
	if t.Step != Unlocking {
		return errMovedOn
	}
	t.State, t.Step, t.StartedAt = InProgress, Driving, between(t.requestedAt(), unlocked, now)
	t.await(t.autoEnd(p, now), time.Time{})
	t.changed("started", now)
	return nil
}

// requestedAt is the earliest that the trip can have begun.
func (t *Trip) requestedAt() time.Time {
	if t.Term.StartAt.After(t.CreatedAt) {
		return t.Term.StartAt
	}
	return t.CreatedAt
}

// between brings the time of another server into what is possible.
func between(earliest, at, latest time.Time) time.Time {
	if at.Before(earliest) {
		at = earliest
	}
	if at.After(latest) {
		at = latest
	}
	return at
}

// Cancel gives up on a car that does not unlock. Nothing is charged.
func (t *Trip) Cancel(reason string, now time.Time) error {
	if t.Step != Unlocking {
		return errMovedOn
	}
	t.Step, t.Reason = Cancelling, reason
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("cancelling", now)
	return nil
}

// CancelDone ends a cancelled trip whose money and car are released.
func (t *Trip) CancelDone(now time.Time) error {
	if t.Step != Cancelling {
		return errMovedOn
	}
	t.finish(Cancelled, now)
	t.changed("cancelled", now)
	return nil
}
