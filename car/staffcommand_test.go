package car_test

import (
	"testing"
	"time"

	"freecar/car"
)

func staffOrder(id string, kind car.CommandKind) func(*car.Car) error {
	return staffOrderAt(id, kind, start)
}

func staffOrderAt(id string, kind car.CommandKind, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		_, err := c.OrderByStaff(id, kind, policy, at)
		return err
	}
}

// opened is a car in service that staff unlocked.
func opened(t *testing.T) car.Car {
	t.Helper()
	c := change(t, inService(t), car.EventUnlocking, staffOrder("open", car.CommandUnlock))
	return change(t, c, car.EventUnlocked, acknowledged("open", true, start))
}

func TestStaffCommands(t *testing.T) {
	t.Run("a car in service is unlocked and locked, and stays in service", func(t *testing.T) {
		c := opened(t)
		want(t, c, car.NonOperational, car.Unlocked)
		c = change(t, c, car.EventLocking, staffOrder("close", car.CommandLock))
		c = change(t, c, car.EventLocked, acknowledged("close", true, start))
		want(t, c, car.NonOperational, car.Locked)
	})
	t.Run("one that the car does not answer expires", func(t *testing.T) {
		c := change(t, inService(t), car.EventUnlocking, staffOrder("open", car.CommandUnlock))
		c = change(t, c, car.EventCommandFailed, expired(start.Add(policy.CommandTimeout)))
		want(t, c, car.NonOperational, car.Locked)
		if k := c.Commands[0]; k.State != car.TimedOut || k.Origin() != car.ByStaff {
			t.Errorf("got %+v", k)
		}
	})
	t.Run("the same again is the one that waits", func(t *testing.T) {
		c := change(t, inService(t), car.EventUnlocking, staffOrder("open", car.CommandUnlock))
		refused(t, c, nil, staffOrder("again", car.CommandUnlock))
		attempt := c.Clone()
		if k, err := attempt.OrderByStaff("again", car.CommandUnlock, policy, start); err != nil || k.ID != "open" {
			t.Errorf("got %+v, %v", k, err)
		}
		refused(t, c, car.ErrCommandWaiting, staffOrder("close", car.CommandLock))
	})
	t.Run("what the lock is already is refused", func(t *testing.T) {
		refused(t, opened(t), car.ErrLockState, staffOrder("x", car.CommandUnlock))
		refused(t, inService(t), car.ErrLockState, staffOrder("x", car.CommandLock))
	})
	t.Run("a rider's car is the rider's", func(t *testing.T) {
		for _, kind := range []car.CommandKind{car.CommandLock, car.CommandUnlock} {
			refused(t, driving(t), car.ErrClaimed, staffOrder("x", kind))
			refused(t, reservedCar(t), car.ErrClaimed, staffOrder("x", kind))
		}
	})
	t.Run("what riders can take is not opened", func(t *testing.T) {
		refused(t, rentable(), car.ErrInService, staffOrder("x", car.CommandUnlock))
		refused(t, silentCar(t), car.ErrInService, staffOrder("x", car.CommandUnlock))
	})
	t.Run("without a device nothing reaches it", func(t *testing.T) {
		c := change(t, inService(t), car.EventDeviceUnbound, func(c *car.Car) error { c.Unbind(device, start); return nil })
		refused(t, c, car.ErrNoDevice, staffOrder("x", car.CommandUnlock))
	})
	t.Run("a car is never locked while it moves", func(t *testing.T) {
		c := opened(t)
		c.Last.SpeedKMH = 0.1
		refused(t, c, car.ErrMoving, staffOrderAt("x", car.CommandLock, start.Add(policy.MovingWithin)))
		change(t, c, car.EventLocking, staffOrderAt("x", car.CommandLock, start.Add(policy.MovingWithin+time.Millisecond)))
	})
	t.Run("a car left open by a rider is locked by staff as well", func(t *testing.T) {
		c := driving(t)
		c.Last.SpeedKMH = 30
		c = change(t, c, car.EventReleased, released(trip, start))
		later := start.Add(time.Minute)
		want(t, change(t, c, car.EventLocking, staffOrderAt("close", car.CommandLock, later)), car.Available, car.Locking)
	})
}
