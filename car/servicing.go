package car

import (
	"time"

	"freecar/internal/errs"
)

// Outage says why staff took a car out of service. A car that somebody has goes out of
// service when it is released.
type Outage struct {
	Reason string
	At     time.Time // by the server's clock: when staff decided so
}

// Why staff cannot do what they want to do with a car.
var (
	ErrRemoved = errs.E(errs.Conflict, "car_removed", "The car was removed from the fleet, for ever.")
	ErrClaimed = errs.E(errs.Conflict, "car_claimed", "A rider has the car; wait until it is free.")
)

// TakeOut takes the car out of service: at once or, if somebody has it and whenFree
// holds, at its release. A car that is out of service already stays so for the reason
// that it has, and nothing changes.
// Errors: Conflict car_removed, car_claimed.
func (c *Car) TakeOut(reason string, whenFree bool, now time.Time) error {
	switch {
	case c.State == Removed:
		return ErrRemoved
	case c.Claim != nil && !whenFree:
		return ErrClaimed
	case c.Outage != nil:
		return nil
	}
	c.Outage = &Outage{Reason: reason, At: now}
	if c.Claim != nil {
		c.record(EventServicePlanned, nil, now)
		return nil
	}
	c.State = NonOperational
	c.record(EventServiceBegan, nil, now)
	return nil
}

// Return brings the car back into service, or keeps it there if it was only going to go
// out; one in service stays as it is. An unlock that still waits is withdrawn, and an open
// car is told to lock with a command of the id spare, unless it moves.
// Errors: Conflict car_removed.
func (c *Car) Return(spare string, p Policy, now time.Time) error {
	switch {
	case c.State == Removed:
		return ErrRemoved
	case c.Outage == nil:
		return nil
	}
	c.Outage = nil
	if c.Claim != nil {
		c.record(EventReturned, nil, now)
		return nil
	}
	c.State = c.rest(p, now)
	c.withdraw(now)
	c.record(EventReturned, c.secure(spare, p, now), now)
	return nil
}

// Retire removes the car from the fleet, for ever: nobody claims it, no device speaks for
// it and no command waits for it any more. Twice is once.
// Errors: Conflict car_claimed.
func (c *Car) Retire(now time.Time) error {
	switch {
	case c.State == Removed:
		return nil
	case c.Claim != nil:
		return ErrClaimed
	}
	for i := range c.Commands {
		if command := &c.Commands[i]; command.Waiting() {
			command.settle(Cancelled, "", now)
			c.undo(command.Kind)
		}
	}
	c.State, c.Outage = Removed, nil
	c.DeviceID, c.NextDevice = "", nil
	c.record(EventRetired, nil, now)
	return nil
}

// rest is the state of a car that nobody has.
func (c *Car) rest(p Policy, now time.Time) State {
	switch {
	case c.Outage != nil:
		return NonOperational
	case c.silent(p, now):
		return NonContactable
	default:
		return Available
	}
}
