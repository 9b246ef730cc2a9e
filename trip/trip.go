package trip

import (
	"time"

	"freecar/internal/idem"
	"freecar/internal/money"
)

// State is what a rider sees of a rental.
type State string

// The states.
const (
	Reserved   State = "reserved" // a reservation, and no trip yet
	Starting   State = "starting"
	InProgress State = "in_progress"
	Paused     State = "paused"
	Ending     State = "ending"
	Finished   State = "finished"
	Cancelled  State = "cancelled"
)

// LiveStates are those that are not the last one of a rental.
func LiveStates() []State { return []State{Reserved, Starting, InProgress, Paused, Ending} }

// Terminal says that the rental will never change again.
func (s State) Terminal() bool { return s == Finished || s == Cancelled }

// Step is where the saga stands; doc.go has the picture.
type Step string

// The steps.
const (
	Reserving   Step = "reserving"
	Waiting     Step = "waiting" // for the rider, with a car set aside
	Lapsing     Step = "lapsing"
	Requesting  Step = "requesting"
	Returning   Step = "returning"
	Withdrawing Step = "withdrawing"
	Unlocking   Step = "unlocking"
	Driving     Step = "driving"
	Pausing     Step = "pausing"
	Parked      Step = "parked" // locked in a pause
	Resuming    Step = "resuming"
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

// Trip is one rider's rental of one car: a trip, the reservation before it, or both.
type Trip struct {
	ID      string
	Serial  int64 // given by the store: unique, rising, with gaps; the receipt's number
	Account string
	Car     RentedCar
	State   State
	Step    Step
	// Accepted says that the rider got a trip; only accepted trips are in lists.
	Accepted bool
	// Key is the idempotency key of the request that made it, zero without one: a start's
	// or a reservation's. StartKey is that of the start of a reservation.
	Key, StartKey idem.Key

	Term Term // of the reservation; zero for a trip that began without one

	CreatedAt time.Time
	StartedAt time.Time // unlocked
	Pause     Pauses
	End       End
	EndedAt   time.Time
	// NextAt is when recovery looks after the step; zero when nothing is due.
	NextAt time.Time
	// Deadline is when the step has failed; zero for none.
	Deadline time.Time

	Plan           Plan // pinned with the car
	Promo          Promo
	StartOdometerM int64
	DistanceM      int64
	Fare           Fare
	// Reason says why the trip was cancelled, why its last end, pause or resume failed, or
	// why the last start of a reservation was refused.
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
	t := newRental(id, account, carID, key, now)
	t.State, t.Step = Starting, Requesting
	t.changed("requested", now)
	return t
}

func newRental(id, account, carID string, key idem.Key, now time.Time) Trip {
	return Trip{ID: id, Account: account, Car: RentedCar{ID: carID}, Key: key,
		Fare: Fare{Total: money.Of(0)}, CreatedAt: now, NextAt: now.Add(RequestAtMost), Deadline: now.Add(RequestAtMost)}
}

// Live says that the rental may hold a car or money.
func (t *Trip) Live() bool { return !t.State.Terminal() }

// Slot is taken by one rental at a time: the account's while a rental keeps it from
// another one, and the rental's own else. A reservation that is over keeps nobody, even
// before its car is given back.
func (t *Trip) Slot() string {
	if t.Live() && t.Term.Over == "" {
		return t.Account
	}
	return t.ID
}

// LapsedAt is when the rental had kept a car and come to nothing: its reservation lapsed,
// its car did not unlock, or it ended free by itself; zero for none of these.
func (t *Trip) LapsedAt() time.Time {
	switch {
	case t.Term.Over != "":
		return t.Term.OverAt
	case t.Accepted && (t.State == Cancelled || t.State == Finished && t.Fare.free()):
		return t.EndedAt
	}
	return time.Time{}
}

// Answered says that the request that made the rental got what it asked for: this is the
// answer that its key keeps.
func (t *Trip) Answered() bool { return t.Accepted || !t.Term.At.IsZero() }

// await says when recovery looks after the step, and when it has failed.
func (t *Trip) await(next, deadline time.Time) { t.NextAt, t.Deadline = next, deadline }

func (t *Trip) finish(s State, now time.Time) {
	t.State, t.Step, t.EndedAt = s, Done, now
	t.await(time.Time{}, time.Time{})
}
