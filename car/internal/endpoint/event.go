package endpoint

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
	"freecar/internal/wire"
)

// Event writes what is published of a change.
func Event(ctx context.Context, e car.Event) (events.Event, error) {
	w := carapi.CarEvent{CarState: fromState(e.Car)}
	if e.Command != nil {
		about := fromCarCommand(*e.Command)
		w.Command = &about
	}
	if e.Car.Claim == nil && e.Car.Last != nil {
		seen := fromSighting(e.Car.Last.Sighting())
		w.Seen = &seen
	}
	data, err := json.Marshal(w)
	return events.Event{
		Type: events.Type(carapi.Name, string(e.Kind)), Subject: e.Car.ID, Version: e.Car.Version,
		Time: e.At, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data,
	}, err
}

// CarOf reads the car back from an event; its last reading is only as far as the event
// tells it.
func CarOf(e events.Event) (car.Car, error) {
	var w carapi.CarEvent
	if err := json.Unmarshal(e.Data, &w); err != nil {
		return car.Car{}, err
	}
	c := toState(w.CarState)
	if w.Seen != nil {
		seen := toSighting(*w.Seen)
		c.Last = &car.Reading{CarID: c.ID, At: seen.At, Position: seen.Position, ChargePercent: seen.ChargePercent}
	}
	return c, nil
}

// Moved writes what is broadcast of a sighting.
func Moved(ctx context.Context, carID string, s car.Sighting, now time.Time) (events.Event, error) {
	data, err := json.Marshal(carapi.CarMoved{ID: carID, Sighting: fromSighting(s)})
	return events.Event{
		Type: events.Type(carapi.Name, carapi.EventMoved), Subject: carID, Time: now, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data,
	}, err
}

// MovedOf reads a broadcast back.
func MovedOf(e events.Event) (carID string, s car.Sighting, err error) {
	var w carapi.CarMoved
	err = json.Unmarshal(e.Data, &w)
	return w.ID, toSighting(w.Sighting), err
}

// fromSighting writes a sighting.
func fromSighting(s car.Sighting) carapi.Sighting {
	return carapi.Sighting{At: wire.FromTimeOrNil(s.At), Position: wire.FromPosition(s.Position), ChargePercent: s.ChargePercent}
}

func toSighting(w carapi.Sighting) car.Sighting {
	return car.Sighting{Known: true, At: toTime(w.At), Position: w.Position.ToPosition(), ChargePercent: w.ChargePercent}
}

func toTime(t *wire.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
