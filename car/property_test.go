package car_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"freecar/car"
)

// TestAnyLife does random things to a car, sensible or not, and checks after each what
// must always hold.
func TestAnyLife(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			l := &life{random: rand.New(rand.NewPCG(seed, 1)), now: start}
			c := rentable()
			for range 150 {
				before := c.Clone()
				err := l.something(&c)
				e, recorded := c.Recorded()
				check(t, before, c, e, recorded, err, l.now)
				c = c.Clone()
			}
		})
	}
}

type life struct {
	random  *rand.Rand
	now     time.Time
	orders  int
	version int64
}

func (l *life) trip() string { return fmt.Sprint("trip-", l.random.IntN(3)) }

func (l *life) something(c *car.Car) error {
	l.now = l.now.Add(time.Duration(l.random.IntN(4000)) * time.Millisecond)
	l.orders++
	l.version = c.Version
	fresh := fmt.Sprint("command-", l.orders)
	switch l.random.IntN(13) {
	case 0, 1:
		kind := []car.ClaimKind{car.ForTrip, car.ForTrip, car.ForReservation}[l.random.IntN(3)]
		return c.ClaimFor(car.Claim{Kind: kind, ID: l.trip(), AccountID: account}, policy, l.now)
	case 2:
		kind := []car.ClaimKind{car.ForTrip, car.ForReservation}[l.random.IntN(2)]
		c.Release(car.Releasing{Kind: kind, ID: l.trip(), Spare: fresh}, policy, l.now)
	case 3, 4, 5:
		kind := []car.CommandKind{car.CommandLock, car.CommandUnlock, car.CommandStop}[l.random.IntN(3)]
		_, err := c.Order(car.Order{ID: fresh, ClaimID: l.trip(), Step: fmt.Sprint(kind, l.random.IntN(6)), Kind: kind}, policy, l.now)
		return err
	case 6, 7:
		if len(c.Commands) > 0 {
			k := c.Commands[l.random.IntN(len(c.Commands))]
			_, err := c.Acknowledge(car.Acknowledgement{DeviceID: device, CommandID: k.ID, Done: l.random.IntN(3) > 0}, fresh, policy, l.now)
			return err
		}
	case 8:
		c.Expire(l.now)
		if _, recorded := c.Recorded(); !recorded && l.random.IntN(3) == 0 {
			l.now = l.now.Add(policy.SilentAfter)
			c.LoseContact(policy, l.now)
		}
	case 9:
		return l.staff(c, fresh)
	case 10:
		_, err := c.OrderByStaff(fresh, []car.CommandKind{car.CommandLock, car.CommandUnlock}[l.random.IntN(2)], policy, l.now)
		return err
	default:
		c.Last.DeviceID, c.Last.At, c.Last.ReceivedAt = c.DeviceID, l.now, l.now
		c.Last.SpeedKMH, c.Last.Locked, c.Last.DoorsOpen = float64(l.random.IntN(2)*30), l.random.IntN(3) > 0, l.random.IntN(4) == 0
		c.Last.ChargePercent = float64(l.random.IntN(101))
		if c.Secure(fresh, policy, l.now); c.Version == l.version {
			c.RegainContact(policy, l.now)
		}
	}
	return nil
}

// staff does what staff do; a car is retired seldom, for there is nothing after it.
func (l *life) staff(c *car.Car, fresh string) error {
	other := fmt.Sprint("device-", 1+l.random.IntN(3))
	switch l.random.IntN(60) % 12 {
	case 0, 1:
		return c.TakeOut("brakes", l.random.IntN(2) == 0, l.now)
	case 2, 3, 4, 5:
		return c.Return(fresh, policy, l.now)
	case 6:
		return c.Describe(car.Details{Plate: &fresh}, l.now)
	case 7:
		c.Bind(other, l.now.Add(-time.Duration(l.random.IntN(60))*time.Second), policy, l.now)
	case 8:
		c.Unbind(other, l.now)
	case 9:
		c.TakeOver(policy, l.now)
	case 10:
		c.Bind(device, l.now, policy, l.now)
	default:
		if l.random.IntN(20) == 0 {
			return c.Retire(l.now)
		}
	}
	return nil
}

func check(t *testing.T, before, c car.Car, e car.Event, recorded bool, err error, now time.Time) {
	t.Helper()
	if recorded != (c.Version == before.Version+1) || !recorded && c.Version != before.Version || err != nil && recorded {
		t.Fatalf("version %d after %d, recorded %t, %v", c.Version, before.Version, recorded, err)
	}
	if before.Last, c.Last = nil, c.Clone().Last; !recorded {
		after := c.Clone()
		if after.Last = nil; !reflect.DeepEqual(after, before) {
			t.Fatalf("changed without an event:\n%+v\n%+v", before, after)
		}
	}
	locks, stops := 0, 0
	for _, k := range c.Waiting() {
		if k.Kind == car.CommandStop {
			stops++
		} else {
			locks++
		}
	}
	moves := c.Moving(policy, now)
	for rule, broken := range map[string]bool{
		"one waiting command of each sort":                locks > 1 || stops > 1,
		"the lock is on its way while a command waits":    (locks == 1) != (c.Lock == car.Locking || c.Lock == car.Unlocking),
		"a claim and only a claim takes a car":            (c.Claim != nil) != (c.State == car.Stopped || c.State == car.OnTrip || c.State == car.Reserved),
		"on a trip only when open or about to be closed":  c.State == car.OnTrip && c.Lock != car.Unlocked && c.Lock != car.Locking,
		"a claim changes by claiming and releasing":       c.Claim != nil && before.Claim != nil && *c.Claim != *before.Claim && !swapped(before, c),
		"only a trip that locked its car pauses":          c.Pause != nil && (c.Claim == nil || c.Claim.Kind != car.ForTrip || c.State == car.Reserved),
		"the moving are not told to lock":                 recorded && e.Kind == car.EventLocking && moves,
		"the moving are nobody's to set off with":         recorded && e.Kind == car.EventClaimed && moves && c.Claim.Kind == car.ForTrip,
		"the moving are not told to lock on release":      recorded && e.Kind == car.EventReleased && moves && e.Command != nil,
		"what is out of service, or will be, says why":    c.State == car.NonOperational && c.Outage == nil,
		"who has a reason to be out of service is":        c.Outage != nil && c.Claim == nil && c.State != car.NonOperational,
		"what staff took out nobody claims":               recorded && e.Kind == car.EventClaimed && (before.State == car.NonOperational || before.State == car.Removed),
		"removed is for ever":                             before.State == car.Removed && recorded,
		"a removed car has nobody and nothing":            c.State == car.Removed && (c.Claim != nil || c.DeviceID != "" || c.NextDevice != nil || len(c.Waiting()) > 0),
		"a device waits for a trip's car alone":           c.NextDevice != nil && (c.Claim == nil || c.Claim.Kind != car.ForTrip),
		"commands are bounded":                            len(c.Commands) > 6,
		"only what is locked and available can be listed": c.Listing().Rentable(policy) && (c.Claim != nil || c.Lock != car.Locked),
	} {
		if broken {
			t.Fatalf("%s: not after %s\n%+v", rule, e.Kind, c)
		}
	}
}

// swapped says that a claim became the other kind of the same rental: the only way in which
// one follows another at once.
func swapped(before, c car.Car) bool {
	return c.Claim.ID == before.Claim.ID && c.Claim.AccountID == before.Claim.AccountID && c.Claim.Kind != before.Claim.Kind &&
		c.Lock == car.Locked && before.Lock == car.Locked && len(c.Waiting()) == 0
}
