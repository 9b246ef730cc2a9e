package car

import (
	"slices"
	"time"

	"freecar/internal/errs"
)

// Why a command of staff is refused, beside ErrRemoved, ErrClaimed and those of an Order.
var (
	ErrNoDevice  = errs.E(errs.Conflict, "no_device", "No device speaks for the car, so that nothing can reach it.")
	ErrInService = errs.E(errs.Conflict, "in_service", "Take the car out of service first: one that riders can take is kept locked.")
)

// staffStep names the commands of staff.
const staffStep = "staff"

// Origin is who gave a command.
type Origin string

// Who gives commands.
const (
	ByTrip  Origin = "trip"
	ByStaff Origin = "staff"
	ByFleet Origin = "fleet" // by itself, to close what stands open
)

// Origin says who gave the command.
func (c *Command) Origin() Origin {
	switch {
	case c.ClaimID != "":
		return ByTrip
	case c.Step == staffStep:
		return ByStaff
	default:
		return ByFleet
	}
}

// OrderByStaff queues a lock or an unlock, with a command of the id. Staff command a car
// that no rider has; they open one only out of service. The same command that still waits
// is given again and changes nothing.
// Errors: Conflict car_removed, car_claimed, no_device, in_service, command_waiting,
// lock_state, car_moving.
func (c *Car) OrderByStaff(id string, kind CommandKind, p Policy, now time.Time) (Command, error) {
	switch {
	case c.State == Removed:
		return Command{}, ErrRemoved
	case c.Claim != nil:
		return Command{}, ErrClaimed
	case c.DeviceID == "":
		return Command{}, ErrNoDevice
	case kind == CommandUnlock && c.State != NonOperational:
		return Command{}, ErrInService
	}
	if waiting, found := c.WaitingLock(); found && waiting.Kind == kind {
		return waiting, nil
	}
	order := Order{ID: id, Step: staffStep, Kind: kind}
	event, err := c.admit(order, p, now)
	if err != nil {
		return Command{}, err
	}
	command := *c.queue(order, p, now)
	c.record(event, &command, now)
	return command, nil
}

// openedByStaff says that the car is out of service and staff opened it last: it is theirs
// to close. One that its rider left open is not.
func (c *Car) openedByStaff() bool {
	if c.State != NonOperational {
		return false
	}
	for _, command := range slices.Backward(c.Commands) {
		if command.Kind == CommandUnlock && command.State == Done {
			return command.Origin() == ByStaff
		}
	}
	return false
}

// WaitingLock is the lock or unlock that the device has yet to answer, if there is one.
func (c *Car) WaitingLock() (Command, bool) {
	for _, command := range c.Commands {
		if command.Waiting() && command.Kind != CommandStop {
			return command, true
		}
	}
	return Command{}, false
}
