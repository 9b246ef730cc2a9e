package car

import "time"

// Binding says which device speaks for a car, or will, and when it was registered so.
type Binding struct {
	DeviceID string
	At       time.Time
}

// Bind gives the car to a device that was registered at a moment. In the middle of a trip
// the new one waits while the present one is heard of: a command on its way, and the
// trip's end, are for the box that is in the car. A binding older than the present one
// changes nothing: bindings may come late, twice or out of order. A removed car has none.
// An available car can be rented again when the new one speaks.
func (c *Car) Bind(device string, at time.Time, p Policy, now time.Time) {
	b := Binding{DeviceID: device, At: at}
	switch {
	case c.State == Removed || c.overtaken(b):
	case c.Claim != nil && c.Claim.Kind == ForTrip && !c.silent(p, now):
		c.NextDevice = &b
		c.record(EventDeviceAwaited, nil, now)
	default:
		c.NextDevice = &b
		c.succeed()
		c.awaitWord()
		c.record(EventDeviceBound, nil, now)
	}
}

// overtaken says that a binding is there already, or that a later one is.
func (c *Car) overtaken(b Binding) bool {
	if next := c.NextDevice; next != nil && (next.DeviceID == b.DeviceID || b.At.Before(next.At)) {
		return true
	}
	return c.DeviceID == b.DeviceID || b.At.Before(c.BoundAt)
}

// succeed lets the device that waits speak for the car from now on.
func (c *Car) succeed() {
	if next := c.NextDevice; next != nil {
		c.DeviceID, c.BoundAt, c.NextDevice = next.DeviceID, next.At, nil
	}
}

// awaitWord keeps a car from riders until its device speaks.
func (c *Car) awaitWord() {
	if c.State == Available {
		c.State = NonContactable
	}
}

// TakeOver ends the waiting of the next device when the present one fell silent: it is
// lost, and the trip cannot end without one.
func (c *Car) TakeOver(p Policy, now time.Time) {
	if c.NextDevice == nil || !c.silent(p, now) {
		return
	}
	c.succeed()
	c.record(EventDeviceBound, nil, now)
}

// Unbind takes the car from a device that was revoked, also one that only waits for it. A
// car without any device can be rented again when the next one speaks.
func (c *Car) Unbind(device string, now time.Time) {
	switch {
	case device == "":
	case c.NextDevice != nil && c.NextDevice.DeviceID == device:
		c.NextDevice = nil
		c.record(EventDeviceUnbound, nil, now)
	case c.DeviceID != device:
	case c.NextDevice != nil:
		c.succeed()
		c.record(EventDeviceBound, nil, now)
	default:
		c.DeviceID = ""
		c.awaitWord()
		c.record(EventDeviceUnbound, nil, now)
	}
}
