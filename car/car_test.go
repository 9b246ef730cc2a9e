package car_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/errs"
	"freecar/internal/geo"
)

var (
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	policy = car.DefaultPolicy()
	centre = geo.Position{Latitude: 52.52, Longitude: 13.405}
)

const (
	trip    = "trip-1"
	device  = "device-1"
	account = "4503599627370497"
)

func parked() *car.Reading {
	return &car.Reading{CarID: "car-1", ReceivedAt: start, Position: centre, ChargePercent: 80, OdometerM: 1000, Locked: true}
}

// heard is what the device says of the car as it stands.
func heard() *car.Reading {
	r := parked()
	r.DeviceID = device
	return r
}

// saved is what a repository would give: the car without its recorded change.
func saved(c car.Car) car.Car { return c.Clone() }

// rentable is a car that can be claimed at the start.
func rentable() car.Car {
	c := saved(car.New(car.Registration{ID: "car-1", Plate: "B-FC 1", Model: "e-Up", First: parked()}, start))
	c.Bind(device, start, policy, start)
	c = saved(c)
	c.Last = heard()
	c.RegainContact(policy, start)
	return saved(c)
}

// change does one thing and checks that it is one version and one event.
func change(t *testing.T, c car.Car, kind car.EventKind, do func(*car.Car) error) car.Car {
	t.Helper()
	c = c.Clone() // the caller may try something else with its car
	before := c.Version
	if err := do(&c); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	e, ok := c.Recorded()
	if !ok || e.Kind != kind || c.Version != before+1 || e.Car.Version != c.Version {
		t.Fatalf("got event %q (%t) at version %d after %d, want %s", e.Kind, ok, c.Version, before, kind)
	}
	return saved(c)
}

// refused does one thing that must fail with an error, or do nothing for nil, and change
// nothing in either case.
func refused(t *testing.T, c car.Car, want error, do func(*car.Car) error) {
	t.Helper()
	before, attempt := c.Clone(), c.Clone()
	if err := do(&attempt); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if !reflect.DeepEqual(attempt, before) {
		t.Errorf("it changed to %+v", attempt)
	}
}

func claimed(id string, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: id, AccountID: account}, policy, at)
	}
}

func ordered(id, step string, kind car.CommandKind, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		_, err := c.Order(car.Order{ID: id, ClaimID: trip, Step: step, Kind: kind}, policy, at)
		return err
	}
}

func acknowledged(id string, done bool, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		_, err := c.Acknowledge(car.Acknowledgement{DeviceID: device, CommandID: id, Done: done, Reason: "jammed"}, "spare-"+id, policy, at)
		return err
	}
}

func released(id string, at time.Time) func(*car.Car) error {
	return func(c *car.Car) error {
		c.Release(car.Releasing{Kind: car.ForTrip, ID: id, Spare: "spare"}, policy, at)
		return nil
	}
}

func expired(at time.Time) func(*car.Car) error {
	return func(c *car.Car) error { c.Expire(at); return nil }
}

func want(t *testing.T, c car.Car, state car.State, lock car.Lock) {
	t.Helper()
	if c.State != state || c.Lock != lock {
		t.Errorf("got %s and %s, want %s and %s", c.State, c.Lock, state, lock)
	}
}

func driving(t *testing.T) car.Car {
	t.Helper()
	c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
	c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
	return change(t, c, car.EventUnlocked, acknowledged("unlock", true, start))
}

func TestRegistering(t *testing.T) {
	regain := func(c *car.Car) error { c.RegainContact(policy, start); return nil }
	for name, first := range map[string]*car.Reading{"without a place": nil, "with a place that staff gave": parked()} {
		t.Run(name+" a car waits for its device to speak", func(t *testing.T) {
			c := saved(car.New(car.Registration{ID: "car-1", First: first}, start))
			want(t, c, car.NonContactable, car.Locked)
			if c.PricingPlanID != car.DefaultPlan {
				t.Errorf("plan %q", c.PricingPlanID)
			}
			refused(t, c, nil, regain)
			c = change(t, c, car.EventDeviceBound, bound(device, start, start))
			refused(t, c, nil, regain)
			refused(t, c, car.ErrUnavailable, claimed(trip, start))
			if c.Listing().Rentable(policy) {
				t.Error("riders are shown a car that nobody heard of")
			}
			c.Last = heard()
			c = change(t, c, car.EventContactRegained, regain)
			want(t, c, car.Available, car.Locked)
			change(t, c, car.EventClaimed, claimed(trip, start))
		})
	}
}

func TestTripOfACar(t *testing.T) {
	c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
	want(t, c, car.Stopped, car.Locked)
	c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
	want(t, c, car.Stopped, car.Unlocking)
	c = change(t, c, car.EventUnlocked, acknowledged("unlock", true, start))
	want(t, c, car.OnTrip, car.Unlocked)
	c = change(t, c, car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
	want(t, c, car.OnTrip, car.Locking)
	c = change(t, c, car.EventLocked, acknowledged("lock", true, start))
	want(t, c, car.Stopped, car.Locked)
	c = change(t, c, car.EventReleased, released(trip, start))
	want(t, c, car.Available, car.Locked)
	if c.Claim != nil {
		t.Errorf("still claimed by %+v", c.Claim)
	}
}

func TestClaiming(t *testing.T) {
	t.Run("a reservation sets a car aside without driving", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, func(c *car.Car) error {
			return c.ClaimFor(car.Claim{Kind: car.ForReservation, ID: trip, AccountID: account}, policy, start)
		})
		want(t, c, car.Reserved, car.Locked)
		refused(t, c, car.ErrNotClaimed, ordered("unlock", "unlock", car.CommandUnlock, start))
	})
	t.Run("again with the same claim changes nothing", func(t *testing.T) {
		refused(t, change(t, rentable(), car.EventClaimed, claimed(trip, start)), nil, claimed(trip, start.Add(time.Hour)))
	})
	t.Run("the same id for another account is another claim", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		refused(t, c, car.ErrUnavailable, func(c *car.Car) error {
			return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: trip, AccountID: "1"}, policy, start)
		})
	})
	t.Run("another's release changes nothing", func(t *testing.T) {
		refused(t, driving(t), nil, released("trip-2", start))
	})
	for reason, spoil := range map[string]func(*car.Car){
		"claimed":        func(c *car.Car) { c.Claim, c.State = &car.Claim{ID: "trip-2"}, car.Stopped },
		"low_charge":     func(c *car.Car) { c.Last.ChargePercent = 9.99 },
		"silent":         func(c *car.Car) { c.Last.ReceivedAt = start.Add(-policy.SilentAfter - time.Millisecond) },
		"moving":         func(c *car.Car) { c.Last.SpeedKMH = 0.1 },
		"doors_open":     func(c *car.Car) { c.Last.DoorsOpen = true },
		"not_in_service": func(c *car.Car) { c.State = car.NonOperational },
		"not_locked":     func(c *car.Car) { c.Lock = car.Unlocked },
	} {
		t.Run("refused: "+reason, func(t *testing.T) {
			c := rentable()
			spoil(&c)
			refused(t, c, car.ErrUnavailable, claimed(trip, start))
			if e, ok := errors.AsType[*errs.Error](c.Claimable(policy, start)); !ok || len(e.Fields) != 1 || e.Fields[0].Code != reason {
				t.Errorf("got %v", e)
			}
		})
	}
	t.Run("only its own device speaks for a car", func(t *testing.T) {
		for _, other := range []string{"", "device-2"} {
			c := rentable()
			c.Last.DeviceID = other
			refused(t, c, car.ErrUnavailable, claimed(trip, start))
		}
	})
	for _, state := range []car.State{car.NonContactable, car.Removed} {
		t.Run("refused: "+string(state), func(t *testing.T) {
			c := rentable()
			c.State = state
			refused(t, c, car.ErrUnavailable, claimed(trip, start))
		})
	}
	t.Run("just charged and just heard of is enough", func(t *testing.T) {
		c := rentable()
		c.Last.ChargePercent, c.Last.ReceivedAt = policy.LowCharge, start.Add(-policy.SilentAfter)
		change(t, c, car.EventClaimed, claimed(trip, start))
	})
}

func TestCommands(t *testing.T) {
	t.Run("a step is one command, also when it is settled", func(t *testing.T) {
		c := driving(t)
		refused(t, c, nil, ordered("again", "unlock", car.CommandUnlock, start))
		refused(t, c, car.ErrStepReused, ordered("again", "unlock", car.CommandLock, start))
	})
	t.Run("what the lock forbids is refused", func(t *testing.T) {
		refused(t, driving(t), car.ErrLockState, ordered("x", "x", car.CommandUnlock, start))
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		refused(t, c, car.ErrLockState, ordered("x", "x", car.CommandLock, start))
		c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
		refused(t, c, car.ErrCommandWaiting, ordered("x", "x", car.CommandLock, start))
	})
	t.Run("without the claim nothing is obeyed", func(t *testing.T) {
		refused(t, rentable(), car.ErrNotClaimed, ordered("x", "x", car.CommandUnlock, start))
	})
	t.Run("a car is never locked while it moves", func(t *testing.T) {
		c := driving(t)
		c.Last.SpeedKMH = 0.1
		refused(t, c, car.ErrMoving, ordered("lock", "lock", car.CommandLock, start.Add(policy.MovingWithin)))
		change(t, c, car.EventLocking, ordered("lock", "lock", car.CommandLock, start.Add(policy.MovingWithin+time.Millisecond)))
	})
	t.Run("a stop request is advice beside the lock's command, the later one counts", func(t *testing.T) {
		c := change(t, driving(t), car.EventStopRequested, ordered("stop-1", "stop-1", car.CommandStop, start))
		c = change(t, c, car.EventStopRequested, ordered("stop-2", "stop-2", car.CommandStop, start))
		c = change(t, c, car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		if waiting := c.Waiting(); len(waiting) != 2 || waiting[0].ID != "stop-2" || waiting[1].ID != "lock" {
			t.Errorf("waiting: %+v", waiting)
		}
		want(t, change(t, c, car.EventStopAccepted, acknowledged("stop-2", true, start)), car.OnTrip, car.Locking)
	})
	t.Run("the device must be the car's", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
		refused(t, c, car.ErrNoCommand, func(c *car.Car) error {
			_, err := c.Acknowledge(car.Acknowledgement{DeviceID: "device-2", CommandID: "unlock", Done: true}, "spare", policy, start)
			return err
		})
		refused(t, c, car.ErrNoCommand, acknowledged("nothing", true, start))
	})
	t.Run("an acknowledgement counts once", func(t *testing.T) {
		refused(t, driving(t), nil, acknowledged("unlock", true, start))
		refused(t, driving(t), nil, acknowledged("unlock", false, start))
	})
}

func TestFailingCommands(t *testing.T) {
	late := start.Add(policy.CommandTimeout)
	unlocking := change(t, change(t, rentable(), car.EventClaimed, claimed(trip, start)),
		car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
	t.Run("one that the car refuses puts the lock back and says why", func(t *testing.T) {
		c := change(t, unlocking, car.EventCommandFailed, acknowledged("unlock", false, start))
		want(t, c, car.Stopped, car.Locked)
		if k := c.Commands[0]; k.State != car.Failed || k.Reason != "jammed" {
			t.Errorf("got %+v", k)
		}
		c = change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		want(t, change(t, c, car.EventCommandFailed, acknowledged("lock", false, start)), car.OnTrip, car.Unlocked)
	})
	t.Run("one without an answer expires at its time and not before", func(t *testing.T) {
		refused(t, unlocking, nil, expired(late.Add(-time.Millisecond)))
		c := change(t, unlocking, car.EventCommandFailed, expired(late))
		want(t, c, car.Stopped, car.Locked)
		refused(t, c, nil, expired(late))
	})
	t.Run("an unlock that happened after all is undone", func(t *testing.T) {
		c := change(t, unlocking, car.EventCommandFailed, expired(late))
		c = change(t, c, car.EventReleased, released(trip, late))
		c = change(t, c, car.EventLocking, acknowledged("unlock", true, late))
		want(t, c, car.Available, car.Locking)
		refused(t, c, car.ErrUnavailable, claimed("trip-2", late))
		refused(t, c, nil, acknowledged("unlock", true, late))
		want(t, change(t, c, car.EventLocked, acknowledged("spare-unlock", true, late)), car.Available, car.Locked)
	})
	givenUp := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
	givenUp = change(t, givenUp, car.EventCommandFailed, expired(late))
	t.Run("a lock that happened after all has locked the car", func(t *testing.T) {
		want(t, givenUp, car.OnTrip, car.Unlocked)
		c := change(t, givenUp, car.EventLocked, acknowledged("lock", true, late))
		want(t, c, car.Stopped, car.Locked)
		if k, _ := c.Ordered(trip, "lock"); k.State != car.Done || c.Pause == nil || c.Pause.OdometerM != 1000 {
			t.Errorf("got %+v, paused %+v", k, c.Pause)
		}
		refused(t, c, nil, acknowledged("lock", true, late))
	})
	t.Run("also one whose trip is over", func(t *testing.T) {
		c := givenUp.Clone()
		c.Last.SpeedKMH, c.Last.ReceivedAt = 30, late
		c = change(t, c, car.EventReleased, released(trip, late))
		want(t, c, car.Available, car.Unlocked)
		stands := late.Add(time.Minute)
		want(t, change(t, c, car.EventLocked, acknowledged("lock", true, stands)), car.Available, car.Locked)
	})
	t.Run("but not one that failed, nor while the car drives, nor after another command", func(t *testing.T) {
		refused(t, givenUp, nil, acknowledged("lock", false, late))
		drives := givenUp.Clone()
		drives.Last.SpeedKMH, drives.Last.ReceivedAt = 30, late
		refused(t, drives, nil, acknowledged("lock", true, late))
		again := change(t, givenUp, car.EventLocking, ordered("lock-2", "lock-2", car.CommandLock, late))
		refused(t, again, nil, acknowledged("lock", true, late))
		again = change(t, again, car.EventCommandFailed, acknowledged("lock-2", false, late))
		refused(t, again, nil, acknowledged("lock", true, late))
	})
}

func TestReleasing(t *testing.T) {
	t.Run("while it unlocks withdraws the command", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		c = change(t, c, car.EventUnlocking, ordered("unlock", "unlock", car.CommandUnlock, start))
		c = change(t, c, car.EventReleased, released(trip, start))
		want(t, c, car.Available, car.Locked)
		if len(c.Waiting()) != 0 || c.Commands[0].State != car.Cancelled {
			t.Errorf("got %+v", c.Commands)
		}
	})
	t.Run("an open car tells it to lock", func(t *testing.T) {
		c := change(t, driving(t), car.EventReleased, released(trip, start))
		want(t, c, car.Available, car.Locking)
		refused(t, c, car.ErrUnavailable, claimed("trip-2", start))
		c = change(t, c, car.EventLocked, acknowledged("spare", true, start))
		want(t, c, car.Available, car.Locked)
		change(t, c, car.EventClaimed, claimed("trip-2", start))
	})
	t.Run("an open car that moves is not locked, and not rented either", func(t *testing.T) {
		c := driving(t)
		c.Last.SpeedKMH = 50
		c = change(t, c, car.EventReleased, released(trip, start))
		want(t, c, car.Available, car.Unlocked)
		refused(t, c, car.ErrUnavailable, claimed("trip-2", start))
	})
	t.Run("a car left open is told to lock until it does, once a minute", func(t *testing.T) {
		secure := func(at time.Time) func(*car.Car) error {
			return func(c *car.Car) error { c.Secure("secure-"+at.String(), policy, at); return nil }
		}
		refused(t, driving(t), nil, secure(start))
		refused(t, rentable(), nil, secure(start))
		c := change(t, driving(t), car.EventReleased, released(trip, start))
		c = change(t, c, car.EventCommandFailed, acknowledged("spare", false, start))
		want(t, c, car.Available, car.Unlocked)
		refused(t, c, nil, secure(start.Add(59*time.Second)))
		want(t, change(t, c, car.EventLocking, secure(start.Add(time.Minute))), car.Available, car.Locking)
	})
	t.Run("while it locks leaves it to lock", func(t *testing.T) {
		c := change(t, driving(t), car.EventLocking, ordered("lock", "lock", car.CommandLock, start))
		c = change(t, c, car.EventReleased, released(trip, start))
		want(t, c, car.Available, car.Locking)
		want(t, change(t, c, car.EventLocked, acknowledged("lock", true, start)), car.Available, car.Locked)
	})
	t.Run("a silent car leaves the fleet", func(t *testing.T) {
		c := change(t, rentable(), car.EventClaimed, claimed(trip, start))
		want(t, change(t, c, car.EventReleased, released(trip, start.Add(time.Hour))), car.NonContactable, car.Locked)
	})
}

func TestContact(t *testing.T) {
	silent := start.Add(policy.SilentAfter + time.Millisecond)
	lose := func(at time.Time) func(*car.Car) error {
		return func(c *car.Car) error { c.LoseContact(policy, at); return nil }
	}
	t.Run("is lost by silence, and once", func(t *testing.T) {
		refused(t, rentable(), nil, lose(start.Add(policy.SilentAfter)))
		c := change(t, rentable(), car.EventContactLost, lose(silent))
		want(t, c, car.NonContactable, car.Locked)
		refused(t, c, nil, lose(silent))
	})
	t.Run("a claimed car keeps its state", func(t *testing.T) { refused(t, driving(t), nil, lose(silent)) })
}

func TestBinding(t *testing.T) {
	bind := func(id string, at time.Time) func(*car.Car) error {
		return func(c *car.Car) error { c.Bind(id, at, policy, start); return nil }
	}
	t.Run("twice is once", func(t *testing.T) { refused(t, rentable(), nil, bind(device, start.Add(time.Hour))) })
	t.Run("a later device takes over, an earlier one does not", func(t *testing.T) {
		c := change(t, rentable(), car.EventDeviceBound, bind("device-2", start.Add(time.Second)))
		refused(t, c, nil, bind(device, start))
	})
}

func TestPlates(t *testing.T) {
	for text, want := range map[string]string{"b-fc  1": "B-FC 1", " M FC 12 ": "M FC 12", "äö-1": "ÄÖ-1"} {
		if got, err := car.ParsePlate(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", " ", "A", "B_FC 1", "B\x00FC", "ABCDEFGHIJKLM", "B;DROP"} {
		if _, err := car.ParsePlate(text); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
