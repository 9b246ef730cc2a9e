package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"freecar/internal/errs"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Devices is the table of devices.
type Devices struct{ *Store }

var _ user.Devices = Devices{}

// Register saves a new device.
func (s Devices) Register(ctx context.Context, d user.Device, c user.Change) error {
	event, err := s.encode.Device(ctx, c, d)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`INSERT INTO devices (id, name, car_ids, secret_hash, created_at, version) VALUES (?, ?, ?, ?, ?, ?)`,
			d.ID, d.Name, strings.Join(d.CarIDs, ","), d.SecretHash[:], d.CreatedAt.UnixMilli(), d.Version); err != nil {
			return err
		}
		return s.outbox.Append(tx, event)
	})
}

// Device finds by id.
func (s Devices) Device(ctx context.Context, id string) (user.Device, error) {
	var (
		d         user.Device
		cars      string
		hash      []byte
		createdAt int64
	)
	err := s.db.Reader().QueryRowContext(ctx, `SELECT id, name, car_ids, secret_hash, created_at, version FROM devices WHERE id = ?`, id).
		Scan(&d.ID, &d.Name, &cars, &hash, &createdAt, &d.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return user.Device{}, errs.Missing("device")
	}
	if err != nil {
		return user.Device{}, err
	}
	if cars != "" {
		d.CarIDs = strings.Split(cars, ",")
	}
	copy(d.SecretHash[:], hash)
	d.CreatedAt = fromMillis(createdAt)
	return d, nil
}
