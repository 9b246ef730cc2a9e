package sim

import (
	"errors"
	"math/rand/v2"
	"time"

	"freecar/internal/geo"
)

// mode is what a vehicle is doing.
type mode int

const (
	parked mode = iota // locked
	boarding
	driving
	braking
	standing // unlocked, not moving
)

// How long things take.
const (
	doorOpens   = 1 * time.Second // after the unlock
	doorCloses  = 3 * time.Second // after the unlock
	setsOff     = 4 * time.Second // after the unlock, at the earliest
	setsOffLate = 4 * time.Second // and up to so much later
	brakingTime = 1500 * time.Millisecond
	standsFor   = 30 * time.Second // after a stop request
)

// vehicle is one car with whoever sits in it. It is not safe for concurrent use.
type vehicle struct {
	at       time.Time // up to when it has lived
	position geo.Position
	odometer float64 // metres
	charge   float64 // percent
	speed    float64 // metres a second

	mode  mode
	since time.Time // when the mode began
	until time.Time // when it ends by itself; zero for never

	driverless bool // nobody gets in
	trip       drive
	random     *rand.Rand
}

// known is what is known of a vehicle before it lives: what the platform saw last.
type known struct {
	position geo.Position
	odometer float64 // metres
	charge   float64 // percent
	lock     lock
}

// lock is how far the platform believes the lock to be.
type lock string

const (
	locked    lock = "locked"
	unlocking lock = "unlocking" // so the vehicle is locked until the command comes again
	unlocked  lock = "unlocked"
	locking   lock = "locking" // so it is still unlocked, and its rider wants to leave
)

// newVehicle takes a vehicle up where it was last seen.
func newVehicle(k known, driverless bool, random *rand.Rand, now time.Time) *vehicle {
	v := &vehicle{
		at: now, position: k.position, odometer: k.odometer, charge: k.charge,
		driverless: driverless, random: random,
	}
	v.trip = newDrive(v.position, random)
	switch {
	case k.lock != unlocked && k.lock != locking:
		v.become(parked, 0)
	case driverless:
		v.become(standing, 0)
	case k.lock == locking:
		v.become(standing, standsFor)
	default:
		v.become(standing, setsOff)
	}
	return v
}

// become changes the mode; it ends by itself after d, or never if d is 0.
func (v *vehicle) become(m mode, d time.Duration) {
	v.mode, v.since, v.until = m, v.at, time.Time{}
	if d > 0 {
		v.until = v.at.Add(d)
	}
}

// errMoving refuses to lock; it is also the reason that the platform is told.
var errMoving = errors.New("moving")

// unlock opens the vehicle: somebody gets in and drives off. An open one stays as it is.
func (v *vehicle) unlock() {
	switch {
	case v.mode != parked:
	case v.driverless:
		v.become(standing, 0)
	default:
		v.become(boarding, setsOff+time.Duration(v.random.Int64N(int64(setsOffLate))))
	}
}

// lock parks a vehicle that stands. Errors: errMoving.
func (v *vehicle) lock() error {
	if v.moving() {
		return errMoving
	}
	if v.mode != parked {
		v.become(parked, 0)
	}
	return nil
}

// askToStop asks the driver to stop and wait a while.
func (v *vehicle) askToStop() {
	switch {
	case v.mode == driving && v.moving():
		v.brake()
	case v.mode == boarding, v.mode == driving:
		v.become(standing, standsFor)
	case v.mode == standing && !v.until.IsZero():
		v.become(standing, standsFor)
	}
}

// moving says that the wheels turn.
func (v *vehicle) moving() bool { return v.speed > 0 }

// locked says that the doors are locked and the car is immobilised.
func (v *vehicle) locked() bool { return v.mode == parked }

// doorsOpen says that somebody is getting in.
func (v *vehicle) doorsOpen() bool {
	in := v.at.Sub(v.since)
	return v.mode == boarding && in >= doorOpens && in < doorCloses
}

// catchUp takes over a later state that was reported by another fleet of the same device.
func (v *vehicle) catchUp(position geo.Position, odometer float64) {
	if odometer > v.odometer {
		v.position, v.odometer = position, odometer
	}
}
