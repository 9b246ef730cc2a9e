package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"freecar/car"
	"freecar/internal/sqlitex"
)

// SaveReadings judges and saves readings.
func (s *Cars) SaveReadings(ctx context.Context, readings []car.Reading, judge func(car.Standing, car.Reading) error) ([]car.Verdict, error) {
	if len(readings) == 0 {
		return nil, nil
	}
	verdicts := make([]car.Verdict, len(readings))
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		for i, r := range readings {
			before, err := standing(tx, r.CarID)
			if err != nil {
				return err
			}
			verdicts[i] = car.Verdict{Before: before, Err: judge(before, r)}
			if verdicts[i].Err != nil {
				continue
			}
			if err := saveReading(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	return verdicts, err
}

func standing(tx *sqlitex.Tx, carID string) (car.Standing, error) {
	var device *string
	var st car.Standing
	var last lastReading
	err := tx.QueryRow(`SELECT c.device_id, c.state, c.lock, c.paused_at_m, `+lastColumns+` FROM cars c LEFT JOIN readings r ON r.car_id = c.id WHERE c.id = ?`, carID).
		Scan(append([]any{&device, &st.State, &st.Lock, &st.PausedAtM}, last.columns()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return car.Standing{}, nil
	}
	if device != nil {
		st.DeviceID = *device
	}
	st.Last = last.reading(carID)
	return st, err
}

func saveReading(tx *sqlitex.Tx, r car.Reading) error {
	_, err := tx.Exec(`INSERT INTO readings (car_id, device_id, at, received_at, latitude, longitude, charge_percent, odometer_m, speed_kmh, locked, doors_open)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (car_id) DO UPDATE SET device_id = excluded.device_id, at = excluded.at, received_at = excluded.received_at,
			latitude = excluded.latitude, longitude = excluded.longitude, charge_percent = excluded.charge_percent,
			odometer_m = excluded.odometer_m, speed_kmh = excluded.speed_kmh, locked = excluded.locked, doors_open = excluded.doors_open`,
		r.CarID, nullText(r.DeviceID), sqlitex.Millis(r.At), sqlitex.Millis(r.ReceivedAt), r.Position.Latitude, r.Position.Longitude, r.ChargePercent, r.OdometerM, r.SpeedKMH, r.Locked, r.DoorsOpen)
	return err
}
