package car_test

import (
	"testing"
	"time"

	"freecar/car"
)

func takenOut(whenFree bool) func(*car.Car) error {
	return func(c *car.Car) error { return c.TakeOut("brakes", whenFree, start) }
}

func returned(at time.Time) func(*car.Car) error {
	return func(c *car.Car) error { return c.Return("spare", policy, at) }
}

func retired(c *car.Car) error { return c.Retire(start) }

func inService(t *testing.T) car.Car {
	t.Helper()
	return change(t, rentable(), car.EventServiceBegan, takenOut(false))
}

func removed(t *testing.T) car.Car {
	t.Helper()
	return change(t, rentable(), car.EventRetired, retired)
}

func silentCar(t *testing.T) car.Car {
	t.Helper()
	return change(t, rentable(), car.EventContactLost, func(c *car.Car) error {
		c.LoseContact(policy, start.Add(time.Hour))
		return nil
	})
}

func reservedCar(t *testing.T) car.Car {
	t.Helper()
	return change(t, rentable(), car.EventClaimed, func(c *car.Car) error {
		return c.ClaimFor(car.Claim{Kind: car.ForReservation, ID: trip, AccountID: account}, policy, start)
	})
}

// TestStaffTransitions is all that staff can do in each state: one event, or a refusal or
// nothing at all that changes nothing.
func TestStaffTransitions(t *testing.T) {
	planned := func(t *testing.T) car.Car { return change(t, driving(t), car.EventServicePlanned, takenOut(true)) }
	stopped := func(t *testing.T) car.Car { return change(t, rentable(), car.EventClaimed, claimed(trip, start)) }
	available := func(*testing.T) car.Car { return rentable() }
	takeOut, whenFree, back := takenOut(false), takenOut(true), returned(start)
	type from struct {
		name string
		make func(*testing.T) car.Car
	}
	for _, tc := range []struct {
		from  from
		name  string
		do    func(*car.Car) error
		event car.EventKind // empty: nothing changes
		err   error
		state car.State
	}{
		{from{"available", available}, "service", takeOut, car.EventServiceBegan, nil, car.NonOperational},
		{from{"available", available}, "service when free", whenFree, car.EventServiceBegan, nil, car.NonOperational},
		{from{"available", available}, "return", back, "", nil, ""},
		{from{"available", available}, "retire", retired, car.EventRetired, nil, car.Removed},
		{from{"silent", silentCar}, "service", takeOut, car.EventServiceBegan, nil, car.NonOperational},
		{from{"silent", silentCar}, "return", back, "", nil, ""},
		{from{"silent", silentCar}, "retire", retired, car.EventRetired, nil, car.Removed},
		{from{"reserved", reservedCar}, "service", takeOut, "", car.ErrClaimed, ""},
		{from{"reserved", reservedCar}, "service when free", whenFree, car.EventServicePlanned, nil, car.Reserved},
		{from{"reserved", reservedCar}, "return", back, "", nil, ""},
		{from{"reserved", reservedCar}, "retire", retired, "", car.ErrClaimed, ""},
		{from{"stopped", stopped}, "service", takeOut, "", car.ErrClaimed, ""},
		{from{"stopped", stopped}, "service when free", whenFree, car.EventServicePlanned, nil, car.Stopped},
		{from{"stopped", stopped}, "retire", retired, "", car.ErrClaimed, ""},
		{from{"on a trip", driving}, "service", takeOut, "", car.ErrClaimed, ""},
		{from{"on a trip", driving}, "service when free", whenFree, car.EventServicePlanned, nil, car.OnTrip},
		{from{"on a trip", driving}, "retire", retired, "", car.ErrClaimed, ""},
		{from{"planned", planned}, "service", takeOut, "", car.ErrClaimed, ""},
		{from{"planned", planned}, "service when free", whenFree, "", nil, ""},
		{from{"planned", planned}, "return", back, car.EventReturned, nil, car.OnTrip},
		{from{"planned", planned}, "retire", retired, "", car.ErrClaimed, ""},
		{from{"in service", inService}, "service", takeOut, "", nil, ""},
		{from{"in service", inService}, "service when free", whenFree, "", nil, ""},
		{from{"in service", inService}, "return", back, car.EventReturned, nil, car.Available},
		{from{"in service", inService}, "return, silent meanwhile", returned(start.Add(time.Hour)), car.EventReturned, nil, car.NonContactable},
		{from{"in service", inService}, "retire", retired, car.EventRetired, nil, car.Removed},
		{from{"removed", removed}, "service", takeOut, "", car.ErrRemoved, ""},
		{from{"removed", removed}, "service when free", whenFree, "", car.ErrRemoved, ""},
		{from{"removed", removed}, "return", back, "", car.ErrRemoved, ""},
		{from{"removed", removed}, "retire", retired, "", nil, ""},
	} {
		t.Run(tc.from.name+": "+tc.name, func(t *testing.T) {
			c := tc.from.make(t)
			if tc.event == "" {
				refused(t, c, tc.err, tc.do)
				return
			}
			if got := change(t, c, tc.event, tc.do); got.State != tc.state {
				t.Errorf("it is %s", got.State)
			}
		})
	}
}

func TestServicing(t *testing.T) {
	t.Run("the reason is kept, the first one", func(t *testing.T) {
		c := inService(t)
		if c.Outage == nil || *c.Outage != (car.Outage{Reason: "brakes", At: start}) {
			t.Errorf("got %+v", c.Outage)
		}
		refused(t, c, nil, func(c *car.Car) error { return c.TakeOut("tyres", false, start.Add(time.Hour)) })
	})
	t.Run("a planned one begins with the release, in one event", func(t *testing.T) {
		c := change(t, driving(t), car.EventServicePlanned, takenOut(true))
		c = change(t, c, car.EventReleased, released(trip, start))
		want(t, c, car.NonOperational, car.Locking)
		c = change(t, c, car.EventLocked, acknowledged("spare", true, start))
		want(t, c, car.NonOperational, car.Locked)
		refused(t, c, car.ErrUnavailable, claimed("trip-2", start))
	})
	t.Run("one that was called off does not", func(t *testing.T) {
		c := change(t, driving(t), car.EventServicePlanned, takenOut(true))
		c = change(t, c, car.EventReturned, returned(start))
		want(t, change(t, c, car.EventReleased, released(trip, start)), car.Available, car.Locking)
	})
	t.Run("neither silence nor news change it", func(t *testing.T) {
		c := inService(t)
		refused(t, c, nil, func(c *car.Car) error { c.LoseContact(policy, start.Add(time.Hour)); return nil })
		refused(t, c, nil, func(c *car.Car) error { c.RegainContact(policy, start); return nil })
	})
	t.Run("a car that staff opened stays open until it returns", func(t *testing.T) {
		c := opened(t)
		refused(t, c, nil, func(c *car.Car) error { c.Secure("secure", policy, start.Add(time.Hour)); return nil })
		c = change(t, c, car.EventReturned, returned(start))
		want(t, c, car.Available, car.Locking)
		refused(t, c, car.ErrUnavailable, claimed(trip, start))
		c = change(t, c, car.EventLocked, acknowledged("spare", true, start))
		change(t, c, car.EventClaimed, claimed(trip, start))
	})
	t.Run("one that its rider left open is closed, before staff open it and after", func(t *testing.T) {
		secured := func(at time.Time) func(*car.Car) error {
			return func(c *car.Car) error { c.Secure("secure", policy, at); return nil }
		}
		c := change(t, driving(t), car.EventServicePlanned, takenOut(true))
		c.Last.SpeedKMH = 30
		c = change(t, c, car.EventReleased, released(trip, start))
		want(t, c, car.NonOperational, car.Unlocked)
		refused(t, c, nil, secured(start)) // it moves
		later := start.Add(time.Minute)
		c = change(t, c, car.EventLocking, secured(later))
		c = change(t, c, car.EventLocked, acknowledged("secure", true, later))
		c = change(t, c, car.EventUnlocking, staffOrderAt("open", car.CommandUnlock, later))
		c = change(t, c, car.EventUnlocked, acknowledged("open", true, later))
		refused(t, c, nil, secured(later.Add(time.Hour)))
	})
	t.Run("an open car that moves is not locked as it returns", func(t *testing.T) {
		c := opened(t)
		c.Last.SpeedKMH = 3
		want(t, change(t, c, car.EventReturned, returned(start)), car.Available, car.Unlocked)
	})
	t.Run("an unlock that still waits is withdrawn", func(t *testing.T) {
		c := change(t, inService(t), car.EventUnlocking, staffOrder("open", car.CommandUnlock))
		c = change(t, c, car.EventReturned, returned(start))
		want(t, c, car.Available, car.Locked)
		if c.Commands[0].State != car.Cancelled {
			t.Errorf("got %+v", c.Commands[0])
		}
	})
}

func TestRetiring(t *testing.T) {
	t.Run("nothing waits for it, nothing speaks for it, nobody finds it", func(t *testing.T) {
		c := change(t, opened(t), car.EventLocking, staffOrder("close", car.CommandLock))
		c = change(t, c, car.EventRetired, retired)
		want(t, c, car.Removed, car.Unlocked)
		if len(c.Waiting()) != 0 || c.DeviceID != "" || c.NextDevice != nil || c.Outage != nil || c.Listing().Rentable(policy) {
			t.Errorf("got %+v", c)
		}
		refused(t, c, car.ErrNoCommand, acknowledged("close", true, start))
		refused(t, c, nil, expired(start.Add(time.Hour)))
	})
	t.Run("for ever", func(t *testing.T) {
		c := removed(t)
		refused(t, c, car.ErrUnavailable, claimed(trip, start))
		refused(t, c, nil, func(c *car.Car) error { c.RegainContact(policy, start); return nil })
		refused(t, c, nil, func(c *car.Car) error { c.Bind("device-2", start.Add(time.Hour), policy, start); return nil })
		refused(t, c, car.ErrRemoved, staffOrder("x", car.CommandLock))
		refused(t, c, car.ErrRemoved, func(c *car.Car) error { return c.Describe(car.Details{Model: new("Zoe")}, start) })
		if err := (car.Standing{DeviceID: device, State: car.Removed}).Judge(device, *parked(), policy); err != car.ErrNotBound {
			t.Errorf("its reading: %v", err)
		}
	})
}

func TestDescribing(t *testing.T) {
	t.Run("what is said changes, the rest stays", func(t *testing.T) {
		c := change(t, driving(t), car.EventChanged, func(c *car.Car) error {
			return c.Describe(car.Details{Plate: new("B-FC 2"), PricingPlanID: new("night")}, start)
		})
		if c.Plate != "B-FC 2" || c.Model != "e-Up" || c.PricingPlanID != "night" {
			t.Errorf("got %+v", c)
		}
		want(t, c, car.OnTrip, car.Unlocked)
	})
	t.Run("what is so already is no change", func(t *testing.T) {
		refused(t, rentable(), nil, func(c *car.Car) error {
			return c.Describe(car.Details{Plate: new("B-FC 1"), Model: new("e-Up"), PricingPlanID: new(car.DefaultPlan)}, start)
		})
		refused(t, rentable(), nil, func(c *car.Car) error { return c.Describe(car.Details{}, start) })
	})
}
