package sqlite

import (
	"cmp"
	"context"
	"slices"
	"time"

	"freecar/car"
	"freecar/internal/sqlitex"
)

// Pending lists what waits for a device.
func (s *Cars) Pending(ctx context.Context, deviceID string) ([]car.Pending, error) {
	cars, err := s.list(ctx, selectCar+`WHERE c.device_id = ? AND c.deadline IS NOT NULL`, deviceID)
	var pending []car.Pending
	for _, c := range cars {
		for _, command := range c.Waiting() {
			pending = append(pending, car.Pending{CarID: c.ID, Command: command})
		}
	}
	slices.SortFunc(pending, func(a, b car.Pending) int {
		return cmp.Or(a.Command.CreatedAt.Compare(b.Command.CreatedAt), cmp.Compare(a.Command.ID, b.Command.ID))
	})
	return pending, err
}

// Overdue lists cars with a command to expire.
func (s *Cars) Overdue(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return s.carIDs(ctx, `SELECT id FROM cars WHERE deadline <= ? ORDER BY deadline LIMIT ?`, now.UnixMilli(), limit)
}

// Silent lists available cars that nothing was heard of.
func (s *Cars) Silent(ctx context.Context, since time.Time, limit int) ([]string, error) {
	return s.carIDs(ctx, `SELECT c.id FROM cars c LEFT JOIN readings r ON r.car_id = c.id
		WHERE c.state = ? AND coalesce(r.received_at, 0) < ? LIMIT ?`, string(car.Available), since.UnixMilli(), limit)
}

func (s *Cars) carIDs(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}

// Claimed lists cars that were claimed long ago.
func (s *Cars) Claimed(ctx context.Context, until time.Time, after string, limit int) ([]car.Car, error) {
	return s.list(ctx, selectCar+`WHERE c.claimed_at IS NOT NULL AND c.claimed_at <= ? AND c.id > ? ORDER BY c.id LIMIT ?`,
		until.UnixMilli(), after, limit)
}

// Listings streams what the search needs. It reads columns alone: decoding the documents
// of a large fleet would take longer than all the rest.
func (s *Cars) Listings(ctx context.Context, since time.Time, each func(car.Listing)) error {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT c.id, c.plate, c.model, c.pricing_plan_id, c.state, c.lock, c.version, `+lastColumns+`
		FROM cars c LEFT JOIN readings r ON r.car_id = c.id WHERE max(c.changed_at, coalesce(r.received_at, 0)) >= ?`, sqlitex.Millis(since))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l car.Listing
		var last lastReading
		columns := []any{&l.ID, &l.Plate, &l.Model, &l.PricingPlanID, &l.State, &l.Lock, &l.Version}
		if err := rows.Scan(append(columns, last.columns()...)...); err != nil {
			return err
		}
		if r := last.reading(l.ID); r != nil {
			l.Seen = r.Sighting()
		}
		each(l)
	}
	return rows.Err()
}
