package sqlite

import (
	"context"

	"freecar/car"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/sqlitex"
)

// Cars lists the fleet. Ids sort by the time of making; the cursor is the last one.
func (s *Cars) Cars(ctx context.Context, f car.Filter) (car.Page, error) {
	if f.Cursor != "" && !ids.Valid(f.Cursor) {
		return car.Page{}, errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	var west, south, east, north any
	if b := f.Box; b != nil {
		west, south, east, north = b.West, b.South, b.East, b.North
	}
	var maxCharge any
	if f.MaxCharge != nil {
		maxCharge = *f.MaxCharge
	}
	// A box whose west is east of its east goes across the antimeridian.
	cars, err := s.list(ctx, selectCar+`WHERE (?1 = '' OR c.id < ?1) AND (?2 = '' OR c.state = ?2) AND (?3 = '' OR c.plate = ?3)
		AND (?4 = '' OR c.device_id = ?4)
		AND (?5 IS NULL OR r.charge_percent <= ?5)
		AND (?6 IS NULL OR coalesce(r.received_at, 0) < ?6)
		AND (?7 IS NULL OR r.latitude BETWEEN ?8 AND ?10
			AND (?7 <= ?9 AND r.longitude BETWEEN ?7 AND ?9 OR ?7 > ?9 AND (r.longitude >= ?7 OR r.longitude <= ?9)))
		ORDER BY c.id DESC LIMIT ?11`,
		f.Cursor, string(f.State), f.Plate, f.DeviceID, maxCharge, sqlitex.NullMillis(f.SilentSince), west, south, east, north, f.Limit+1)
	if err != nil || len(cars) <= f.Limit {
		return car.Page{Cars: cars}, err
	}
	cars = cars[:f.Limit]
	return car.Page{Cars: cars, Next: cars[len(cars)-1].ID}, nil
}

// CarOfPlate finds a car.
func (s *Cars) CarOfPlate(ctx context.Context, plate string) (car.Car, error) {
	c, err := scanCar(s.db.Reader().QueryRowContext(ctx, selectCar+`WHERE c.plate = ?`, plate))
	return c, missing(err)
}
