// Package endpoint speaks the wire on one side and the domain on the other.
package endpoint

import (
	"context"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/auth"
)

// Endpoints are the operations in terms of the wire.
type Endpoints struct {
	service car.Service
	policy  car.Policy
}

// New wraps the service.
func New(s car.Service, p car.Policy) Endpoints { return Endpoints{service: s, policy: p} }

// Get is one car. A removed one is gone for riders.
func (e Endpoints) Get(ctx context.Context, r carapi.CarRequest) (carapi.Car, error) {
	c, err := e.service.Car(ctx, r.ID)
	if err == nil && c.State == car.Removed {
		err = car.ErrMissing
	}
	if err != nil {
		return carapi.Car{}, err
	}
	return e.fromCar(c, subject(ctx)), nil
}

// Claim sets a car aside.
func (e Endpoints) Claim(ctx context.Context, r carapi.ClaimRequest) (carapi.ClaimedCar, error) {
	c, err := e.service.Claim(ctx, r.ID, car.Claim{Kind: car.ClaimKind(r.Kind), ID: r.ClaimID, AccountID: r.AccountID})
	return fromClaimed(c), err
}

// Release ends a claim.
func (e Endpoints) Release(ctx context.Context, r carapi.ReleaseRequest) (carapi.ClaimedCar, error) {
	c, err := e.service.Release(ctx, r.ID, car.Releasing{Kind: car.ClaimKind(r.Kind), ID: r.ClaimID, OutOfService: r.OutOfService})
	return fromClaimed(c), err
}

// Command tells a trip's car something.
func (e Endpoints) Command(ctx context.Context, r carapi.CommandRequest) (carapi.CommandAnswer, error) {
	k, err := e.service.Command(ctx, r.ID, car.Order{ClaimID: r.ClaimID, Step: r.Step, Kind: car.CommandKind(r.Kind)})
	return fromCommand(k), err
}

// Inspect is all that is known of a car.
func (e Endpoints) Inspect(ctx context.Context, r carapi.CarRequest) (carapi.InspectedCar, error) {
	c, err := e.service.Car(ctx, r.ID)
	return carapi.InspectedCar{CarState: fromState(c), Reading: fromReading(c.Last)}, err
}

func subject(ctx context.Context) string { return auth.From(ctx).Subject }
