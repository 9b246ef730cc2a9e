package car

import (
	"slices"
	"time"

	"freecar/internal/errs"
)

// CommandKind is what a car can be told.
type CommandKind string

// What a car can be told.
const (
	CommandLock   CommandKind = "lock" // immobilise and lock the doors
	CommandUnlock CommandKind = "unlock"
	CommandStop   CommandKind = "stop_request" // advice to the driver: nothing in the car acts on it
)

// CommandState is how far a command has come.
type CommandState string

// How far a command has come. All but Waiting are final.
const (
	Waiting   CommandState = "waiting" // for the device
	Done      CommandState = "done"
	Failed    CommandState = "failed" // the device said so
	TimedOut  CommandState = "timed_out"
	Cancelled CommandState = "cancelled" // the claim ended first, or a later one took its place
)

// Command is one thing that the car was told.
type Command struct {
	ID        string
	ClaimID   string // whose command it is; empty for one that the fleet gave by itself
	Step      string // names the command within its claim
	Kind      CommandKind
	State     CommandState
	Reason    string // why it failed, in the device's words
	CreatedAt time.Time
	ExpiresAt time.Time
	SettledAt time.Time // zero while it waits
}

// Waiting says that the device has yet to answer.
func (c *Command) Waiting() bool { return c.State == Waiting }

func (c *Command) settle(state CommandState, reason string, now time.Time) {
	c.State, c.Reason, c.SettledAt = state, reason, now
}

// Order asks for a command.
type Order struct {
	ID      string // of the command, if it is a new one
	ClaimID string
	Step    string
	Kind    CommandKind
}

// recentCommands is how many settled commands a car remembers: enough for a repeated
// order and a late acknowledgement, and few enough for every event to carry them.
const recentCommands = 4

// Why a command is refused.
var (
	ErrNotClaimed     = errs.E(errs.Conflict, "not_claimed", "The car is not claimed for this trip.")
	ErrStepReused     = errs.E(errs.Conflict, "step_reused", "This step was another command before.")
	ErrCommandWaiting = errs.E(errs.Conflict, "command_waiting", "The car has not answered the command before.")
	ErrLockState      = errs.E(errs.Conflict, "lock_state", "The lock is there already.")
	ErrMoving         = errs.E(errs.Conflict, "car_moving", "The car moves; it can be locked when it stands.")
)

// Order queues a command of the trip that has the car. A step that was ordered before
// gives the command of then and changes nothing.
// Errors: Conflict not_claimed, step_reused, command_waiting, lock_state, car_moving.
func (c *Car) Order(o Order, p Policy, now time.Time) (Command, error) {
	if before, found := c.Ordered(o.ClaimID, o.Step); found {
		if before.Kind != o.Kind {
			return Command{}, ErrStepReused
		}
		return before, nil
	}
	if c.Claim == nil || c.Claim.ID != o.ClaimID || c.Claim.Kind != ForTrip {
		return Command{}, ErrNotClaimed
	}
	kind, err := c.admit(o, p, now)
	if err != nil {
		return Command{}, err
	}
	command := *c.queue(o, p, now)
	c.record(kind, &command, now)
	return command, nil
}

// admit checks an order against the lock and moves the lock on.
func (c *Car) admit(o Order, p Policy, now time.Time) (EventKind, error) {
	if o.Kind == CommandStop {
		c.supersedeStop(now)
		return EventStopRequested, nil
	}
	switch c.Lock {
	case Unlocking, Locking:
		return "", ErrCommandWaiting
	case Locked:
		if o.Kind == CommandLock {
			return "", ErrLockState
		}
		c.Lock = Unlocking
		return EventUnlocking, nil
	default:
		if o.Kind == CommandUnlock {
			return "", ErrLockState
		}
		if c.Moving(p, now) {
			return "", ErrMoving
		}
		c.Lock = Locking
		return EventLocking, nil
	}
}

func (c *Car) supersedeStop(now time.Time) {
	for i := range c.Commands {
		if command := &c.Commands[i]; command.Kind == CommandStop && command.Waiting() {
			command.settle(Cancelled, "", now)
		}
	}
}

// queue adds a command and forgets the oldest settled ones beyond recentCommands.
func (c *Car) queue(o Order, p Policy, now time.Time) *Command {
	c.Commands = append(slices.Clip(c.Commands), Command{
		ID: o.ID, ClaimID: o.ClaimID, Step: o.Step, Kind: o.Kind, State: Waiting,
		CreatedAt: now, ExpiresAt: now.Add(p.CommandTimeout),
	})
	settled := 0
	for i := range c.Commands {
		if !c.Commands[i].Waiting() {
			settled++
		}
	}
	c.Commands = slices.DeleteFunc(c.Commands, func(old Command) bool {
		if old.Waiting() || settled <= recentCommands {
			return false
		}
		settled--
		return true
	})
	return &c.Commands[len(c.Commands)-1]
}

// Ordered finds the command of a claim's step, if the car still remembers it.
func (c *Car) Ordered(claimID, step string) (Command, bool) {
	i := slices.IndexFunc(c.Commands, func(k Command) bool { return k.ClaimID == claimID && k.Step == step })
	if i < 0 {
		return Command{}, false
	}
	return c.Commands[i], true
}

// Waiting lists the commands that the device has yet to answer, oldest first.
func (c *Car) Waiting() []Command {
	var waiting []Command
	for _, command := range c.Commands {
		if command.Waiting() {
			waiting = append(waiting, command)
		}
	}
	return waiting
}

// Deadline is when the first of the waiting commands expires; zero when none waits.
func (c *Car) Deadline() time.Time {
	var first time.Time
	for _, command := range c.Commands {
		if command.Waiting() && (first.IsZero() || command.ExpiresAt.Before(first)) {
			first = command.ExpiresAt
		}
	}
	return first
}
