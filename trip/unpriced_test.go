package trip_test

import (
	"context"
	"slices"
	"testing"

	"freecar/internal/ids"
	"freecar/trip"
)

// TestUnpriced: a car that names a plan that is not in use is rented by the standard plan,
// reserved or not, and somebody is told; of one that names none, or one in use, nobody is.
func TestUnpriced(t *testing.T) {
	for plan, want := range map[string]bool{"": false, "standard": false, "nihgt": true} {
		for how, rent := range map[string]func(context.Context, *trip.Rentals) (trip.Plan, error){
			"reserved": func(ctx context.Context, s *trip.Rentals) (trip.Plan, error) {
				made, err := s.Reserve(ctx, trip.ReserveCar{Account: "1", CarID: "c"})
				return made.Reservation.Plan, err
			},
			"started": func(ctx context.Context, s *trip.Rentals) (trip.Plan, error) {
				started, err := s.Start(ctx, trip.StartTrip{Account: "1", CarID: "c"})
				return started.Trip.Plan, err
			},
		} {
			r := newRig(t)
			var told []string
			s := trip.NewRentals(trip.Config{Trips: r.store, Cars: named{r.world, plan}, Licences: r.world, Wallet: wallet{r.world},
				Tariffs: r.office.pricing, Places: r.office.zoning, Clock: r.clock, IDs: ids.Random{}, Policy: policy,
				Log:      func(context.Context, string, string, error) {},
				Unpriced: func(_ context.Context, car trip.ClaimedCar) { told = append(told, car.ID+" "+car.PlanID) }})
			got, err := rent(t.Context(), s)
			if err != nil || got.ID != trip.StandardPlan {
				t.Errorf("%s by %q: got %+v, %v", how, plan, got, err)
			}
			if slices.Equal(told, []string{"c " + plan}) != want || !want && told != nil {
				t.Errorf("%s by %q: told of %v", how, plan, told)
			}
		}
	}
}

// named are cars that name a plan.
type named struct {
	trip.Cars
	plan string
}

func (n named) Claim(ctx context.Context, c trip.Claim) (trip.ClaimedCar, error) {
	car, err := n.Cars.Claim(ctx, c)
	car.PlanID = n.plan
	return car, err
}
