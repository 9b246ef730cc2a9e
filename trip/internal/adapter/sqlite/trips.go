// Package sqlite keeps trips in the embedded store: a document each, with the columns
// that queries need beside it.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

//go:embed migrations
var migrations embed.FS

// Trips is the repository.
type Trips struct {
	db     *sqlitex.DB
	outbox *outbox.Outbox
	event  func(context.Context, trip.Trip, trip.Change) (events.Event, error)
}

var _ trip.Repository = (*Trips)(nil)

// NewTrips opens or creates the file. event writes what is published of a change.
func NewTrips(ctx context.Context, path string, event func(context.Context, trip.Trip, trip.Change) (events.Event, error)) (*Trips, error) {
	db, o, err := outbox.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Trips{db: db, outbox: o, event: event}, nil
}

// Outbox is where the changes wait for the relay.
func (r *Trips) Outbox() *outbox.Outbox { return r.outbox }

// Close closes the file.
func (r *Trips) Close() error { return r.db.Close() }

// Create saves a new trip and its key.
func (r *Trips) Create(ctx context.Context, t trip.Trip) error {
	doc, err := encode(t)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if err := recordKey(tx, t.Key, t.ID, t.CreatedAt); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO trips (id, account, car, rental_slot, state, accepted, created_at, next_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			t.ID, t.Account, t.Car.ID, t.Slot(), string(t.State), t.Accepted, t.CreatedAt.UnixMilli(), sqlitex.NullMillis(t.NextAt), doc)
		if sqlitex.Duplicate(err) {
			return trip.ErrAccountBusy
		}
		if err != nil {
			return err
		}
		return r.append(ctx, tx, t)
	})
}

// Trip finds a trip.
func (r *Trips) Trip(ctx context.Context, id string) (trip.Trip, error) {
	return scan(r.db.Reader().QueryRowContext(ctx, `SELECT serial, doc FROM trips WHERE id = ?`, id))
}

// Current finds the account's live trip.
func (r *Trips) Current(ctx context.Context, account string) (trip.Trip, error) {
	return scan(r.db.Reader().QueryRowContext(ctx, `SELECT serial, doc FROM trips WHERE rental_slot = ?`, account))
}

// LastLapse is when the account's last rental of a car came to nothing.
func (r *Trips) LastLapse(ctx context.Context, account, carID string) (time.Time, error) {
	var last sql.NullInt64
	err := r.db.Reader().QueryRowContext(ctx, `SELECT max(lapsed_at) FROM trips WHERE account = ? AND car = ? AND lapsed_at IS NOT NULL`, account, carID).Scan(&last)
	return sqlitex.FromNullMillis(last), err
}

// Trips lists trips.
func (r *Trips) Trips(ctx context.Context, f trip.Filter) (trip.Page, error) {
	before, err := r.before(ctx, f.Account, f.Cursor)
	if err != nil {
		return trip.Page{}, err
	}
	query, of := listed(f)
	rows, err := r.db.Reader().QueryContext(ctx, query, of, before, string(f.State), string(f.State), f.CarID, f.CarID, f.Account, f.Account, f.Limit+1)
	if err != nil {
		return trip.Page{}, err
	}
	defer rows.Close()
	var page trip.Page
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return trip.Page{}, err
		}
		if len(page.Trips) == f.Limit {
			page.Next = page.Trips[f.Limit-1].ID
			break
		}
		page.Trips = append(page.Trips, t)
	}
	return page, rows.Err()
}

// listed is the query for a page: each by its own index, the rest are filters.
func listed(f trip.Filter) (query string, of any) {
	const (
		page      = `SELECT serial, doc FROM trips WHERE accepted = 1 AND `
		rest      = ` AND serial < ? AND (? = '' OR state = ?) AND (? = '' OR car = ?) AND (? = '' OR account = ?) ORDER BY serial DESC LIMIT ?`
		ofAccount = page + `account = ?` + rest
		ofCar     = page + `car = ?` + rest
		ofAll     = page + `? = ''` + rest
		due       = page + `next_at <= ?` + rest
	)
	switch {
	case !f.DueBy.IsZero():
		return due, f.DueBy.UnixMilli()
	case f.Account != "":
		return ofAccount, f.Account
	case f.CarID != "":
		return ofCar, f.CarID
	}
	return ofAll, ""
}

// Update changes a trip.
func (r *Trips) Update(ctx context.Context, id string, change func(*trip.Trip) error) (trip.Trip, error) {
	var saved trip.Trip
	err := r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		t, err := scan(tx.QueryRow(`SELECT serial, doc FROM trips WHERE id = ?`, id))
		if err != nil {
			return err
		}
		before := t
		if err := change(&t); err != nil {
			return err
		}
		saved = t
		return r.save(ctx, tx, before, t)
	})
	if err != nil {
		return trip.Trip{}, err
	}
	saved.Saved()
	return saved, nil
}

func (r *Trips) save(ctx context.Context, tx *sqlitex.Tx, before, t trip.Trip) error {
	if len(t.Changes()) == 0 {
		return nil
	}
	doc, err := encode(t)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE trips SET rental_slot = ?, state = ?, accepted = ?, next_at = ?, lapsed_at = ?, doc = ? WHERE id = ?`,
		t.Slot(), string(t.State), t.Accepted, sqlitex.NullMillis(t.NextAt), sqlitex.NullMillis(t.LapsedAt()), doc, t.ID); err != nil {
		return err
	}
	if err := settleKeys(tx, before, t, doc); err != nil {
		return err
	}
	return r.append(ctx, tx, t)
}

func (r *Trips) append(ctx context.Context, tx *sqlitex.Tx, t trip.Trip) error {
	for _, c := range t.Changes() {
		e, err := r.event(ctx, t, c)
		if err != nil {
			return err
		}
		if err := r.outbox.Append(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// Due lists what recovery has to look after.
func (r *Trips) Due(ctx context.Context, now time.Time, after trip.Due, limit int) ([]trip.Due, error) {
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT id, next_at FROM trips WHERE next_at <= ? AND (next_at, id) > (?, ?) ORDER BY next_at, id LIMIT ?`,
		now.UnixMilli(), sqlitex.Millis(after.At), after.ID, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var due []trip.Due
	for rows.Next() {
		var id string
		var at int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, err
		}
		due = append(due, trip.Due{ID: id, At: sqlitex.FromMillis(at)})
	}
	return due, rows.Err()
}

// CountLive counts what goes on: an index knows that alone, however many are over.
func (r *Trips) CountLive(ctx context.Context) (map[trip.State]int, error) {
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT state, count(*) FROM trips WHERE state NOT IN ('finished', 'cancelled') GROUP BY state`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	live := map[trip.State]int{}
	for rows.Next() {
		var state trip.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		live[state] = n
	}
	return live, rows.Err()
}

// CountDue counts what recovery has to look after.
func (r *Trips) CountDue(ctx context.Context, now time.Time) (n int, err error) {
	err = r.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM trips WHERE next_at <= ?`, now.UnixMilli()).Scan(&n)
	return n, err
}

func scan(row interface{ Scan(...any) error }) (trip.Trip, error) {
	var serial int64
	var doc []byte
	if err := row.Scan(&serial, &doc); err != nil {
		return trip.Trip{}, missing(err)
	}
	return decode(doc, serial)
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errs.Missing("trip")
	}
	return err
}
