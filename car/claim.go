package car

import (
	"slices"
	"time"

	"freecar/internal/errs"
)

// ClaimKind says what a car is claimed for.
type ClaimKind string

// What a car is claimed for.
const (
	ForTrip        ClaimKind = "trip"
	ForReservation ClaimKind = "reservation"
)

// Claim says for whom a car is set aside.
type Claim struct {
	Kind      ClaimKind
	ID        string // the trip's or the reservation's
	AccountID string
	At        time.Time // by the server's clock
}

// ErrUnavailable refuses a claim; its reason, with a code, is in Fields.
var ErrUnavailable = errs.E(errs.Conflict, "car_unavailable", "This car cannot be rented now; choose another one.")

// ClaimFor sets the car aside; claim.At is set to now. Claiming again with the same
// claim changes nothing. Errors: Conflict car_unavailable.
func (c *Car) ClaimFor(claim Claim, p Policy, now time.Time) error {
	if c.Claim != nil && c.Claim.ID == claim.ID && c.Claim.Kind == claim.Kind && c.Claim.AccountID == claim.AccountID {
		return nil
	}
	if err := c.Claimable(p, now); err != nil {
		return err
	}
	claim.At = now
	c.Claim = &claim
	c.State = Stopped
	if claim.Kind == ForReservation {
		c.State = Reserved
	}
	c.record(EventClaimed, nil, now)
	return nil
}

// Claimable says why nobody can claim the car now; nil when somebody can.
// Errors: Conflict car_unavailable.
func (c *Car) Claimable(p Policy, now time.Time) error {
	switch {
	case c.Claim != nil:
		return unavailable("claimed", "Somebody else has the car.")
	case c.State != Available:
		return unavailable("not_in_service", "The car is out of service.")
	case c.Lock != Locked:
		return unavailable("not_locked", "The car is not locked yet.")
	case c.silent(p, now):
		return unavailable("silent", "Nothing was heard from the car lately.")
	case c.Last.ChargePercent < p.LowCharge:
		return unavailable("low_charge", "The battery is too low.")
	}
	return nil
}

func unavailable(code, detail string) error {
	return ErrUnavailable.With(errs.Field{Code: code, Detail: detail})
}

// Release ends the claim with that id; any other changes nothing. What the rider's
// commands still waited for is withdrawn, and a car left unlocked is told to lock
// with a command of the id spare, unless it moves.
func (c *Car) Release(claimID, spare string, p Policy, now time.Time) {
	if c.Claim == nil || c.Claim.ID != claimID {
		return
	}
	c.Claim = nil
	c.State = c.rest(p, now)
	c.succeed()
	c.withdraw(now)
	c.record(EventReleased, c.secure(spare, p, now), now)
}

// withdraw cancels what waits, except a lock, which is as right for a car without a rider.
func (c *Car) withdraw(now time.Time) {
	for i := range c.Commands {
		command := &c.Commands[i]
		if !command.Waiting() || command.Kind == CommandLock {
			continue
		}
		command.settle(Cancelled, "", now)
		if command.Kind == CommandUnlock {
			c.Lock = Locked
		}
	}
}

// secureStep names the fleet's own lock commands, and secureAgain is how long it waits
// before it tries another time.
const (
	secureStep  = "secure"
	secureAgain = time.Minute
)

// Secure tells a car to lock that nobody has and that stands open, with a command of the
// id spare: the lock that its release asked for failed, or could not be asked for.
func (c *Car) Secure(spare string, p Policy, now time.Time) {
	if c.Claim != nil || c.State == NonOperational || c.State == Removed || c.securedLately(now) {
		return
	}
	if lock := c.secure(spare, p, now); lock != nil {
		c.record(EventLocking, lock, now)
	}
}

func (c *Car) securedLately(now time.Time) bool {
	return slices.ContainsFunc(c.Commands, func(k Command) bool {
		return k.ClaimID == "" && k.Step == secureStep && now.Sub(k.CreatedAt) < secureAgain
	})
}

// secure tells an unlocked car to lock and returns the command; nil when there is no
// need, or when the car moves.
func (c *Car) secure(id string, p Policy, now time.Time) *Command {
	if c.Lock != Unlocked || c.Moving(p, now) {
		return nil
	}
	c.Lock = Locking
	return c.queue(Order{ID: id, Step: secureStep, Kind: CommandLock}, p, now)
}
