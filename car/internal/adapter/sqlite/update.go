package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"freecar/car"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
)

// Update changes a car.
func (s *Cars) Update(ctx context.Context, id string, change func(*car.Car) error) (car.Car, error) {
	saved, _, err := s.UpdateKeyed(ctx, id, idem.Key{}, change)
	return saved, err
}

// UpdateKeyed changes a car once for a key.
func (s *Cars) UpdateKeyed(ctx context.Context, id string, k idem.Key, change func(*car.Car) error) (saved car.Car, replayed bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		saved, replayed, err = s.replay(tx, k)
		if err != nil || replayed {
			return err
		}
		if saved, err = s.change(ctx, tx, id, change); err != nil {
			return err
		}
		return s.recordKey(tx, saved, k)
	})
	return saved, replayed, err
}

func (s *Cars) change(ctx context.Context, tx *sqlitex.Tx, id string, change func(*car.Car) error) (car.Car, error) {
	c, err := scanCar(tx.QueryRow(selectCar+`WHERE c.id = ?`, id))
	if err != nil {
		return car.Car{}, missing(err)
	}
	before, last := commandIDs(c), c.Last
	if last != nil {
		copied := *last
		c.Last = &copied
	}
	if err := change(&c); err != nil {
		return car.Car{}, err
	}
	c.Last = last
	if _, changed := c.Recorded(); changed {
		if err := s.save(ctx, tx, c, before); err != nil {
			return car.Car{}, err
		}
	}
	return c.Clone(), nil
}

func (s *Cars) save(ctx context.Context, tx *sqlitex.Tx, c car.Car, before []string) error {
	doc, err := encode(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE cars SET plate = ?, model = ?, pricing_plan_id = ?, state = ?, lock = ?, device_id = ?, next_device_id = ?,
		deadline = ?, claimed_at = ?, paused_at_m = ?, changed_at = ?, version = ?, doc = ? WHERE id = ?`,
		c.Plate, c.Model, c.PricingPlanID, string(c.State), string(c.Lock), nullText(c.DeviceID), nullText(nextDevice(c)),
		sqlitex.NullMillis(c.Deadline()), sqlitex.NullMillis(claimedAt(c)), pausedAtM(c), c.ChangedAt.UnixMilli(), c.Version, doc, c.ID)
	if sqlitex.Duplicate(err) {
		return car.ErrPlateExists
	}
	if err != nil {
		return err
	}
	if err := saveCommands(tx, c.ID, before, commandIDs(c)); err != nil {
		return err
	}
	return s.append(ctx, tx, c)
}

func commandIDs(c car.Car) []string {
	known := make([]string, len(c.Commands))
	for i, k := range c.Commands {
		known[i] = k.ID
	}
	return known
}

// saveCommands follows which commands the car remembers.
func saveCommands(tx *sqlitex.Tx, carID string, before, now []string) error {
	for _, id := range now {
		if !slices.Contains(before, id) {
			if _, err := tx.Exec(`INSERT INTO commands (id, car_id) VALUES (?, ?)`, id, carID); err != nil {
				return err
			}
		}
	}
	for _, id := range before {
		if !slices.Contains(now, id) {
			if _, err := tx.Exec(`DELETE FROM commands WHERE id = ?`, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func claimedAt(c car.Car) time.Time {
	if c.Claim == nil {
		return time.Time{}
	}
	return c.Claim.At
}

func nextDevice(c car.Car) string {
	if c.NextDevice == nil {
		return ""
	}
	return c.NextDevice.DeviceID
}

func pausedAtM(c car.Car) *int64 {
	if c.Pause == nil {
		return nil
	}
	return &c.Pause.OdometerM
}

// CarOfCommand finds the car that remembers a command.
func (s *Cars) CarOfCommand(ctx context.Context, commandID string) (id string, err error) {
	err = s.db.Reader().QueryRowContext(ctx, `SELECT car_id FROM commands WHERE id = ?`, commandID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = car.ErrNoCommand
	}
	return id, err
}
