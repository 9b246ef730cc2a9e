package trip_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

// world is the other services as a trip sees them. fail makes a call fail, once per
// entry, before or after its effect.
type world struct {
	mu       sync.Mutex
	claims   map[string]trip.Claim // by car
	commands map[string]map[string]trip.CommandState
	settled  map[string]time.Time // when a step's command was
	now      func() time.Time     // the car service's; nil leaves settled to the test
	out      map[string]string    // why a car is out of service
	cars     map[string]bool      // those that there are; nil is any
	purses   map[string]int64     // what accounts have; nil is enough
	owners   map[string]string
	pausedAt *int64
	held     map[string]int64
	captured map[string]int64
	released map[string]bool
	licence  error
	funds    error
	debt     error
	unfit    bool // the car's charge is too low to set off
	car      trip.CarState
	before   map[string]error
	after    map[string]error
	away     map[string]error // fails until it is taken out
}

func newWorld() *world {
	return &world{claims: map[string]trip.Claim{}, commands: map[string]map[string]trip.CommandState{}, settled: map[string]time.Time{},
		out: map[string]string{}, owners: map[string]string{}, held: map[string]int64{}, captured: map[string]int64{}, released: map[string]bool{},
		before: map[string]error{}, after: map[string]error{}, away: map[string]error{}, car: trip.CarState{OdometerM: 1000}}
}

// call runs an effect between the failures planned for it.
func (w *world) call(op string, effect func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.away[op]; err != nil {
		return err
	}
	if err := w.before[op]; err != nil {
		delete(w.before, op)
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	err := w.after[op]
	delete(w.after, op)
	return err
}

func (w *world) Claim(_ context.Context, c trip.Claim) (trip.ClaimedCar, error) {
	op := "claim"
	if c.Kind == trip.ForReservation {
		op = "reserve"
	}
	err := w.call(op, func() error {
		has, claimed := w.claims[c.CarID]
		switch {
		case w.missing(c.CarID):
			return errs.Missing("car")
		case has == c:
			return nil
		case claimed && (has.ID != c.ID || has.Account != c.Account), !claimed && w.out[c.CarID] != "":
			return trip.ErrCarUnavailable
		case c.Kind == trip.ForTrip && w.unfit:
			return trip.ErrCarUnavailable.With(errs.Field{Code: "low_charge"})
		case claimed && c.Kind == trip.ForReservation && len(w.commands[c.ID]) > 0:
			return trip.ErrCarUnavailable
		}
		w.claims[c.CarID] = c
		return nil
	})
	return trip.ClaimedCar{ID: c.CarID, Plate: "B-FC 1", Model: "Zoe", PlanID: "standard", OdometerM: 1000}, err
}

func (w *world) Release(_ context.Context, r trip.Release) error {
	return w.call("release car", func() error {
		if w.claims[r.CarID] == r.Claim {
			delete(w.claims, r.CarID)
			w.out[r.CarID] = r.OutOfService
		}
		return nil
	})
}

func (w *world) tripOf(carID string) string {
	if c := w.claims[carID]; c.Kind == trip.ForTrip {
		return c.ID
	}
	return ""
}

func (w *world) Command(_ context.Context, carID, tripID, step string, _ trip.Command) error {
	return w.call("command", func() error {
		if w.tripOf(carID) != tripID {
			return errs.E(errs.Conflict, "not_claimed", "")
		}
		if w.commands[tripID] == nil {
			w.commands[tripID] = map[string]trip.CommandState{}
		}
		if w.commands[tripID][step] == "" {
			w.commands[tripID][step] = trip.CommandPending
		}
		return nil
	})
}

func (w *world) Car(_ context.Context, carID string) (trip.CarState, error) {
	var car trip.CarState
	err := w.call("car", func() error {
		if w.missing(carID) {
			return errs.Missing("car")
		}
		car = w.car
		car.ID, car.TripID = carID, w.tripOf(carID)
		car.Commands = map[string]trip.Outcome{}
		for step, state := range w.commands[car.TripID] {
			car.Commands[step] = trip.Outcome{State: state, At: w.settled[step]}
		}
		return nil
	})
	return car, err
}

func (w *world) Check(context.Context, string) error {
	return w.call("licence", func() error { return w.licence })
}

func (w *world) Hold(_ context.Context, tripID, account string, amount money.Money) error {
	return w.call("hold", func() error {
		_, again := w.held[tripID]
		switch {
		case w.released[tripID]:
			return errs.E(errs.Conflict, "hold_released", "")
		case again:
			return nil
		case w.funds != nil:
			return w.funds
		case w.purses != nil && w.purses[account]-w.sumHeld(account) < amount.Amount:
			return trip.ErrFunds
		}
		w.held[tripID], w.owners[tripID] = amount.Amount, account
		return nil
	})
}

func (w *world) Capture(_ context.Context, tripID string, fare money.Money) error {
	return w.call("capture", func() error {
		was, again := w.captured[tripID]
		switch {
		case again && was != fare.Amount:
			return errs.E(errs.Conflict, "captured", "")
		case again:
			return nil
		}
		w.captured[tripID] = fare.Amount
		if w.purses != nil {
			w.purses[w.owners[tripID]] -= fare.Amount
		}
		delete(w.held, tripID)
		return nil
	})
}

func (w *world) Solvent(_ context.Context, account string) error {
	return w.call("solvent", func() error {
		if w.debt != nil {
			return w.debt
		}
		if w.purses != nil && w.purses[account]-w.sumHeld(account) < 0 {
			return trip.ErrDebt
		}
		return nil
	})
}

// wallet and cars both have a Release.
type wallet struct{ *world }

func (w wallet) Release(_ context.Context, tripID string) error {
	return w.call("release hold", func() error {
		if _, ok := w.captured[tripID]; ok {
			return trip.ErrPaid
		}
		delete(w.held, tripID)
		w.released[tripID] = true
		return nil
	})
}

// acknowledge settles all commands that are pending.
func (w *world) acknowledge(state trip.CommandState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, steps := range w.commands {
		for step, was := range steps {
			if was == trip.CommandPending {
				steps[step] = state
				if w.now != nil {
					w.settled[step] = w.now()
				}
				w.follow(step, state)
			}
		}
	}
}

// follow locks or unlocks the car.
func (w *world) follow(step string, state trip.CommandState) {
	if state != trip.CommandDone || strings.HasPrefix(step, "stop") {
		return
	}
	w.car.Locked = strings.HasPrefix(step, "locking") || strings.HasPrefix(step, "pausing")
	w.car.Open, w.car.DroveOffAt, w.pausedAt = !w.car.Locked, time.Time{}, nil
	if w.car.Locked {
		w.pausedAt = new(w.car.OdometerM)
	}
}

// drive takes a reading.
func (w *world) drive(odometerM int64, speed float64, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.car.OdometerM, w.car.SpeedKMH, w.car.ReadAt = odometerM, speed, now
	if w.pausedAt != nil && w.car.Locked && odometerM-*w.pausedAt > 50 {
		w.car.Locked, w.car.Open, w.car.DroveOffAt = false, true, now
	}
}

func (w *world) missing(carID string) bool { return w.cars != nil && !w.cars[carID] }

func (w *world) sumHeld(account string) (sum int64) {
	for rental, amount := range w.held {
		if w.owners[rental] == account {
			sum += amount
		}
	}
	return sum
}

func (w *world) heldOf(account string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sumHeld(account)
}

// stops counts the advisory stop requests to a trip's car.
func (w *world) stops(tripID string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for step := range w.commands[tripID] {
		if strings.HasPrefix(step, "stop") {
			n++
		}
	}
	return n
}

// taken is a claim of somebody else's.
func taken(carID string) trip.Claim {
	return trip.Claim{CarID: carID, ID: "other", Account: "2", Kind: trip.ForTrip}
}
