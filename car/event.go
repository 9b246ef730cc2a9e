package car

import "time"

// EventKind says what happened to a car.
type EventKind string

// What happens to cars.
const (
	EventRegistered      EventKind = "registered"
	EventDeviceBound     EventKind = "device_bound"
	EventClaimed         EventKind = "claimed"
	EventUnlocking       EventKind = "unlocking"
	EventUnlocked        EventKind = "unlocked"
	EventLocking         EventKind = "locking"
	EventLocked          EventKind = "locked"
	EventStopRequested   EventKind = "stop_requested"
	EventStopAccepted    EventKind = "stop_accepted"
	EventCommandFailed   EventKind = "command_failed"
	EventDroveOff        EventKind = "drove_off" // though its trip had locked it
	EventReleased        EventKind = "released"
	EventContactLost     EventKind = "contact_lost"
	EventContactRegained EventKind = "contact_regained"
	EventChanged         EventKind = "changed"         // its plate, model or plan
	EventServicePlanned  EventKind = "service_planned" // it goes out of service once it is free
	EventServiceBegan    EventKind = "service_began"
	EventReturned        EventKind = "returned" // to service, or it stays there after all
	EventRetired         EventKind = "retired"
	EventDeviceAwaited   EventKind = "device_awaited" // a device takes over when it may
	EventDeviceUnbound   EventKind = "device_unbound"
)

// EventKinds is all of them.
var EventKinds = []EventKind{
	EventRegistered, EventDeviceBound, EventClaimed, EventUnlocking, EventUnlocked, EventLocking, EventLocked,
	EventStopRequested, EventStopAccepted, EventCommandFailed, EventDroveOff, EventReleased, EventContactLost, EventContactRegained,
	EventChanged, EventServicePlanned, EventServiceBegan, EventReturned, EventRetired, EventDeviceAwaited, EventDeviceUnbound,
}

// Event is one change of a car.
type Event struct {
	Kind EventKind
	At   time.Time
	// Car is the whole car after the change, so that the latest event is the state.
	Car Car
	// Command is the command that the change is about; nil for none.
	Command *Command
}

// Recorded is the change that was made to the car since it was loaded, if any.
func (c *Car) Recorded() (Event, bool) {
	if c.recorded == nil {
		return Event{}, false
	}
	e := *c.recorded
	e.Car = c.Clone()
	return e, true
}

// record makes the change official. A load, one change, a save: a second change before
// the save would need a second event, so it is a mistake of the program.
func (c *Car) record(kind EventKind, about *Command, now time.Time) {
	if c.recorded != nil {
		panic("car: two changes in one save: " + string(c.recorded.Kind) + " and " + string(kind))
	}
	c.Version++
	c.ChangedAt = now
	c.recorded = &Event{Kind: kind, At: now}
	if about != nil {
		command := *about
		c.recorded.Command = &command
	}
}
