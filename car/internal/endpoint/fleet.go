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

// Show is all that staff see of a car.
func (e Endpoints) Show(ctx context.Context, r carapi.CarRequest) (carapi.ShownCar, error) {
	return e.shown(e.service.Car(ctx, r.ID))
}

// Change changes some of a car's description.
func (e Endpoints) Change(ctx context.Context, r carapi.ChangeRequest) (carapi.ShownCar, error) {
	details, err := toDetails(r)
	if err != nil {
		return carapi.ShownCar{}, err
	}
	return e.shown(e.service.Change(ctx, r.ID, details))
}

func toDetails(r carapi.ChangeRequest) (d car.Details, err error) {
	if r.Plate == nil && r.Model == nil && r.PricingPlanID == nil {
		return d, errs.Invalidf("body", "required", "Say what to change: plate, model or pricing_plan_id.")
	}
	if r.Plate != nil {
		plate, err := car.ParsePlate(*r.Plate)
		if err != nil {
			return d, err
		}
		d.Plate = &plate
	}
	if d.Model, err = present("model", r.Model); err != nil {
		return d, err
	}
	d.PricingPlanID, err = present("pricing_plan_id", r.PricingPlanID)
	return d, err
}

// present is a text, if there is one, that must not be blank.
func present(field string, text *string) (*string, error) {
	if text == nil {
		return nil, nil
	}
	trimmed := strings.TrimSpace(*text)
	if trimmed == "" {
		return nil, errs.Invalidf(field, "required", "It must not be empty.")
	}
	return &trimmed, nil
}

// TakeOut takes a car out of service.
func (e Endpoints) TakeOut(ctx context.Context, r carapi.ServiceRequest) (carapi.ShownCar, error) {
	reason, err := present("reason", &r.Reason)
	if err != nil {
		return carapi.ShownCar{}, err
	}
	return e.shown(e.service.TakeOut(ctx, r.ID, *reason, r.WhenFree))
}

// Return brings a car back into service.
func (e Endpoints) Return(ctx context.Context, r carapi.CarRequest) (carapi.ShownCar, error) {
	return e.shown(e.service.Return(ctx, r.ID))
}

// Retire removes a car for ever.
func (e Endpoints) Retire(ctx context.Context, r carapi.CarRequest) (carapi.ShownCar, error) {
	return e.shown(e.service.Retire(ctx, r.ID))
}

// Lock tells a car to lock.
func (e Endpoints) Lock(ctx context.Context, r carapi.StaffCommandRequest) (carapi.FleetCommand, error) {
	return e.order(ctx, r, car.CommandLock, carapi.Lock.Spec().Op)
}

// Unlock tells a car to unlock.
func (e Endpoints) Unlock(ctx context.Context, r carapi.StaffCommandRequest) (carapi.FleetCommand, error) {
	return e.order(ctx, r, car.CommandUnlock, carapi.Unlock.Spec().Op)
}

func (e Endpoints) order(ctx context.Context, r carapi.StaffCommandRequest, kind car.CommandKind, op string) (carapi.FleetCommand, error) {
	ordered, err := e.service.OrderByStaff(ctx, r.ID, kind, kitx.KeyOf(ctx, op, r.Keyed))
	if err == nil && ordered.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromFleetCommand(ordered.Command), err
}

func (e Endpoints) shown(c car.Car, err error) (carapi.ShownCar, error) {
	if err != nil {
		return carapi.ShownCar{}, err
	}
	w := carapi.ShownCar{
		FleetCar: fromFleetCar(c), RangeKM: c.RangeKM(e.policy), LastReading: fromReading(c.Last),
		Commands: make([]carapi.FleetCommand, len(c.Commands)), ChangedAt: wire.FromTime(c.ChangedAt),
	}
	if c.DeviceID != "" {
		w.BoundAt = wire.FromTimeOrNil(c.BoundAt)
	}
	if c.NextDevice != nil {
		w.NextDeviceID = &c.NextDevice.DeviceID
	}
	for i, k := range c.Commands {
		w.Commands[i] = fromFleetCommand(k)
	}
	return w, nil
}

func fromFleetCommand(k car.Command) carapi.FleetCommand {
	return carapi.FleetCommand{
		ID: k.ID, Kind: string(k.Kind), By: string(k.Origin()), State: string(k.State), Reason: k.Reason,
		CreatedAt: wire.FromTime(k.CreatedAt), ExpiresAt: wire.FromTime(k.ExpiresAt), SettledAt: wire.FromTimeOrNil(k.SettledAt),
	}
}
