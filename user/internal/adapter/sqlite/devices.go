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

const deviceColumns = `id, name, car_ids, secret_hash, created_at, revoked_at, version`

// Device finds by id.
func (s Devices) Device(ctx context.Context, id string) (user.Device, error) {
	return orNoDevice(scanDevice(s.db.Reader().QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE id = ?`, id)))
}

// Devices lists by id, descending.
func (s Devices) Devices(ctx context.Context, p user.Paging) (user.Page[user.Device], error) {
	var page user.Page[user.Device]
	after, err := entryCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE id < ? ORDER BY id DESC LIMIT ?`, after, p.Limit+1)
	if err != nil {
		return page, err
	}
	page.Items, err = collect(rows, scanDevice)
	if err == nil && len(page.Items) > p.Limit {
		page.Items = page.Items[:p.Limit]
		page.Next = page.Items[p.Limit-1].ID
	}
	return page, err
}

// Update changes a device.
func (s Devices) Update(ctx context.Context, id string, change func(*user.Device) (user.Change, error)) (user.Device, error) {
	var d user.Device
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if d, err = orNoDevice(scanDevice(tx.QueryRow(`SELECT `+deviceColumns+` FROM devices WHERE id = ?`, id))); err != nil {
			return err
		}
		c, err := change(&d)
		if err != nil || c.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE devices SET name = ?, car_ids = ?, secret_hash = ?, revoked_at = ?, version = ? WHERE id = ?`,
			d.Name, strings.Join(d.CarIDs, ","), d.SecretHash[:], sqlitex.NullMillis(d.RevokedAt), d.Version, d.ID); err != nil {
			return err
		}
		if err := applyAccess(tx, d.ID, d.Version, c); err != nil {
			return err
		}
		event, err := s.encode.Device(ctx, c, d)
		if err != nil {
			return err
		}
		return s.outbox.Append(tx, event)
	})
	if err != nil {
		return user.Device{}, err
	}
	return d, nil
}

func orNoDevice(d user.Device, err error) (user.Device, error) {
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Missing("device")
	}
	return d, err
}

func scanDevice(row scanner) (user.Device, error) {
	var (
		d         user.Device
		cars      string
		hash      []byte
		createdAt int64
		revokedAt sql.NullInt64
	)
	if err := row.Scan(&d.ID, &d.Name, &cars, &hash, &createdAt, &revokedAt, &d.Version); err != nil {
		return user.Device{}, err
	}
	if cars != "" {
		d.CarIDs = strings.Split(cars, ",")
	}
	copy(d.SecretHash[:], hash)
	d.CreatedAt, d.RevokedAt = fromMillis(createdAt), sqlitex.FromNullMillis(revokedAt)
	return d, nil
}
