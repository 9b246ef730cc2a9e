// Package sqlite keeps cars in the embedded store: a document each, with the columns
// that queries need beside it, and the latest reading in a row of its own.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
)

//go:embed migrations
var migrations embed.FS

// Encoder writes what is published of a change.
type Encoder func(context.Context, car.Event) (events.Event, error)

// Cars is the repository.
type Cars struct {
	db     *sqlitex.DB
	outbox *outbox.Outbox
	event  Encoder
	clock  clock.Clock
}

var _ car.Repository = (*Cars)(nil)

// NewCars opens or creates the file. A claim survives a power cut: a car that somebody
// drives must not come back as free.
func NewCars(ctx context.Context, path string, event Encoder, c clock.Clock) (*Cars, error) {
	db, o, err := outbox.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Cars{db: db, outbox: o, event: event, clock: c}, nil
}

// Outbox is where the changes wait for the relay.
func (s *Cars) Outbox() *outbox.Outbox { return s.outbox }

// Close closes the file.
func (s *Cars) Close() error { return s.db.Close() }

// selectCar is the document with the latest reading, for scanCar.
const selectCar = `SELECT c.doc, ` + lastColumns + ` FROM cars c LEFT JOIN readings r ON r.car_id = c.id `

type scanner interface{ Scan(...any) error }

func scanCar(rows scanner) (car.Car, error) {
	var doc []byte
	var last lastReading
	if err := rows.Scan(append([]any{&doc}, last.columns()...)...); err != nil {
		return car.Car{}, err
	}
	c, err := decode(doc)
	c.Last = last.reading(c.ID)
	return c, err
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return car.ErrMissing
	}
	return err
}

// Car finds a car.
func (s *Cars) Car(ctx context.Context, id string) (car.Car, error) {
	c, err := scanCar(s.db.Reader().QueryRowContext(ctx, selectCar+`WHERE c.id = ?`, id))
	return c, missing(err)
}

func (s *Cars) list(ctx context.Context, query string, args ...any) ([]car.Car, error) {
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var cars []car.Car
	for rows.Next() {
		c, err := scanCar(rows)
		if err != nil {
			return nil, err
		}
		cars = append(cars, c)
	}
	return cars, rows.Err()
}

// Create saves a new car.
func (s *Cars) Create(ctx context.Context, c car.Car, k idem.Key) (saved car.Car, replayed bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		saved, replayed, err = s.replay(tx, k)
		if err != nil || replayed {
			return err
		}
		saved = c.Clone()
		return s.create(ctx, tx, c, k)
	})
	return saved, replayed, err
}

func (s *Cars) create(ctx context.Context, tx *sqlitex.Tx, c car.Car, k idem.Key) error {
	doc, err := encode(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO cars (id, plate, model, pricing_plan_id, state, lock, device_id, deadline, claimed_at, changed_at, version, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.Plate, c.Model, c.PricingPlanID, string(c.State), string(c.Lock), nullText(c.DeviceID), sqlitex.NullMillis(c.Deadline()), sqlitex.NullMillis(claimedAt(c)),
		c.ChangedAt.UnixMilli(), c.Version, doc)
	if sqlitex.Duplicate(err) {
		return car.ErrPlateExists
	}
	if err != nil {
		return err
	}
	if c.Last != nil {
		if err := saveReading(tx, *c.Last); err != nil {
			return err
		}
	}
	if err := s.append(ctx, tx, c); err != nil {
		return err
	}
	return s.recordKey(tx, c, k)
}

func (s *Cars) append(ctx context.Context, tx *sqlitex.Tx, c car.Car) error {
	recorded, ok := c.Recorded()
	if !ok {
		return nil
	}
	e, err := s.event(ctx, recorded)
	if err != nil {
		return err
	}
	return s.outbox.Append(tx, e)
}
