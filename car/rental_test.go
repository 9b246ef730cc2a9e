package car_test

import (
	"testing"
	"time"

	"freecar/car"
)

func reserved(id string, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		return c.ClaimFor(car.Claim{Kind: car.ForReservation, ID: id, AccountID: account}, policy, at)
	}
}

func let(kind car.ClaimKind, id string, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		c.Release(car.Releasing{Kind: kind, ID: id, Spare: "spare"}, policy, at)
		return nil
	}
}

func TestReservedCar(t *testing.T) {
	kept := change(t, rentable(), car.EventClaimed, reserved(trip, start))
	want(t, kept, car.Reserved, car.Locked)
	t.Run("becomes a trip of the same rental, and of no other", func(t *testing.T) {
		refused(t, kept, car.ErrUnavailable, claimed("trip-2", start))
		refused(t, kept, car.ErrUnavailable, func(c *car.Car) error {
			return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: trip, AccountID: "2"}, policy, start)
		})
		refused(t, kept, car.ErrNotClaimed, ordered("unlock", "unlock", car.CommandUnlock, start))
		begun := change(t, kept, car.EventClaimed, claimed(trip, start))
		want(t, begun, car.Stopped, car.Locked)
		refused(t, begun, nil, claimed(trip, start))
	})
	t.Run("nobody sets off with a car that is low or silent, and the reservation stands", func(t *testing.T) {
		low := kept.Clone()
		low.Last.ChargePercent = policy.LowCharge - 1
		refused(t, low, car.ErrUnavailable, claimed(trip, start))
		refused(t, kept, car.ErrUnavailable, claimed(trip, start.Add(policy.SilentAfter+time.Millisecond)))
	})
	t.Run("nor with one that moves or has an open door", func(t *testing.T) {
		moves, open := kept.Clone(), kept.Clone()
		moves.Last.SpeedKMH, open.Last.DoorsOpen = 30, true
		refused(t, moves, car.ErrUnavailable, claimed(trip, start))
		refused(t, open, car.ErrUnavailable, claimed(trip, start))
	})
	t.Run("a trip that told the car nothing is a reservation again, whatever its charge", func(t *testing.T) {
		begun := change(t, kept, car.EventClaimed, claimed(trip, start))
		begun.Last.ChargePercent = 1
		want(t, change(t, begun, car.EventClaimed, reserved(trip, start)), car.Reserved, car.Locked)
		begun = change(t, begun, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
		refused(t, begun, car.ErrUnavailable, reserved(trip, start))
		begun = change(t, begun, car.EventUnlocked, acknowledged("unlock", true, start))
		begun = change(t, begun, car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		begun = change(t, begun, car.EventLocked, acknowledged("lock", true, start))
		refused(t, begun, car.ErrUnavailable, reserved(trip, start)) // though it stands locked, in a pause
	})
	t.Run("a release names the kind: an expiry that comes late does nothing to the trip", func(t *testing.T) {
		refused(t, kept, nil, let(car.ForTrip, trip, start))
		begun := change(t, kept, car.EventClaimed, claimed(trip, start))
		refused(t, begun, nil, let(car.ForReservation, trip, start))
		want(t, change(t, kept, car.EventReleased, let(car.ForReservation, trip, start)), car.Available, car.Locked)
	})
}

func TestReleasedOutOfService(t *testing.T) {
	c := change(t, driving(t), car.EventReleased, func(c *car.Car) error {
		c.Release(car.Releasing{Kind: car.ForTrip, ID: trip, Spare: "spare", OutOfService: "no answer"}, policy, start)
		return nil
	})
	want(t, c, car.NonOperational, car.Locking) // told to lock all the same
	refused(t, c, car.ErrUnavailable, claimed("trip-2", start))
}

func TestDrivingOff(t *testing.T) {
	at := start.Add(time.Minute)
	reading := func(odometerM int64) func(*car.Car) error {
		return func(c *car.Car) error {
			c.DroveOff(car.Reading{CarID: c.ID, OdometerM: odometerM, ReceivedAt: at}, policy)
			return nil
		}
	}
	c := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
	refused(t, c, nil, reading(9000)) // not locked yet
	c = change(t, c, car.EventLocked, acknowledged("lock", true, start))
	if c.Pause == nil || c.Pause.OdometerM != 1000 {
		t.Fatalf("paused at %+v", c.Pause)
	}
	t.Run("up to 50 m a locked car only rolls", func(t *testing.T) { refused(t, c, nil, reading(1000+policy.RollsM)) })
	t.Run("beyond that it is under way, and open", func(t *testing.T) {
		off := change(t, c, car.EventDroveOff, reading(1001+policy.RollsM))
		want(t, off, car.OnTrip, car.Unlocked)
		if !off.Pause.DroveOffAt.Equal(at) {
			t.Errorf("drove off at %v", off.Pause.DroveOffAt)
		}
		refused(t, off, nil, reading(9000)) // once
		off = change(t, off, car.EventLocking, ordered("lock-2", "lock-2", car.CommandLock, at))
		off = change(t, off, car.EventLocked, acknowledged("lock-2", true, at))
		if !off.Pause.DroveOffAt.IsZero() {
			t.Error("the next pause has driven off already")
		}
	})
	t.Run("an unlock or the trip's end is the end of the pause", func(t *testing.T) {
		open := change(t, c, car.EventUnlocking, ordered("unlock-2", "unlock-2", car.CommandUnlock, at))
		refused(t, open, nil, reading(9000))
		if open = change(t, open, car.EventUnlocked, acknowledged("unlock-2", true, at)); open.Pause != nil {
			t.Errorf("still %+v", open.Pause)
		}
		if free := change(t, c, car.EventReleased, released(trip, at)); free.Pause != nil {
			t.Errorf("still %+v", free.Pause)
		}
	})
}

func TestDrivingOffIsSeenInReadings(t *testing.T) {
	c := newCompany(t)
	id := c.park(t, "B-FC 1")
	c.claim(t, id, trip)
	answer := func(k car.Command) {
		t.Helper()
		if _, err := c.Acknowledge(t.Context(), car.Acknowledgement{DeviceID: device, CommandID: k.ID, Done: true}); err != nil {
			t.Fatal(err)
		}
	}
	answer(c.unlock(t, id, trip))
	lock, err := c.Command(t.Context(), id, car.Order{ClaimID: trip, Step: "pausing-1", Kind: car.CommandLock})
	if err != nil {
		t.Fatal(err)
	}
	answer(lock)
	reading := func(odometerM int64) car.Reading {
		c.clock.Advance(time.Second)
		r := c.standing(id, 0)
		r.OdometerM = odometerM
		return r
	}
	c.report(t, reading(1050))
	if got := c.state(t, id); got.Lock != car.Locked {
		t.Fatalf("rolling made it %+v", got)
	}
	first, second := reading(1051), reading(2000)
	second.At = first.At.Add(time.Millisecond)
	c.report(t, first, second) // a late batch: the first that tells it counts
	got := c.state(t, id)
	if got.Lock != car.Unlocked || got.State != car.OnTrip || got.Pause == nil || !got.Pause.DroveOffAt.Equal(c.clock.Now()) {
		t.Fatalf("got %+v, %+v", got, got.Pause)
	}
	if c.report(t, reading(3000)); c.state(t, id).Version != got.Version {
		t.Error("told twice")
	}
}
