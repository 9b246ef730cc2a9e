package car_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/clock"
)

func secured(at time.Time) func(*car.Car) error {
	return func(c *car.Car) error { c.Secure("secure", policy, at); return nil }
}

func TestLateAcknowledgements(t *testing.T) {
	late := start.Add(policy.CommandTimeout)
	t.Run("nobody speaks for a car without a device", func(t *testing.T) {
		c := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		c = change(t, c, car.EventDeviceUnbound, unbound(device))
		refused(t, c, car.ErrNoCommand, func(c *car.Car) error {
			_, err := c.Acknowledge(car.Acknowledgement{CommandID: "lock", Done: true}, "spare", policy, start)
			return err
		})
	})
	t.Run("a lock that the device said had failed has not locked the car", func(t *testing.T) {
		c := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		c = change(t, c, car.EventCommandFailed, acknowledged("lock", false, start))
		refused(t, c, nil, acknowledged("lock", true, late))
	})
	t.Run("a lock that was done does not lock a car that drove off", func(t *testing.T) {
		c := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		c = change(t, c, car.EventLocked, acknowledged("lock", true, start))
		c = change(t, c, car.EventDroveOff, func(c *car.Car) error {
			c.DroveOff(car.Reading{OdometerM: 1001 + policy.RollsM, ReceivedAt: late}, policy)
			return nil
		})
		refused(t, c, nil, acknowledged("lock", true, late))
	})
	t.Run("an unlock that was given up is no news of a car that is known to be open", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
		c = change(t, c, car.EventCommandFailed, expired(late))
		c = change(t, c, car.EventReleased, released(trip, late))
		says := late.Add(time.Second)
		c.Last.At, c.Last.ReceivedAt, c.Last.Locked, c.Last.SpeedKMH = says, says, false, 80
		c = change(t, c, car.EventUnlocked, secured(says))
		want(t, c, car.Available, car.Unlocked)
		refused(t, c, nil, acknowledged("unlock", true, says.Add(time.Minute)))
	})
}

func TestWaitingCommandsAreKept(t *testing.T) {
	c := change(t, driving(t), car.EventStopRequested, ordered("stop", "stop", car.CommandStop, start))
	for _, n := range []string{"1", "2", "3", "4"} {
		c = change(t, c, car.EventLocking, ordered("lock-"+n, "lock-"+n, car.CommandLock, start))
		c = change(t, c, car.EventLocked, acknowledged("lock-"+n, true, start))
		c = change(t, c, car.EventUnlocking, ordered("unlock-"+n, "unlock-"+n, car.CommandUnlock, start))
		c = change(t, c, car.EventUnlocked, acknowledged("unlock-"+n, true, start))
	}
	if waiting := c.Waiting(); len(waiting) != 1 || waiting[0].ID != "stop" {
		t.Errorf("waiting: %+v", waiting)
	}
	change(t, c, car.EventStopAccepted, acknowledged("stop", true, start))
}

func TestCarThatNeverSpoke(t *testing.T) {
	c := saved(car.New(car.Registration{ID: "car-1"}, start))
	if km := c.RangeKM(policy); km != 0 {
		t.Errorf("it goes %d km", km)
	}
	refused(t, c, nil, secured(start))
}

func TestCarThatIsNotPausedDoesNotDriveOff(t *testing.T) {
	c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
	refused(t, c, nil, func(c *car.Car) error {
		c.DroveOff(car.Reading{OdometerM: 9000, ReceivedAt: start}, policy)
		return nil
	})
}

func TestOriginOfCommands(t *testing.T) {
	for origin, k := range map[car.Origin]car.Command{
		car.ByTrip:  {ClaimID: trip, Step: "staff"}, // whatever a trip calls its step
		car.ByStaff: {Step: "staff"},
		car.ByFleet: {Step: "secure"},
	} {
		if got := k.Origin(); got != origin {
			t.Errorf("%+v: given by %s, want %s", k, got, origin)
		}
	}
}

func TestMetres(t *testing.T) {
	for km, want := range map[float64]int64{
		0: 0, 1.2346: 1235, 10_000_000: 10_000_000_000,
		10_000_000.001: -1, -0.001: -1, math.Inf(1): -1, math.Inf(-1): -1, 1e300: -1,
	} {
		if got := car.Metres(km); got != want {
			t.Errorf("%v km: got %d m, want %d", km, got, want)
		}
	}
	if got := car.Metres(math.NaN()); got != -1 {
		t.Errorf("not a number: got %d m", got)
	}
}

func TestReadingOfNobody(t *testing.T) {
	if err := (car.Standing{}).Judge("", *heard(), policy); !errors.Is(err, car.ErrNotBound) {
		t.Errorf("got %v", err)
	}
}

func TestClaimsAreNotQuestionedWithoutTrips(t *testing.T) {
	if err := car.NewFleet(car.Config{Clock: clock.NewManual(start)}).QuestionClaims(t.Context()); err != nil {
		t.Error(err)
	}
}
