package cars

import (
	"context"

	"freecar/car/carapi"
	"freecar/trip"
)

var _ trip.CarPlans = Cars{}

// CarPlan is the plan that a car names.
func (c Cars) CarPlan(ctx context.Context, carID string) (string, error) {
	car, err := carapi.Inspect.Call(ctx, c.cars, carapi.CarRequest{ID: carID})
	return car.PricingPlanID, err
}
