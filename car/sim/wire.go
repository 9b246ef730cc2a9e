package sim

import (
	"math"
	"time"

	"freecar/car/carapi"
	"freecar/internal/geo"
	"freecar/internal/wire"
)

// reading is what a vehicle says of itself.
type reading struct {
	carID         string
	at            time.Time // UTC, whole milliseconds
	position      geo.Position
	chargePercent float64
	odometerM     int64
	speedKMH      float64
	locked        bool
	doorsOpen     bool
}

// readingOf rounds as the wire does: whole metres, never more than were driven; no speed
// of 0 while the wheels turn; centimetres of position.
func readingOf(id string, v *vehicle) reading {
	return reading{
		carID: id,
		at:    v.at.UTC().Truncate(time.Millisecond),
		position: geo.Position{
			Latitude:  math.Round(v.position.Latitude*1e7) / 1e7,
			Longitude: math.Round(v.position.Longitude*1e7) / 1e7,
		},
		chargePercent: math.Floor(v.charge*100) / 100,
		odometerM:     int64(v.odometer),
		speedKMH:      math.Ceil(v.speed*36) / 10,
		locked:        v.locked(),
		doorsOpen:     v.doorsOpen(),
	}
}

// sameStatus says that two readings differ at most in place, charge and how fast.
func (r reading) sameStatus(other reading) bool {
	return r.locked == other.locked && r.doorsOpen == other.doorsOpen && (r.speedKMH > 0) == (other.speedKMH > 0)
}

func fromReadings(readings []reading) carapi.TelemetryRequest {
	request := carapi.TelemetryRequest{Readings: make([]carapi.Reading, 0, len(readings))}
	for _, r := range readings {
		request.Readings = append(request.Readings, fromReading(r))
	}
	return request
}

func fromReading(r reading) carapi.Reading {
	return carapi.Reading{
		CarID:         r.carID,
		At:            new(wire.FromTime(r.at)),
		Position:      new(wire.FromPosition(r.position)),
		ChargePercent: new(r.chargePercent),
		OdometerKM:    new(float64(r.odometerM) / 1000),
		SpeedKMH:      new(r.speedKMH),
		Locked:        new(r.locked),
		DoorsOpen:     new(r.doorsOpen),
	}
}

func toKnown(c carapi.DeviceCar) known {
	return known{
		position: c.LastReading.Position.ToPosition(),
		odometer: math.Round(c.LastReading.OdometerKM * 1000),
		charge:   c.LastReading.ChargePercent,
		lock:     lock(c.Lock),
	}
}

// What a car is told, in the words of the wire.
const (
	commandLock   = "lock"
	commandUnlock = "unlock"
	commandStop   = "stop_request"
)

// acknowledgement says what became of a command.
func acknowledgement(id string, outcome error) carapi.AcknowledgeRequest {
	if outcome != nil {
		return carapi.AcknowledgeRequest{ID: id, Result: "failed", Reason: outcome.Error()}
	}
	return carapi.AcknowledgeRequest{ID: id, Result: "done"}
}
