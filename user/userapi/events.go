package userapi

import "freecar/internal/wire"

// AccountEvent is the data of freecar.user.account_*.v1: the account after the change,
// without what would name the person.
type AccountEvent struct {
	AccountID string    `json:"account_id"`
	Roles     []string  `json:"roles"`
	Status    string    `json:"status"`
	CreatedAt wire.Time `json:"created_at"`
	Version   int64     `json:"version"`
}

// DeviceEvent is the data of freecar.user.device_*.v1: which cars a device speaks for.
type DeviceEvent struct {
	DeviceID  string    `json:"device_id"`
	CarIDs    []string  `json:"car_ids"`
	CreatedAt wire.Time `json:"created_at"`
	// RevokedAt is when it was shut out; null while it may be used.
	RevokedAt *wire.Time `json:"revoked_at"`
	Version   int64      `json:"version"`
}

// HoldEvent is the data of freecar.user.hold_*.v1: the hold after the change.
type HoldEvent struct {
	HoldID    string     `json:"hold_id"`
	TripID    string     `json:"trip_id"`
	AccountID string     `json:"account_id"`
	Amount    wire.Money `json:"amount"`
	Captured  wire.Money `json:"captured"`
	Refunded  wire.Money `json:"refunded"`
	State     string     `json:"state"`
	PlacedAt  wire.Time  `json:"placed_at"`
	SettledAt *wire.Time `json:"settled_at"`
	Version   int64      `json:"version"`
}

// TopUpEvent is the data of freecar.user.top_up_*.v1: the top-up after the change.
type TopUpEvent struct {
	TopUpID   string     `json:"top_up_id"`
	AccountID string     `json:"account_id"`
	Amount    wire.Money `json:"amount"`
	State     string     `json:"state"`
	At        wire.Time  `json:"at"`
	SettledAt *wire.Time `json:"settled_at"`
	Version   int64      `json:"version"`
}

// AdjustmentEvent is the data of freecar.user.wallet_adjusted.v1.
type AdjustmentEvent struct {
	AdjustmentID string     `json:"adjustment_id"`
	AccountID    string     `json:"account_id"`
	Amount       wire.Money `json:"amount"`
	At           wire.Time  `json:"at"`
	Version      int64      `json:"version"`
}

// InterventionEvent is the data of freecar.user.cache_purged.v1 and
// freecar.user.dead_letters_replayed.v1.
type InterventionEvent struct {
	InterventionID string    `json:"intervention_id"`
	Cache          string    `json:"cache,omitzero"`    // which to purge; empty for all
	Consumer       string    `json:"consumer,omitzero"` // whose letters; empty for some by id
	Letters        int       `json:"letters,omitzero"`  // how many
	At             wire.Time `json:"at"`
	Version        int64     `json:"version"`
}

// CachePurged is the type of the event upon which an instance loads a cache anew.
const CachePurged = "freecar.user.cache_purged.v1"

// AccountErased is the type of the event at which every service forgets the person. Its
// subject is the account.
const AccountErased = "freecar.user.account_erased.v1"

// DeviceRegistered is the type of the event that the car service binds cars by.
const DeviceRegistered = "freecar.user.device_registered.v1"

// DeviceRevoked is the type of the event at which it takes them back.
const DeviceRevoked = "freecar.user.device_revoked.v1"
