package trip

import (
	"context"

	"freecar/internal/clock"
	"freecar/internal/ids"
)

// Config is what the service works with.
type Config struct {
	Trips      Repository
	Cars       Cars
	Licences   Licences
	Wallet     Wallet
	Tariffs    Tariffs
	Places     Places
	Promotions Promotions
	Refunds    Refunds
	Clock      clock.Clock
	IDs        ids.Source
	Policy     Policy
	// Log takes what nobody else is told: a step that failed and will be repeated.
	Log func(ctx context.Context, msg, tripID string, err error)
	// Unpriced hears of a car whose plan is not in use, so that a rental has the standard
	// plan; nil for nobody.
	Unpriced func(ctx context.Context, car ClaimedCar)
}

// Rentals is the Service.
type Rentals struct {
	trips      Repository
	cars       Cars
	licences   Licences
	wallet     Wallet
	tariffs    Tariffs
	places     Places
	promotions Promotions
	refunds    Refunds
	clock      clock.Clock
	ids        ids.Source
	policy     Policy
	log        func(ctx context.Context, msg, tripID string, err error)
	unpriced   func(ctx context.Context, car ClaimedCar)
}

var _ Service = (*Rentals)(nil)

// NewRentals makes the service.
func NewRentals(c Config) *Rentals {
	return &Rentals{trips: c.Trips, cars: c.Cars, licences: c.Licences, wallet: c.Wallet,
		tariffs: c.Tariffs, places: c.Places, promotions: c.Promotions, refunds: c.Refunds,
		clock: c.Clock, ids: c.IDs, policy: c.Policy, log: c.Log, unpriced: c.Unpriced}
}

// Trip is one of the account's trips.
func (s *Rentals) Trip(ctx context.Context, account, id string) (Trip, error) {
	t, err := s.own(ctx, account, id)
	if err != nil {
		return Trip{}, err
	}
	return s.asOfNow(ctx, t), nil
}

// Current is the account's live trip.
func (s *Rentals) Current(ctx context.Context, account string) (Trip, error) {
	t, err := s.trips.Current(ctx, account)
	if err != nil {
		return Trip{}, err
	}
	if !t.Accepted {
		return Trip{}, ErrNoTrip
	}
	return s.asOfNow(ctx, t), nil
}

// Trips lists the account's trips.
func (s *Rentals) Trips(ctx context.Context, f Filter) (Page, error) {
	page, err := s.trips.Trips(ctx, f)
	for i, t := range page.Trips { // at most one of them is live
		page.Trips[i] = s.asOfNow(ctx, t)
	}
	return page, err
}

// Live says whether a claim of the rental stands, as what it says that it is.
func (s *Rentals) Live(ctx context.Context, id string, kind ClaimKind) (bool, error) {
	t, err := s.trips.Trip(ctx, id)
	if isMissing(err) {
		return false, nil
	}
	return t.stands(kind), err
}

// stands says that a claim of a kind may be the rental's. From the first start of a
// reservation on its claim may be of either kind: one that was given up may come late.
func (t *Trip) stands(kind ClaimKind) bool {
	switch {
	case !t.Live():
		return false
	case t.Accepted:
		return kind == ForTrip
	case t.Step == Requesting, t.Step == Withdrawing:
		return kind == ForTrip || t.State == Reserved
	}
	return kind == ForReservation || !t.Term.StartAt.IsZero()
}

// own finds an accepted trip of the account; another's is as good as none.
func (s *Rentals) own(ctx context.Context, account, id string) (Trip, error) {
	t, err := s.trips.Trip(ctx, id)
	if err != nil {
		return Trip{}, err
	}
	if t.Account != account || !t.Accepted {
		return Trip{}, ErrNoTrip
	}
	return t, nil
}

// asOfNow computes distance and fare of a trip under way. While the car service cannot
// be asked the distance is as last saved, and time alone counts.
func (s *Rentals) asOfNow(ctx context.Context, t Trip) Trip {
	if !t.running() {
		return t
	}
	car, err := s.cars.Car(ctx, t.Car.ID)
	if err != nil || car.TripID != t.ID {
		car = CarState{OdometerM: t.StartOdometerM + t.DistanceM}
	}
	return t.AsOf(car, s.clock.Now())
}
