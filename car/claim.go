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
// claim changes nothing. A claim of the same id and account changes its kind: a
// reservation becomes the trip it was made for and, as long as that trip has not told the
// car anything, a reservation again. Errors: Conflict car_unavailable.
func (c *Car) ClaimFor(claim Claim, p Policy, now time.Time) error {
	swap := c.Claim != nil && c.Claim.ID == claim.ID && c.Claim.AccountID == claim.AccountID
	if swap && c.Claim.Kind == claim.Kind {
		return nil
	}
	if err := c.admitClaim(claim, swap, p, now); err != nil {
		return err
	}
	claim.At = now
	c.Claim, c.Pause = &claim, nil
	c.State = Stopped
	if claim.Kind == ForReservation {
		c.State = Reserved
		c.succeed() // a device that waits for a trip to end waits for nothing else
	}
	c.record(EventClaimed, nil, now)
	return nil
}

func (c *Car) admitClaim(claim Claim, swap bool, p Policy, now time.Time) error {
	switch {
	case !swap:
		return c.Claimable(p, now)
	case claim.Kind == ForTrip:
		return c.fit(p, now)
	case slices.ContainsFunc(c.Commands, func(k Command) bool { return k.ClaimID == claim.ID }):
		return unavailable("claimed", "The trip has begun.")
	}
	return nil // what was reserved stays so, whatever became of its charge
}

// Claimable says why nobody can claim the car now; nil when somebody can.
// Errors: Conflict car_unavailable.
func (c *Car) Claimable(p Policy, now time.Time) error {
	switch {
	case c.Claim != nil:
		return unavailable("claimed", "Somebody else has the car.")
	case c.State != Available:
		return unavailable("not_in_service", "The car is out of service.")
	}
	return c.fit(p, now)
}

// fit says why nobody can set off with the car. Errors: Conflict car_unavailable.
func (c *Car) fit(p Policy, now time.Time) error {
	switch {
	case c.Lock != Locked:
		return unavailable("not_locked", "The car is not locked yet.")
	case c.silent(p, now):
		return unavailable("silent", "Nothing was heard from the car lately.")
	case c.Moving(p, now):
		return unavailable("moving", "The car moves.")
	case c.Last.DoorsOpen:
		return unavailable("doors_open", "A door is open.")
	case c.Last.ChargePercent < p.LowCharge:
		return unavailable("low_charge", "The battery is too low.")
	}
	return nil
}

func unavailable(code, detail string) error {
	return ErrUnavailable.With(errs.Field{Code: code, Detail: detail})
}

// Releasing ends a claim, which it names by kind and id: what was meant for a reservation
// does nothing to the trip that followed from it.
type Releasing struct {
	Kind ClaimKind
	ID   string
	// OutOfService says why somebody has to look after the car before its next rider;
	// empty for nothing.
	OutOfService string
	// Spare is the id of the command that locks a car left open.
	Spare string
}

// Release ends the claim; any other changes nothing. What the rider's commands still
// waited for is withdrawn, and a car left unlocked is told to lock, unless it moves.
func (c *Car) Release(r Releasing, p Policy, now time.Time) {
	if c.Claim == nil || c.Claim.ID != r.ID || c.Claim.Kind != r.Kind {
		return
	}
	c.Claim, c.Pause = nil, nil
	if r.OutOfService != "" && c.Outage == nil {
		c.Outage = &Outage{Reason: r.OutOfService, At: now}
	}
	c.succeed()
	c.State = c.rest(p, now)
	c.withdraw(now)
	c.record(EventReleased, c.secure(r.Spare, p, now), now)
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
// id spare: the lock that its release asked for failed, or could not be asked for, or the
// car says itself that it is open though we hold it for locked. One that moves is only
// known to be open until it stands.
func (c *Car) Secure(spare string, p Policy, now time.Time) {
	if c.Claim != nil || c.State == Removed || c.openedByStaff() {
		return
	}
	opened := c.saysOpen()
	if opened {
		c.Lock = Unlocked
	}
	var lock *Command
	if !c.securedLately(now) {
		lock = c.secure(spare, p, now)
	}
	switch {
	case lock != nil:
		c.record(EventLocking, lock, now)
	case opened:
		c.record(EventUnlocked, nil, now)
	}
}

// saysOpen says that the car's last reading contradicts a lock that is settled: it was
// taken after every lock and unlock that we know of. (A clock of a device that is behind
// makes that later by as much.)
func (c *Car) saysOpen() bool {
	if c.Lock != Locked || c.Last == nil || c.Last.Locked {
		return false
	}
	return !slices.ContainsFunc(c.Commands, func(k Command) bool {
		return k.Kind != CommandStop && !k.SettledAt.Before(c.Last.At)
	})
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
