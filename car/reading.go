package car

import (
	"math"
	"time"

	"freecar/internal/errs"
	"freecar/internal/geo"
)

// Reading is what a car says of itself at one moment.
type Reading struct {
	CarID         string
	DeviceID      string    // that said so; empty for what staff say
	At            time.Time // by the device's clock; it orders readings and nothing else
	ReceivedAt    time.Time // by ours
	Position      geo.Position
	ChargePercent float64
	OdometerM     int64
	SpeedKMH      float64
	Locked        bool
	DoorsOpen     bool
}

// What no car can be beyond.
const (
	maxSpeedKMH  = 400
	maxOdometerM = 10_000_000_000
)

// Why a reading is refused. Callers look at the code.
var (
	ErrReadingInvalid = errs.E(errs.Invalid, "invalid", "A value of the reading is missing or out of range.")
	ErrReadingFuture  = errs.E(errs.Invalid, "future", "The device's clock is ahead.")
	ErrNotBound       = errs.E(errs.Denied, "not_bound", "The car is not one of the device's.")
	ErrStale          = errs.E(errs.Conflict, "stale", "A later reading came before.")
	ErrOdometerFell   = errs.E(errs.Conflict, "odometer_fell", "The odometer was higher before.")
	ErrOdometerJumped = errs.E(errs.Conflict, "odometer_jumped", "No car drives so far in the time since its last reading.")
)

// epoch is when the time began that stores count: what was there before cannot be told
// from no time, which is that of what staff say.
var epoch = time.Unix(0, 0)

// Check looks at the reading alone. Errors: Invalid invalid, future.
func (r Reading) Check(p Policy) error {
	possible := r.CarID != "" && r.At.After(epoch) && r.Position.Valid() &&
		within(r.ChargePercent, 0, 100) && within(r.SpeedKMH, 0, maxSpeedKMH) &&
		r.OdometerM >= 0 && r.OdometerM <= maxOdometerM
	if !possible {
		return ErrReadingInvalid
	}
	if r.At.Sub(r.ReceivedAt) > p.ClockSkew {
		return ErrReadingFuture
	}
	return nil
}

// within is false for NaN.
func within(v, low, high float64) bool { return v >= low && v <= high }

// Metres turns kilometres with up to three decimals into whole metres, at most the
// odometer's end; it is -1 for what is no distance.
func Metres(km float64) int64 {
	m := math.Round(km * 1000)
	if !within(m, 0, maxOdometerM) {
		return -1
	}
	return int64(m)
}

// Standing is what a reading of a car is judged by.
type Standing struct {
	DeviceID string // empty also when there is no such car
	State    State
	Lock     Lock
	// PausedAtM is the odometer when its trip locked the car; nil when none has.
	PausedAtM *int64
	Last      *Reading
}

// Judge says whether a device's reading follows what is known. Another device than spoke
// before may count from elsewhere (a new box has a counter of its own), unless a trip has
// the car: its distance is never between two counters.
// Errors: Denied not_bound, Conflict stale, odometer_fell, odometer_jumped.
func (s Standing) Judge(device string, r Reading, p Policy) error {
	switch {
	case device == "" || s.DeviceID != device || s.State == Removed:
		return ErrNotBound
	case s.Last == nil:
		return nil
	case !r.At.After(s.Last.At):
		return ErrStale
	case s.Last.DeviceID != device && s.State != Stopped && s.State != OnTrip:
		return nil
	case r.OdometerM < s.Last.OdometerM:
		return ErrOdometerFell
	case r.OdometerM-s.Last.OdometerM > p.reachM(r.ReceivedAt.Sub(s.Last.ReceivedAt)):
		return ErrOdometerJumped
	}
	return nil
}
