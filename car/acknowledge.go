package car

import (
	"slices"
	"time"

	"freecar/internal/errs"
)

// ErrNoCommand says that there is no such command, or not for the device.
var ErrNoCommand = errs.Missing("command")

// Acknowledgement is what a device says became of a command.
type Acknowledgement struct {
	DeviceID  string
	CommandID string
	Done      bool
	Reason    string // why it failed
}

// Acknowledge settles a waiting command. An acknowledgement of a settled one changes
// nothing, except this: a lock that was given up and happened after all has locked the
// car, and an unlock that was leaves a car open that should not be, so it is told to lock
// with a command of the id spare.
// Errors: NotFound.
func (c *Car) Acknowledge(a Acknowledgement, spare string, p Policy, now time.Time) (Command, error) {
	i := slices.IndexFunc(c.Commands, func(k Command) bool { return k.ID == a.CommandID })
	if i < 0 || a.DeviceID == "" || c.DeviceID != a.DeviceID {
		return Command{}, ErrNoCommand
	}
	command := &c.Commands[i]
	switch {
	case command.Waiting() && a.Done:
		c.complete(command, now)
	case command.Waiting():
		c.fail(command, Failed, a.Reason, now)
	case a.Done && c.lockedAfterAll(i, p, now):
		c.complete(command, now)
	case a.Done && c.openedAgainstOurWill(command):
		return c.reclose(command, spare, p, now), nil
	}
	return *command, nil
}

// Expire gives up the first waiting command whose time is over, if there is one.
func (c *Car) Expire(now time.Time) {
	for i := range c.Commands {
		if command := &c.Commands[i]; command.Waiting() && !now.Before(command.ExpiresAt) {
			c.fail(command, TimedOut, "", now)
			return
		}
	}
}

func (c *Car) complete(command *Command, now time.Time) {
	command.settle(Done, "", now)
	forTrip := c.Claim != nil && c.Claim.Kind == ForTrip
	kind := EventStopAccepted
	switch command.Kind {
	case CommandUnlock:
		c.Lock, c.Pause, kind = Unlocked, nil, EventUnlocked
		if forTrip {
			c.State = OnTrip
		}
	case CommandLock:
		c.Lock, kind = Locked, EventLocked
		if forTrip {
			c.State = Stopped
			c.pause()
		}
	}
	c.record(kind, command, now)
}

// fail puts the lock back to where it was before the command.
func (c *Car) fail(command *Command, state CommandState, reason string, now time.Time) {
	command.settle(state, reason, now)
	c.undo(command.Kind)
	c.record(EventCommandFailed, command, now)
}

func (c *Car) undo(kind CommandKind) {
	switch kind {
	case CommandUnlock:
		c.Lock = Locked
	case CommandLock:
		c.Lock = Unlocked
	}
}

// lockedAfterAll says that a command, by its index, is a lock that timed out and did happen:
// the car has not been told to lock or unlock since, so that it counts as open still, and
// does not drive.
func (c *Car) lockedAfterAll(i int, p Policy, now time.Time) bool {
	command := c.Commands[i]
	if command.Kind != CommandLock || command.State != TimedOut || c.Moving(p, now) {
		return false
	}
	return !slices.ContainsFunc(c.Commands[i+1:], func(k Command) bool { return k.Kind != CommandStop })
}

func (c *Car) openedAgainstOurWill(command *Command) bool {
	givenUp := command.State == TimedOut || command.State == Cancelled
	return command.Kind == CommandUnlock && givenUp && c.Lock == Locked
}

func (c *Car) reclose(opened *Command, spare string, p Policy, now time.Time) Command {
	opened.settle(Done, "", now)
	settled := *opened
	c.Lock = Unlocked
	if lock := c.secure(spare, p, now); lock != nil {
		c.record(EventLocking, lock, now)
	} else {
		c.record(EventUnlocked, &settled, now)
	}
	return settled
}
