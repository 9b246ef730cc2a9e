package car

import (
	"slices"
	"time"

	"freecar/internal/errs"
)

// State is what can be done with a car.
type State string

// The states of MDS for car share.
const (
	NonOperational State = "non_operational" // in service
	Available      State = "available"
	Reserved       State = "reserved"
	Stopped        State = "stopped" // claimed for a trip and not driving
	OnTrip         State = "on_trip"
	NonContactable State = "non_contactable"
	Removed        State = "removed"
)

// Lock is the state of the immobiliser and the doors' lock.
type Lock string

// The states of the lock.
const (
	Locked    Lock = "locked"
	Unlocking Lock = "unlocking"
	Unlocked  Lock = "unlocked"
	Locking   Lock = "locking"
)

// DefaultPlan is the pricing plan of a car that names none.
const DefaultPlan = "standard"

// Car is one vehicle.
type Car struct {
	ID            string
	Plate         string
	Model         string
	PricingPlanID string
	State         State
	Lock          Lock
	Claim         *Claim    // nil when nobody has the car
	Pause         *Pause    // nil unless its trip has locked the car
	Commands      []Command // those that wait and the latest of those that are settled, oldest first
	DeviceID      string    // the device that speaks for the car; empty for none
	BoundAt       time.Time // since when it does
	NextDevice    *Binding  // the device that takes over when it may; nil for none
	Outage        *Outage   // why the car is out of service, or will be once it is free; nil for neither
	RegisteredAt  time.Time
	ChangedAt     time.Time
	Version       int64

	// Last is the latest reading, nil before the first. Repositories load it with the
	// car; it is saved by SaveReadings alone and is neither in the version nor in events.
	Last *Reading

	recorded *Event
}

// Registration is what staff say of a new car.
type Registration struct {
	ID            string
	Plate         string
	Model         string
	PricingPlanID string   // DefaultPlan when empty
	First         *Reading // where staff say that the car stands, if they know
}

// New registers a car. It waits for its device to speak: what staff say of where it
// stands brings no command to it, and their odometer may be a guess.
func New(r Registration, now time.Time) Car {
	c := Car{
		ID: r.ID, Plate: r.Plate, Model: r.Model, PricingPlanID: r.PricingPlanID,
		State: NonContactable, Lock: Locked, RegisteredAt: now,
	}
	if c.PricingPlanID == "" {
		c.PricingPlanID = DefaultPlan
	}
	if r.First != nil {
		first := *r.First
		c.Last = &first
	}
	c.record(EventRegistered, nil, now)
	return c
}

// Clone is a copy that shares nothing with c.
func (c *Car) Clone() Car {
	copied := *c
	copied.Commands = slices.Clone(c.Commands)
	if c.Claim != nil {
		claim := *c.Claim
		copied.Claim = &claim
	}
	if c.NextDevice != nil {
		next := *c.NextDevice
		copied.NextDevice = &next
	}
	if c.Outage != nil {
		outage := *c.Outage
		copied.Outage = &outage
	}
	if c.Pause != nil {
		pause := *c.Pause
		copied.Pause = &pause
	}
	if c.Last != nil {
		last := *c.Last
		copied.Last = &last
	}
	copied.recorded = nil
	return copied
}

// LoseContact takes an available car that has been silent too long out of the fleet.
func (c *Car) LoseContact(p Policy, now time.Time) {
	if c.State == Available && c.silent(p, now) {
		c.State = NonContactable
		c.record(EventContactLost, nil, now)
	}
}

// RegainContact brings a car back that speaks again.
func (c *Car) RegainContact(p Policy, now time.Time) {
	if c.State == NonContactable && !c.silent(p, now) {
		c.State = Available
		c.record(EventContactRegained, nil, now)
	}
}

// Moving says that the car drives, as far as its readings tell: one with a speed above
// zero that is at most p.MovingWithin old.
func (c *Car) Moving(p Policy, now time.Time) bool {
	return c.Last != nil && c.Last.SpeedKMH > 0 && now.Sub(c.Last.ReceivedAt) <= p.MovingWithin
}

// RangeKM is how far the car still goes, in whole kilometres.
func (c *Car) RangeKM(p Policy) int {
	if c.Last == nil {
		return 0
	}
	return p.RangeKM(c.Last.ChargePercent)
}

// silent says that nothing was heard lately of the device that speaks for the car now.
func (c *Car) silent(p Policy, now time.Time) bool {
	return c.DeviceID == "" || c.Last == nil || c.Last.DeviceID != c.DeviceID || now.Sub(c.Last.ReceivedAt) > p.SilentAfter
}

// ErrMissing says that there is no such car, or not for the caller.
var ErrMissing = errs.Missing("car")
