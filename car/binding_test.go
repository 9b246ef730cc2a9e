package car_test

import (
	"testing"
	"time"

	"freecar/car"
)

func bound(id string, at, now time.Time) func(*car.Car) error {
	return func(c *car.Car) error { c.Bind(id, at, policy, now); return nil }
}

func unbound(id string) func(*car.Car) error {
	return func(c *car.Car) error { c.Unbind(id, start); return nil }
}

func takenOver(now time.Time) func(*car.Car) error {
	return func(c *car.Car) error { c.TakeOver(policy, now); return nil }
}

func speaks(t *testing.T, c car.Car, device, next string) {
	t.Helper()
	waits := ""
	if c.NextDevice != nil {
		waits = c.NextDevice.DeviceID
	}
	if c.DeviceID != device || waits != next {
		t.Errorf("%q speaks for it and %q waits, want %q and %q", c.DeviceID, waits, device, next)
	}
}

func TestReplacingDevices(t *testing.T) {
	second, third := start.Add(time.Second), start.Add(2*time.Second)
	silent := start.Add(policy.SilentAfter + time.Millisecond)
	waiting := func(t *testing.T) car.Car {
		return change(t, driving(t), car.EventDeviceAwaited, bound("device-2", second, second))
	}
	t.Run("in a trip the next one waits for its end", func(t *testing.T) {
		c := waiting(t)
		speaks(t, c, device, "device-2")
		refused(t, c, car.ErrNoCommand, func(c *car.Car) error {
			_, err := c.Acknowledge(car.Acknowledgement{DeviceID: "device-2", CommandID: "unlock", Done: true}, "spare", policy, start)
			return err
		})
		c = change(t, c, car.EventReleased, released(trip, second))
		speaks(t, c, "device-2", "")
		want(t, c, car.NonContactable, car.Locking) // until it speaks
		if !c.BoundAt.Equal(second) {
			t.Errorf("bound at %v", c.BoundAt)
		}
	})
	t.Run("or for the silence of the present one", func(t *testing.T) {
		refused(t, waiting(t), nil, takenOver(start.Add(policy.SilentAfter)))
		c := change(t, waiting(t), car.EventDeviceBound, takenOver(silent))
		speaks(t, c, "device-2", "")
		want(t, c, car.OnTrip, car.Unlocked)
	})
	t.Run("which may have begun already", func(t *testing.T) {
		speaks(t, change(t, driving(t), car.EventDeviceBound, bound("device-2", second, silent)), "device-2", "")
	})
	t.Run("a trip's car without a device takes it at once", func(t *testing.T) {
		c := change(t, driving(t), car.EventDeviceUnbound, unbound(device))
		speaks(t, change(t, c, car.EventDeviceBound, bound("device-2", second, second)), "device-2", "")
	})
	t.Run("a reserved one as well, and one in service", func(t *testing.T) {
		speaks(t, change(t, reservedCar(t), car.EventDeviceBound, bound("device-2", second, second)), "device-2", "")
		speaks(t, change(t, inService(t), car.EventDeviceBound, bound("device-2", second, second)), "device-2", "")
	})
	t.Run("an available one is out of the fleet until it speaks", func(t *testing.T) {
		c := change(t, rentable(), car.EventDeviceBound, bound("device-2", second, second))
		want(t, c, car.NonContactable, car.Locked)
		regain := func(c *car.Car) error { c.RegainContact(policy, second); return nil }
		refused(t, c, nil, regain)
		c.Last.DeviceID = "device-2"
		want(t, change(t, c, car.EventContactRegained, regain), car.Available, car.Locked)
	})
	t.Run("the latest of those that wait counts, however often news comes", func(t *testing.T) {
		c := change(t, waiting(t), car.EventDeviceAwaited, bound("device-3", third, third))
		speaks(t, c, device, "device-3")
		refused(t, c, nil, bound("device-3", third, third))
		refused(t, c, nil, bound("device-2", second, third))
		refused(t, c, nil, bound(device, start, third))
	})
	t.Run("nobody waits: nothing to take over", func(t *testing.T) { refused(t, driving(t), nil, takenOver(silent)) })
}

func TestUnbinding(t *testing.T) {
	t.Run("takes an available car out of the fleet until the next device speaks", func(t *testing.T) {
		c := change(t, rentable(), car.EventDeviceUnbound, unbound(device))
		speaks(t, c, "", "")
		want(t, c, car.NonContactable, car.Locked)
		c = change(t, c, car.EventDeviceBound, bound("device-2", start.Add(time.Second), start))
		speaks(t, c, "device-2", "")
	})
	t.Run("leaves a trip to go on", func(t *testing.T) {
		want(t, change(t, driving(t), car.EventDeviceUnbound, unbound(device)), car.OnTrip, car.Unlocked)
	})
	t.Run("in a trip or in service leaves the car out of the fleet when that ends", func(t *testing.T) {
		c := change(t, driving(t), car.EventDeviceUnbound, unbound(device))
		want(t, change(t, c, car.EventReleased, released(trip, start)), car.NonContactable, car.Locking)
		c = change(t, inService(t), car.EventDeviceUnbound, unbound(device))
		c = change(t, c, car.EventReturned, returned(start))
		want(t, c, car.NonContactable, car.Locked)
		refused(t, c, nil, func(c *car.Car) error { c.RegainContact(policy, start); return nil })
	})
	t.Run("lets the one that waits take over", func(t *testing.T) {
		c := change(t, driving(t), car.EventDeviceAwaited, bound("device-2", start.Add(time.Second), start))
		speaks(t, change(t, c, car.EventDeviceBound, unbound(device)), "device-2", "")
	})
	t.Run("the one that waits, waits no longer", func(t *testing.T) {
		c := change(t, driving(t), car.EventDeviceAwaited, bound("device-2", start.Add(time.Second), start))
		speaks(t, change(t, c, car.EventDeviceUnbound, unbound("device-2")), device, "")
	})
	t.Run("another's car, or nobody's, is not touched", func(t *testing.T) {
		refused(t, rentable(), nil, unbound("device-2"))
		refused(t, change(t, rentable(), car.EventDeviceUnbound, unbound(device)), nil, unbound(""))
	})
}
