package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// Plans is the table of plans, a row each version.
type Plans struct {
	trips *Trips
	event func(context.Context, trip.Plan) (events.Event, error)
}

var _ trip.PlanStore = (*Plans)(nil)

// NewPlans keeps plans in the file of the trips. event writes what is published of a new
// version.
func NewPlans(trips *Trips, event func(context.Context, trip.Plan) (events.Event, error)) *Plans {
	return &Plans{trips: trips, event: event}
}

// Publish saves the next version of a plan.
func (s *Plans) Publish(ctx context.Context, id string, key idem.Key, now time.Time, next func(trip.Plan) (trip.Plan, error)) (p trip.Plan, replayed bool, err error) {
	err = s.trips.db.Write(ctx, func(tx *sqlitex.Tx) error {
		before, err := answerOf(tx, key, now)
		if replayed = before != nil; replayed || err != nil {
			if err == nil {
				p, err = decodePlan(before)
			}
			return err
		}
		latest, err := scanPlan(tx.QueryRow(latestPlan, id))
		if err != nil && !errors.Is(err, trip.ErrNoPlan) {
			return err
		}
		if p, err = next(latest); err != nil {
			return err
		}
		p.Version = latest.Version + 1
		return s.insert(ctx, tx, p, key, now)
	})
	if err != nil {
		return trip.Plan{}, false, err
	}
	return p, replayed, nil
}

func (s *Plans) insert(ctx context.Context, tx *sqlitex.Tx, p trip.Plan, key idem.Key, now time.Time) error {
	doc, err := json.Marshal(toPlanDoc(p))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO plans (id, version, doc) VALUES (?, ?, ?)`, p.ID, p.Version, doc); err != nil {
		return err
	}
	if err := keepAnswer(tx, key, doc, now); err != nil {
		return err
	}
	e, err := s.event(ctx, p)
	if err != nil {
		return err
	}
	return s.trips.outbox.Append(tx, e)
}

const latestPlan = `SELECT doc FROM plans WHERE id = ? ORDER BY version DESC LIMIT 1`

// Latest finds the latest version of a plan.
func (s *Plans) Latest(ctx context.Context, id string) (trip.Plan, error) {
	return scanPlan(s.trips.db.Reader().QueryRowContext(ctx, latestPlan, id))
}

// Plans lists the latest version of each.
func (s *Plans) Plans(ctx context.Context, after string, limit int) ([]trip.Plan, error) {
	rows, err := s.trips.db.Reader().QueryContext(ctx, `SELECT doc FROM plans p
		WHERE id > ? AND version = (SELECT max(version) FROM plans WHERE id = p.id) ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanPlan)
}

// Versions lists the versions of one.
func (s *Plans) Versions(ctx context.Context, id string, below int64, limit int) ([]trip.Plan, error) {
	if below == 0 {
		below = math.MaxInt64
	}
	rows, err := s.trips.db.Reader().QueryContext(ctx, `SELECT doc FROM plans WHERE id = ? AND version < ? ORDER BY version DESC LIMIT ?`, id, below, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanPlan)
}

func scanPlan(row scanner) (trip.Plan, error) {
	var doc []byte
	err := row.Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		err = trip.ErrNoPlan
	}
	if err != nil {
		return trip.Plan{}, err
	}
	return decodePlan(doc)
}

func decodePlan(doc []byte) (trip.Plan, error) {
	var d planDoc
	err := json.Unmarshal(doc, &d)
	return fromPlanDoc(d), err
}

// scanner is a row to read.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var items []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}
