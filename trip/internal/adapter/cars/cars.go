// Package cars reaches the fleet in the car service.
package cars

import (
	"context"
	"errors"

	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/trip"
)

// Cars is the port over carapi.
type Cars struct{ cars kitx.Peer }

var _ trip.Cars = Cars{}

// New takes the way to the car service.
func New(cars kitx.Peer) Cars { return Cars{cars: cars} }

// Claim takes a car.
func (c Cars) Claim(ctx context.Context, claim trip.Claim) (trip.ClaimedCar, error) {
	car, err := carapi.Claim.Call(ctx, c.cars, carapi.ClaimRequest{ID: claim.CarID, Kind: string(claim.Kind), ClaimID: claim.ID, AccountID: claim.Account})
	if e, ok := errors.AsType[*errs.Error](err); ok && errors.Is(e, trip.ErrCarUnavailable) {
		return trip.ClaimedCar{}, trip.ErrCarUnavailable.With(e.Fields...)
	}
	return trip.ClaimedCar{ID: car.ID, Plate: car.Plate, Model: car.Model, PlanID: car.PricingPlanID, OdometerM: car.OdometerM}, err
}

// Release gives a car back.
func (c Cars) Release(ctx context.Context, r trip.Release) error {
	_, err := carapi.Release.Call(ctx, c.cars, carapi.ReleaseRequest{ID: r.CarID, Kind: string(r.Kind), ClaimID: r.ID, OutOfService: r.OutOfService})
	if errs.KindOf(err) == errs.NotFound {
		return nil // there is no such car to hold
	}
	return err
}

// Command tells a car something.
func (c Cars) Command(ctx context.Context, carID, tripID, step string, command trip.Command) error {
	_, err := carapi.Command.Call(ctx, c.cars, carapi.CommandRequest{ID: carID, ClaimID: tripID, Step: step, Kind: string(command)})
	return err
}

// Car is what is known of a car.
func (c Cars) Car(ctx context.Context, carID string) (trip.CarState, error) {
	car, err := carapi.Inspect.Call(ctx, c.cars, carapi.CarRequest{ID: carID})
	if err != nil {
		return trip.CarState{}, err
	}
	return fromCar(car), nil
}

func fromCar(car carapi.InspectedCar) trip.CarState {
	state := trip.CarState{ID: car.ID, Locked: car.Lock == "locked", Open: car.Lock == "unlocked", Commands: map[string]trip.Outcome{}}
	if car.Claim != nil && car.Claim.Kind == string(trip.ForTrip) {
		state.TripID = car.Claim.ID
	}
	if car.Pause != nil && car.Pause.DroveOffAt != nil {
		state.DroveOffAt = car.Pause.DroveOffAt.Time
	}
	for _, c := range car.Commands {
		if c.ClaimID == state.TripID {
			state.Commands[c.Step] = fromCommand(c)
		}
	}
	if r := car.Reading; r != nil {
		state.OdometerM, state.SpeedKMH, state.DoorsOpen, state.ReadAt = r.OdometerM, r.SpeedKMH, r.DoorsOpen, r.ReceivedAt.Time
		state.Position = r.Position.ToPosition()
	}
	return state
}

// fromCommand folds the states that the car service tells apart.
func fromCommand(c carapi.CarCommand) (o trip.Outcome) {
	if c.SettledAt != nil {
		o.At = c.SettledAt.Time
	}
	switch c.State {
	case "done":
		o.State = trip.CommandDone
	case "waiting":
		o.State = trip.CommandPending
	default: // failed, timed_out, cancelled
		o.State = trip.CommandFailed
	}
	return o
}
