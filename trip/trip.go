package trip

import (
	"time"

	"freecar/internal/idem"
	"freecar/internal/money"
)

// State is what a rider sees of a trip.
type State string

// The states.
const (
	Starting   State = "starting"
	InProgress State = "in_progress"
	Ending     State = "ending"
	Finished   State = "finished"
	Cancelled  State = "cancelled"
)

// Terminal says that the trip will never change again.
func (s State) Terminal() bool { return s == Finished || s == Cancelled }

// Step is where the saga stands; doc.go has the picture.
type Step string

// The steps.
const (
	Requesting  Step = "requesting"
	Withdrawing Step = "withdrawing"
	Unlocking   Step = "unlocking"
	Driving     Step = "driving"
	Locking     Step = "locking"
	Settling    Step = "settling"
	Cancelling  Step = "cancelling"
	Done        Step = "done"
)

// How long the steps may take.
const (
	// RequestAtMost is the time for claim, licence and hold; recovery undoes a start
	// that is older.
	RequestAtMost = 10 * time.Second
	// AckAtMost is the time for a car to acknowledge.
	AckAtMost = 30 * time.Second
	// settleAgain is when recovery looks after steps that are ours alone.
	settleAgain = 2 * time.Second
)

// Trip is one rider's use of one car.
type Trip struct {
	ID      string
	Serial  int64 // given by the store: unique, rising, with gaps; the receipt's number
	Account string
	Car     RentedCar
	State   State
	Step    Step
	// Accepted says that the rider got a trip; only accepted trips are in lists.
	Accepted bool
	// Key is the idempotency key of the start, zero without one.
	Key idem.Key

	CreatedAt time.Time
	StartedAt time.Time // unlocked
	// EndRequestedAt is the first accepted end request, where the fare ends: also when the
	// car did not lock then and has not moved since.
	EndRequestedAt time.Time
	EndOdometerM   int64 // of the car at that request
	EndAttempts    int   // accepted end requests
	EndedAt        time.Time
	// NextAt is when recovery looks after the step; zero when nothing is due.
	NextAt time.Time
	// Deadline is when the step has failed; zero for none.
	Deadline time.Time

	Plan           Plan // pinned at the start
	StartOdometerM int64
	DistanceM      int64
	Fare           Fare
	// Reason says why the trip was cancelled, or why its last end failed.
	Reason string

	Version int64
	changes []Change
}

// RentedCar is what the trip remembers of its car.
type RentedCar struct {
	ID, Plate, Model string
}

// Change is one saved step of a trip's life, published as freecar.trip.<Name>.v1.
type Change struct {
	Name    string
	Version int64
	At      time.Time
}

// Changes are those not yet saved.
func (t *Trip) Changes() []Change { return t.changes }

// Saved forgets the changes: the store calls it.
func (t *Trip) Saved() { t.changes = nil }

func (t *Trip) changed(name string, now time.Time) {
	t.Version++
	t.changes = append(t.changes, Change{Name: name, Version: t.Version, At: now})
}

// NewTrip asks for a car. It is saved before its first effect.
func NewTrip(id, account, carID string, key idem.Key, now time.Time) Trip {
	t := Trip{ID: id, Account: account, Car: RentedCar{ID: carID}, State: Starting, Step: Requesting, Key: key,
		Fare: Fare{Total: money.Of(0)}, CreatedAt: now, NextAt: now.Add(RequestAtMost), Deadline: now.Add(RequestAtMost)}
	t.changed("requested", now)
	return t
}

// Live says that the trip holds its account, and may hold a car or money.
func (t *Trip) Live() bool { return !t.State.Terminal() }

// Accept gives the rider the trip: car, licence and money are there.
// Errors: errMovedOn when recovery was faster.
func (t *Trip) Accept(car ClaimedCar, plan Plan, now time.Time) error {
	if t.Step != Requesting {
		return errMovedOn
	}
	t.Accepted = true
	t.Car = RentedCar{ID: car.ID, Plate: car.Plate, Model: car.Model}
	t.Plan, t.StartOdometerM = plan, car.OdometerM
	t.Step, t.NextAt, t.Deadline = Unlocking, now.Add(settleAgain), now.Add(AckAtMost)
	t.changed("accepted", now)
	return nil
}

// Withdraw gives up a start that may hold a car or money: from now on nobody can accept
// it, and both can be given back.
func (t *Trip) Withdraw(reason string, now time.Time) error {
	if t.Step != Requesting {
		return errMovedOn
	}
	t.Step, t.Reason, t.NextAt, t.Deadline = Withdrawing, reason, now.Add(settleAgain), time.Time{}
	t.changed("withdrawing", now)
	return nil
}

// Refuse ends a start that came to nothing; it holds neither car nor money by now.
func (t *Trip) Refuse(reason string, now time.Time) error {
	if t.Step != Requesting && t.Step != Withdrawing {
		return errMovedOn
	}
	t.finish(Cancelled, now)
	t.Reason = reason
	t.changed("refused", now)
	return nil
}

// Begin starts the clock at the time when the car was unlocked; that is another server's
// time, and cannot be before the trip was asked for or in the future.
func (t *Trip) Begin(unlocked, now time.Time) error {
	if t.Step != Unlocking {
		return errMovedOn
	}
	if unlocked.Before(t.CreatedAt) {
		unlocked = t.CreatedAt
	}
	if unlocked.After(now) {
		unlocked = now
	}
	t.State, t.Step, t.StartedAt = InProgress, Driving, unlocked
	t.NextAt, t.Deadline = time.Time{}, time.Time{}
	t.changed("started", now)
	return nil
}

// Cancel gives up on a car that does not unlock. Nothing is charged.
func (t *Trip) Cancel(reason string, now time.Time) error {
	if t.Step != Unlocking {
		return errMovedOn
	}
	t.Step, t.Reason = Cancelling, reason
	t.NextAt, t.Deadline = now.Add(settleAgain), time.Time{}
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

// RequestEnd stops the fare's clock; the car is to be locked.
// Errors: errMovedOn when the trip is not in progress.
func (t *Trip) RequestEnd(odometerM int64, now time.Time) error {
	if t.Step != Driving {
		return errMovedOn
	}
	if !t.stoodSinceEnd(odometerM) {
		t.EndRequestedAt, t.EndOdometerM = now, odometerM
	}
	t.State, t.Step, t.Reason = Ending, Locking, ""
	t.EndAttempts++
	t.NextAt, t.Deadline = now.Add(settleAgain), now.Add(AckAtMost)
	t.changed("ending", now)
	return nil
}

// stoodSinceEnd says that an end was accepted before, and the car has not moved since: a
// lock that fails is not the rider's to pay for.
func (t *Trip) stoodSinceEnd(odometerM int64) bool {
	return !t.EndRequestedAt.IsZero() && odometerM-t.EndOdometerM < movedM
}

// Resume goes back to driving because the car did not lock. The fare stands still until
// the car moves.
func (t *Trip) Resume(reason string, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	t.State, t.Step, t.Reason = InProgress, Driving, reason
	t.NextAt, t.Deadline = time.Time{}, time.Time{}
	t.changed("end_failed", now)
	return nil
}

// Price fixes distance and fare: the car is locked.
func (t *Trip) Price(odometerM int64, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	t.DistanceM = max(0, odometerM-t.StartOdometerM)
	t.Fare = t.Plan.Fare(t.usage(t.EndRequestedAt))
	t.Step = Settling
	t.NextAt, t.Deadline = now.Add(settleAgain), time.Time{}
	t.changed("priced", now)
	return nil
}

// Finish ends a trip that is paid and whose car is free.
func (t *Trip) Finish(now time.Time) error {
	if t.Step != Settling {
		return errMovedOn
	}
	t.finish(Finished, now)
	t.changed("finished", now)
	return nil
}

func (t *Trip) finish(s State, now time.Time) {
	t.State, t.Step, t.EndedAt = s, Done, now
	t.NextAt, t.Deadline = time.Time{}, time.Time{}
}

// AsOf is the trip as it stands now: distance and fare of one under way are computed from
// the car's odometer, and nothing is saved.
func (t Trip) AsOf(odometerM int64, now time.Time) Trip {
	if t.State.Terminal() || t.Step == Settling || t.StartedAt.IsZero() {
		return t
	}
	t.DistanceM = max(0, odometerM-t.StartOdometerM)
	until := now
	if t.Step == Locking || t.stoodSinceEnd(odometerM) {
		until = t.EndRequestedAt
	}
	t.Fare = t.Plan.Fare(t.usage(until))
	return t
}

func (t *Trip) usage(until time.Time) Usage {
	// Clocks of two servers may disagree by a little; time never runs backwards.
	return Usage{Driving: max(0, until.Sub(t.StartedAt)), DistanceM: t.DistanceM}
}
