package user

import (
	"slices"
	"time"

	"freecar/internal/auth"
)

// Device speaks for cars.
type Device struct {
	ID         string
	Name       string
	CarIDs     []string // that it was registered for; sorted, each once
	SecretHash SecretHash
	CreatedAt  time.Time
	RevokedAt  time.Time // zero while it may be used
	Version    int64
}

// Revoke shuts the device out for good; again it changes nothing.
func (d *Device) Revoke(now time.Time) Change {
	if !d.RevokedAt.IsZero() {
		return Change{}
	}
	d.CarIDs, d.SecretHash, d.RevokedAt = nil, SecretHash{}, now
	d.Version++
	return Change{Event: DeviceRevoked, At: now, Access: AccessChange{Revokes: true, EndsSessions: true}}
}

// Admits says whether the device may be used. Errors: Unauthenticated.
func (d *Device) Admits() error {
	if !d.RevokedAt.IsZero() {
		return auth.ErrUnauthenticated
	}
	return nil
}

// Proves says whether the secret is the device's, and the device may be used.
func (d *Device) Proves(secret string) bool {
	return d.Admits() == nil && d.SecretHash.Equal(HashSecret(secret))
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
