package carapi

import "freecar/internal/wire"

// The events, as in freecar.car.<event>.v1.
const (
	EventRegistered      = "registered"
	EventDeviceBound     = "device_bound"
	EventClaimed         = "claimed"
	EventUnlocking       = "unlocking"
	EventUnlocked        = "unlocked"
	EventLocking         = "locking"
	EventLocked          = "locked"
	EventStopRequested   = "stop_requested"
	EventStopAccepted    = "stop_accepted"
	EventCommandFailed   = "command_failed" // refused by the car, or not answered in time
	EventDroveOff        = "drove_off"      // though its trip had locked it
	EventReleased        = "released"
	EventContactLost     = "contact_lost"
	EventContactRegained = "contact_regained"
	EventChanged         = "changed"         // its plate, model or plan
	EventServicePlanned  = "service_planned" // it goes out of service once it is free
	EventServiceBegan    = "service_began"
	EventReturned        = "returned" // to service, or it stays there after all
	EventRetired         = "retired"
	EventDeviceAwaited   = "device_awaited" // a device takes over when it may
	EventDeviceUnbound   = "device_unbound"

	// EventMoved is no change: it is broadcast to feeds alone, may be lost, and has
	// CarMoved as its data.
	EventMoved = "moved"
)

// CarEvent is the data of every event but moved: the whole car after the change.
type CarEvent struct {
	CarState
	// Command is the one that the event is about; null for none.
	Command *CarCommand `json:"command"`
	// Seen is where the car was when last heard of. It is left out while somebody has
	// the car: events are kept for ever, and must not tell anybody's ways.
	Seen *Sighting `json:"seen,omitzero"`
}

// CarState is a car without its readings.
type CarState struct {
	ID            string       `json:"id"`
	Plate         string       `json:"plate"`
	Model         string       `json:"model"`
	PricingPlanID string       `json:"pricing_plan_id"`
	State         string       `json:"state"`
	Lock          string       `json:"lock"`           // locked, unlocking, unlocked, locking
	Claim         *CarClaim    `json:"claim"`          // null when nobody has the car
	Pause         *CarPause    `json:"pause,omitzero"` // left out unless its trip has locked the car
	Commands      []CarCommand `json:"commands"`
	DeviceID      string       `json:"device_id,omitzero"`
	BoundAt       *wire.Time   `json:"bound_at,omitzero"`
	NextDevice    *CarDevice   `json:"next_device,omitzero"` // takes over when the trip is over or the present one falls silent
	Outage        *CarOutage   `json:"outage,omitzero"`      // why the car is out of service, or will be once it is free
	RegisteredAt  wire.Time    `json:"registered_at"`
	ChangedAt     wire.Time    `json:"changed_at"`
	Version       int64        `json:"version"`
}

// CarClaim says who has the car.
type CarClaim struct {
	Kind      string    `json:"kind"` // trip or reservation
	ID        string    `json:"id"`
	AccountID string    `json:"account_id"`
	At        wire.Time `json:"at"`
}

// CarDevice is a device that waits for a car, and since when.
type CarDevice struct {
	ID string    `json:"id"`
	At wire.Time `json:"at"`
}

// CarOutage says why staff took a car out of service, and when they decided so.
type CarOutage struct {
	Reason string    `json:"reason"`
	At     wire.Time `json:"at"`
}

// CarPause is what a car remembers of being locked in the middle of a trip.
type CarPause struct {
	OdometerM int64 `json:"odometer_m"` // when it was locked
	// DroveOffAt is when a reading told that it drives all the same, by the car service's
	// clock; left out while it stands.
	DroveOffAt *wire.Time `json:"drove_off_at,omitzero"`
}

// CarCommand is a command. ClaimID is empty for one that the fleet gave by itself.
type CarCommand struct {
	ID        string     `json:"id"`
	ClaimID   string     `json:"claim_id,omitzero"`
	Step      string     `json:"step"`
	Kind      string     `json:"kind"`  // lock, unlock, stop_request
	State     string     `json:"state"` // waiting, done, failed, timed_out, cancelled
	Reason    string     `json:"reason,omitzero"`
	CreatedAt wire.Time  `json:"created_at"`
	ExpiresAt wire.Time  `json:"expires_at"`
	SettledAt *wire.Time `json:"settled_at,omitzero"`
}

// CarMoved is where a rentable car has got to, or how full it has become.
type CarMoved struct {
	ID string `json:"id"`
	Sighting
}

// Sighting is where a car was at a device's time.
type Sighting struct {
	At            *wire.Time    `json:"at"` // null for a place that staff gave
	Position      wire.Position `json:"position"`
	ChargePercent float64       `json:"charge_percent"`
}
