package endpoint

import (
	"context"
	"strings"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// List lists the fleet.
func (e Endpoints) List(ctx context.Context, r carapi.ListRequest) (wire.Page[carapi.FleetCar], error) {
	filter, err := toFilter(r)
	if err != nil {
		return wire.Page[carapi.FleetCar]{}, err
	}
	page, err := e.service.Cars(ctx, filter)
	return wire.NewPage(page.Cars, page.Next, fromFleetCar), err
}

func toFilter(r carapi.ListRequest) (f car.Filter, err error) {
	f = car.Filter{State: car.State(r.State), DeviceID: r.DeviceID, MaxCharge: r.MaxCharge, SilentSince: toTime(r.SilentSince), Limit: r.Limit, Cursor: r.Cursor}
	if r.Plate != "" {
		if f.Plate, err = car.ParsePlate(r.Plate); err != nil {
			return f, err
		}
	}
	if r.BBox != "" {
		box, err := parseBox(r.BBox)
		if err != nil {
			return f, err
		}
		f.Box = &box
	}
	return f, nil
}

// Register adds a car.
func (e Endpoints) Register(ctx context.Context, r carapi.RegisterRequest) (carapi.FleetCar, error) {
	registration, err := toRegistration(r)
	if err != nil {
		return carapi.FleetCar{}, err
	}
	registered, err := e.service.Register(ctx, car.Registering{
		Registration: registration, Key: kitx.KeyOf(ctx, carapi.Register.Spec().Op, r.Keyed),
	})
	if err == nil && registered.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromFleetCar(registered.Car), err
}

func toRegistration(r carapi.RegisterRequest) (car.Registration, error) {
	plate, err := car.ParsePlate(r.Plate)
	if err != nil {
		return car.Registration{}, err
	}
	model := strings.TrimSpace(r.Model)
	if model == "" {
		return car.Registration{}, errs.Invalidf("model", "required", "It is required.")
	}
	first, err := toFirstReading(r)
	return car.Registration{Plate: plate, Model: model, PricingPlanID: r.PricingPlanID, First: first}, err
}

// toFirstReading is what staff say of a car: standing, locked, and without a device or its
// time, so that whatever its device says follows.
func toFirstReading(r carapi.RegisterRequest) (*car.Reading, error) {
	if r.Position == nil {
		if r.ChargePercent != nil || r.OdometerKM != nil {
			return nil, errs.Invalidf("position", "required", "Say where the car is, too, or leave charge_percent and odometer_km out.")
		}
		return nil, nil
	}
	first := &car.Reading{Position: r.Position.ToPosition(), ChargePercent: 100, Locked: true}
	if r.ChargePercent != nil {
		first.ChargePercent = *r.ChargePercent
	}
	if r.OdometerKM != nil {
		first.OdometerM = car.Metres(*r.OdometerKM)
	}
	return first, nil
}

func fromFleetCar(c car.Car) carapi.FleetCar {
	w := carapi.FleetCar{
		ID: c.ID, Plate: c.Plate, Model: c.Model, PricingPlanID: c.PricingPlanID, State: string(c.State), Lock: string(c.Lock),
		RegisteredAt: wire.FromTime(c.RegisteredAt), Version: c.Version,
	}
	if c.DeviceID != "" {
		w.DeviceID = &c.DeviceID
	}
	if c.Claim != nil {
		w.Claim = &carapi.FleetClaim{Kind: string(c.Claim.Kind), ID: c.Claim.ID, At: wire.FromTime(c.Claim.At)}
	}
	if c.Outage != nil {
		w.Outage = &carapi.FleetOutage{Reason: c.Outage.Reason, At: wire.FromTime(c.Outage.At), Pending: c.State != car.NonOperational}
	}
	if c.Last != nil {
		position, odometer := wire.FromPosition(c.Last.Position), kilometres(c.Last.OdometerM)
		w.Position, w.ChargePercent, w.OdometerKM = &position, &c.Last.ChargePercent, &odometer
		w.LastSeenAt = wire.FromTimeOrNil(c.Last.ReceivedAt)
	}
	return w
}

func kilometres(m int64) float64 { return float64(m) / 1000 }
