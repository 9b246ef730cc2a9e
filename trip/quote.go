package trip

import (
	"context"

	"freecar/internal/money"
)

// CarPlans is what quotes need of the car service.
type CarPlans interface {
	// CarPlan is the id of the plan that a car names. Errors: NotFound.
	CarPlan(ctx context.Context, carID string) (string, error)
}

// QuoteTrip asks what a trip would cost.
type QuoteTrip struct {
	Account, CarID string
	Usage          Usage
	PromoCode      string // empty for none
}

// Quote is the fare of such a trip, if it started now.
type Quote struct {
	Plan Plan
	Fare Fare
	Hold money.Money // set aside at the start
}

// Quote prices a trip before it starts, with the function that prices it in the end.
// Errors: NotFound (no such car), ErrPromo with the reason.
func (s *Pricing) Quote(ctx context.Context, c QuoteTrip) (Quote, error) {
	id, err := s.with.Cars.CarPlan(ctx, c.CarID)
	if err != nil {
		return Quote{}, err
	}
	plan, err := s.PlanFor(ctx, id)
	if err != nil {
		return Quote{}, err
	}
	var d Discount
	if c.PromoCode != "" {
		if d, err = s.with.Promotions.Look(ctx, c.PromoCode, c.Account); err != nil {
			return Quote{}, err
		}
	}
	return Quote{Plan: plan, Fare: plan.Fare(c.Usage).Less(d), Hold: plan.amount(plan.Hold)}, nil
}
