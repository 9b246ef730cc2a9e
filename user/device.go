package user

import (
	"slices"
	"time"
)

// Device speaks for cars.
type Device struct {
	ID         string
	Name       string
	CarIDs     []string // sorted, each once
	SecretHash SecretHash
	CreatedAt  time.Time
	Version    int64
}

// NewDevice registers a device and gives its secret, which is stored nowhere.
func NewDevice(id, name string, carIDs []string, now time.Time) (d Device, secret string, c Change) {
	carIDs = slices.Clone(carIDs)
	slices.Sort(carIDs)
	secret, hash := newSecret()
	return Device{
		ID:         id,
		Name:       name,
		CarIDs:     slices.Compact(carIDs),
		SecretHash: hash,
		CreatedAt:  now,
		Version:    1,
	}, secret, Change{Event: DeviceRegistered, At: now}
}
