package car

import (
	"context"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

// Config is what the service works with.
type Config struct {
	Cars      Repository
	Index     Index
	Announcer Announcer
	Trips     Trips // nil: old claims are not questioned
	Clock     clock.Clock
	IDs       ids.Source
	Policy    Policy
	// Log takes what nobody else is told: a piece of work that failed and will be repeated.
	Log func(ctx context.Context, msg, carID string, err error)
}

// Fleet is the Service.
type Fleet struct {
	cars      Repository
	index     Index
	announcer Announcer
	trips     Trips
	clock     clock.Clock
	ids       ids.Source
	policy    Policy
	log       func(ctx context.Context, msg, carID string, err error)
	dispatch  dispatch
}

var _ Service = (*Fleet)(nil)

// NewFleet makes the service.
func NewFleet(c Config) *Fleet {
	return &Fleet{cars: c.Cars, index: c.Index, announcer: c.Announcer, trips: c.Trips,
		clock: c.Clock, ids: c.IDs, policy: c.Policy, log: c.Log}
}

// ErrPlateExists refuses a plate that another car has.
var ErrPlateExists = errs.E(errs.Conflict, "plate_exists", "Another car has this plate.")

// Register adds a car to the fleet.
func (f *Fleet) Register(ctx context.Context, r Registering) (Registered, error) {
	r.ID = f.ids.New()
	now := f.clock.Now()
	if r.First != nil {
		first := *r.First
		first.CarID, first.ReceivedAt = r.ID, now
		r.First = &first
	}
	saved, replayed, err := f.cars.Create(ctx, New(r.Registration, now), r.Key)
	if err != nil {
		return Registered{}, err
	}
	if !replayed {
		f.Learn(saved)
	}
	return Registered{Car: saved, Replayed: replayed}, nil
}

// Cars lists the fleet.
func (f *Fleet) Cars(ctx context.Context, filter Filter) (Page, error) {
	return f.cars.Cars(ctx, filter)
}

// Car finds a car.
func (f *Fleet) Car(ctx context.Context, id string) (Car, error) { return f.cars.Car(ctx, id) }

// Claim sets a car aside.
func (f *Fleet) Claim(ctx context.Context, carID string, c Claim) (Car, error) {
	return f.update(ctx, carID, func(car *Car, now time.Time) error {
		return car.ClaimFor(c, f.policy, now)
	})
}

// Release ends a claim.
func (f *Fleet) Release(ctx context.Context, carID string, r Releasing) (Car, error) {
	r.Spare = f.ids.New()
	return f.update(ctx, carID, func(car *Car, now time.Time) error {
		car.Release(r, f.policy, now)
		return nil
	})
}

// Command tells a trip's car something.
func (f *Fleet) Command(ctx context.Context, carID string, o Order) (command Command, err error) {
	o.ID = f.ids.New()
	_, err = f.update(ctx, carID, func(car *Car, now time.Time) error {
		command, err = car.Order(o, f.policy, now)
		return err
	})
	return command, err
}

// Acknowledge takes what became of a command.
func (f *Fleet) Acknowledge(ctx context.Context, a Acknowledgement) (command Command, err error) {
	carID, err := f.cars.CarOfCommand(ctx, a.CommandID)
	if err != nil {
		return Command{}, err
	}
	spare := f.ids.New()
	_, err = f.update(ctx, carID, func(car *Car, now time.Time) error {
		command, err = car.Acknowledge(a, spare, f.policy, now)
		return err
	})
	return command, err
}

// update changes a car, and lets this instance's riders and devices see it before the
// answer goes out; the others hear of it by the event.
func (f *Fleet) update(ctx context.Context, id string, change func(*Car, time.Time) error) (Car, error) {
	saved, err := f.cars.Update(ctx, id, func(car *Car) error { return change(car, f.clock.Now()) })
	if err == nil {
		f.Learn(saved)
	}
	return saved, err
}

// Learn takes what became of a car, here or on another instance.
func (f *Fleet) Learn(c Car) {
	f.index.Merge(c.Listing())
	for _, command := range c.Waiting() {
		f.dispatch.send(c.DeviceID, Pending{CarID: c.ID, Command: command})
	}
}
