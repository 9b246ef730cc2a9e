package sqlite

import (
	"context"
	"time"

	"freecar/car"
	"freecar/internal/sqlitex"
)

// DeviceCars lists the cars of a device.
func (s *Cars) DeviceCars(ctx context.Context, deviceID, after string, limit int) ([]car.Car, error) {
	return s.list(ctx, selectCar+`WHERE c.device_id = ? AND c.id > ? ORDER BY c.id LIMIT ?`, deviceID, after, limit)
}

// CarsOfDevice lists the cars that a device has or waits for.
func (s *Cars) CarsOfDevice(ctx context.Context, deviceID string) ([]string, error) {
	return s.carIDs(ctx, `SELECT id FROM cars WHERE device_id = ?1 UNION SELECT id FROM cars WHERE next_device_id = ?1`, deviceID)
}

// RevokeDevice remembers that a device was revoked.
func (s *Cars) RevokeDevice(ctx context.Context, deviceID string) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT INTO revoked_devices (id, at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, deviceID, s.clock.Now().UnixMilli())
		return err
	})
}

// DeviceRevoked says whether it was.
func (s *Cars) DeviceRevoked(ctx context.Context, deviceID string) (revoked bool, err error) {
	err = s.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM revoked_devices WHERE id = ?)`, deviceID).Scan(&revoked)
	return revoked, err
}

// Replaceable lists silent cars that a device waits for.
func (s *Cars) Replaceable(ctx context.Context, since time.Time, limit int) ([]string, error) {
	return s.carIDs(ctx, `SELECT c.id FROM cars c LEFT JOIN readings r ON r.car_id = c.id
		WHERE c.next_device_id IS NOT NULL AND coalesce(r.received_at, 0) < ? LIMIT ?`, since.UnixMilli(), limit)
}
