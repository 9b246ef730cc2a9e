package endpoint

import (
	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/wire"
)

// fromCar is a car as one rider sees it: where a car is that another rider has is nobody
// else's business.
func (e Endpoints) fromCar(c car.Car, viewer string) carapi.Car {
	w := carapi.Car{
		ID: c.ID, Plate: c.Plate, Model: c.Model, RangeKM: c.RangeKM(e.policy),
		State: string(c.State), PricingPlanID: c.PricingPlanID,
	}
	if c.Last == nil {
		return w
	}
	w.ChargePercent = c.Last.ChargePercent
	if c.Claim == nil || c.Claim.AccountID == viewer {
		position := wire.FromPosition(c.Last.Position)
		w.Position = &position
	}
	return w
}

func fromClaimed(c car.Car) carapi.ClaimedCar {
	w := carapi.ClaimedCar{
		ID: c.ID, Plate: c.Plate, Model: c.Model, PricingPlanID: c.PricingPlanID, State: string(c.State), Version: c.Version,
	}
	if c.Last != nil {
		position := wire.FromPosition(c.Last.Position)
		w.Position, w.OdometerM, w.ChargePercent = &position, c.Last.OdometerM, c.Last.ChargePercent
	}
	return w
}

func fromCommand(k car.Command) carapi.CommandAnswer {
	return carapi.CommandAnswer{ID: k.ID, State: string(k.State)}
}

func fromReading(r *car.Reading) *carapi.InternalReading {
	if r == nil {
		return nil
	}
	return &carapi.InternalReading{
		At: wire.FromTimeOrNil(r.At), ReceivedAt: wire.FromTime(r.ReceivedAt), Position: wire.FromPosition(r.Position),
		ChargePercent: r.ChargePercent, OdometerM: r.OdometerM, SpeedKMH: r.SpeedKMH, Locked: r.Locked, DoorsOpen: r.DoorsOpen,
	}
}

func fromState(c car.Car) carapi.CarState {
	w := carapi.CarState{
		ID: c.ID, Plate: c.Plate, Model: c.Model, PricingPlanID: c.PricingPlanID, State: string(c.State), Lock: string(c.Lock),
		Commands: make([]carapi.CarCommand, len(c.Commands)), DeviceID: c.DeviceID, BoundAt: wire.FromTimeOrNil(c.BoundAt),
		RegisteredAt: wire.FromTime(c.RegisteredAt), ChangedAt: wire.FromTime(c.ChangedAt), Version: c.Version,
	}
	if c.Claim != nil {
		w.Claim = &carapi.CarClaim{Kind: string(c.Claim.Kind), ID: c.Claim.ID, AccountID: c.Claim.AccountID, At: wire.FromTime(c.Claim.At)}
	}
	if c.NextDevice != nil {
		w.NextDevice = &carapi.CarDevice{ID: c.NextDevice.DeviceID, At: wire.FromTime(c.NextDevice.At)}
	}
	if c.Outage != nil {
		w.Outage = &carapi.CarOutage{Reason: c.Outage.Reason, At: wire.FromTime(c.Outage.At)}
	}
	if c.Pause != nil {
		w.Pause = &carapi.CarPause{OdometerM: c.Pause.OdometerM, DroveOffAt: wire.FromTimeOrNil(c.Pause.DroveOffAt)}
	}
	for i, k := range c.Commands {
		w.Commands[i] = fromCarCommand(k)
	}
	return w
}

func toState(w carapi.CarState) car.Car {
	c := car.Car{
		ID: w.ID, Plate: w.Plate, Model: w.Model, PricingPlanID: w.PricingPlanID, State: car.State(w.State), Lock: car.Lock(w.Lock),
		DeviceID: w.DeviceID, BoundAt: toTime(w.BoundAt), RegisteredAt: w.RegisteredAt.Time, ChangedAt: w.ChangedAt.Time, Version: w.Version,
	}
	if w.Claim != nil {
		c.Claim = &car.Claim{Kind: car.ClaimKind(w.Claim.Kind), ID: w.Claim.ID, AccountID: w.Claim.AccountID, At: w.Claim.At.Time}
	}
	if w.NextDevice != nil {
		c.NextDevice = &car.Binding{DeviceID: w.NextDevice.ID, At: w.NextDevice.At.Time}
	}
	if w.Outage != nil {
		c.Outage = &car.Outage{Reason: w.Outage.Reason, At: w.Outage.At.Time}
	}
	if w.Pause != nil {
		c.Pause = &car.Pause{OdometerM: w.Pause.OdometerM, DroveOffAt: toTime(w.Pause.DroveOffAt)}
	}
	for _, k := range w.Commands {
		c.Commands = append(c.Commands, toCarCommand(k))
	}
	return c
}

func fromCarCommand(k car.Command) carapi.CarCommand {
	return carapi.CarCommand{
		ID: k.ID, ClaimID: k.ClaimID, Step: k.Step, Kind: string(k.Kind), State: string(k.State), Reason: k.Reason,
		CreatedAt: wire.FromTime(k.CreatedAt), ExpiresAt: wire.FromTime(k.ExpiresAt), SettledAt: wire.FromTimeOrNil(k.SettledAt),
	}
}

func toCarCommand(w carapi.CarCommand) car.Command {
	return car.Command{
		ID: w.ID, ClaimID: w.ClaimID, Step: w.Step, Kind: car.CommandKind(w.Kind), State: car.CommandState(w.State), Reason: w.Reason,
		CreatedAt: w.CreatedAt.Time, ExpiresAt: w.ExpiresAt.Time, SettledAt: toTime(w.SettledAt),
	}
}
