package endpoint

import (
	"context"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Telemetry takes readings.
func (e Endpoints) Telemetry(ctx context.Context, r carapi.TelemetryRequest) (carapi.TelemetryAnswer, error) {
	readings := make([]car.Reading, len(r.Readings))
	for i, reading := range r.Readings {
		readings[i] = toReading(reading)
	}
	report, err := e.service.Report(ctx, subject(ctx), readings)
	answer := carapi.TelemetryAnswer{Accepted: report.Accepted, Refused: make([]carapi.RefusedReading, len(report.Refused))}
	for i, refused := range report.Refused {
		answer.Refused[i] = carapi.RefusedReading{Index: refused.Index, Code: errs.CodeOf(refused.Err)}
	}
	return answer, err
}

// toReading reads what a device sent. A reading that breaks a rule becomes the zero
// Reading, which no car can have sent.
func toReading(r carapi.Reading) car.Reading {
	if kitx.Check(&r) != nil {
		return car.Reading{}
	}
	return car.Reading{
		CarID: r.CarID, At: r.At.Time, Position: r.Position.ToPosition(), ChargePercent: *r.ChargePercent,
		OdometerM: car.Metres(*r.OdometerKM), SpeedKMH: *r.SpeedKMH, Locked: *r.Locked, DoorsOpen: *r.DoorsOpen,
	}
}

// Acknowledge takes what became of a command.
func (e Endpoints) Acknowledge(ctx context.Context, r carapi.AcknowledgeRequest) (carapi.CommandAnswer, error) {
	k, err := e.service.Acknowledge(ctx, car.Acknowledgement{
		DeviceID: subject(ctx), CommandID: r.ID, Done: r.Result == "done", Reason: r.Reason,
	})
	return fromCommand(k), err
}

// DeviceCars lists the device's cars.
func (e Endpoints) DeviceCars(ctx context.Context, r carapi.DeviceCarsRequest) (wire.Page[carapi.DeviceCar], error) {
	cars, err := e.service.DeviceCars(ctx, subject(ctx), r.Cursor, r.Limit+1)
	next := ""
	if len(cars) > r.Limit {
		cars = cars[:r.Limit]
		next = cars[r.Limit-1].ID
	}
	return wire.NewPage(cars, next, fromDeviceCar), err
}

func fromDeviceCar(c car.Car) carapi.DeviceCar {
	w := carapi.DeviceCar{ID: c.ID, Plate: c.Plate, Model: c.Model, State: string(c.State), Lock: string(c.Lock)}
	if c.Last != nil {
		w.LastReading = &carapi.LastReading{
			Position: wire.FromPosition(c.Last.Position), ChargePercent: c.Last.ChargePercent, OdometerKM: kilometres(c.Last.OdometerM),
		}
	}
	return w
}

// FromPending is a waiting command as it goes over the stream.
func FromPending(p car.Pending) carapi.DeviceCommand {
	return carapi.DeviceCommand{
		ID: p.Command.ID, CarID: p.CarID, Kind: string(p.Command.Kind), CreatedAt: wire.FromTime(p.Command.CreatedAt),
	}
}
