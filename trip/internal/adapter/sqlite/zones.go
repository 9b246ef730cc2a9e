package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/go-json-experiment/json"

	"freecar/internal/events"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// Zones is the one row of the set of zones.
type Zones struct {
	trips *Trips
	event func(context.Context, trip.Zones) (events.Event, error)
}

var _ trip.ZoneStore = (*Zones)(nil)

// NewZones keeps the zones in the file of the trips. event writes what is published of a
// new set.
func NewZones(trips *Trips, event func(context.Context, trip.Zones) (events.Event, error)) *Zones {
	return &Zones{trips: trips, event: event}
}

const allZones = `SELECT version, doc FROM zones WHERE one = 1`

// Zones is the set.
func (s *Zones) Zones(ctx context.Context) (trip.Zones, error) {
	return scanZones(s.trips.db.Reader().QueryRowContext(ctx, allZones))
}

// Version is that of the set.
func (s *Zones) Version(ctx context.Context) (version int64, err error) {
	err = s.trips.db.Reader().QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM zones`).Scan(&version)
	return version, err
}

// Replace saves another set.
func (s *Zones) Replace(ctx context.Context, change func(trip.Zones) (trip.Zones, error)) (saved trip.Zones, err error) {
	err = s.trips.db.Write(ctx, func(tx *sqlitex.Tx) error {
		current, err := scanZones(tx.QueryRow(allZones))
		if err != nil {
			return err
		}
		if saved, err = change(current); err != nil || saved.Version <= current.Version {
			return err
		}
		return s.save(ctx, tx, saved)
	})
	if err != nil {
		return trip.Zones{}, err
	}
	return saved, nil
}

func (s *Zones) save(ctx context.Context, tx *sqlitex.Tx, z trip.Zones) error {
	doc, err := json.Marshal(toZonesDoc(z))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT OR REPLACE INTO zones (one, version, doc) VALUES (1, ?, ?)`, z.Version, doc); err != nil {
		return err
	}
	e, err := s.event(ctx, z)
	if err != nil {
		return err
	}
	return s.trips.outbox.Append(tx, e)
}

func scanZones(row scanner) (trip.Zones, error) {
	var version int64
	var doc []byte
	err := row.Scan(&version, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return trip.Zones{}, nil
	}
	if err != nil {
		return trip.Zones{}, err
	}
	var d zonesDoc
	err = json.Unmarshal(doc, &d)
	return fromZonesDoc(d, version), err
}

// zonesDoc is the document of the set.
type zonesDoc struct {
	At    int64     `json:"at"`
	Zones []zoneDoc `json:"zones"`
}

type zoneDoc struct {
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	RideEndAllowed bool          `json:"ride_end_allowed"`
	Single         bool          `json:"single,omitzero"`
	Parts          [][]trip.Ring `json:"parts"`
}

func toZonesDoc(z trip.Zones) zonesDoc {
	d := zonesDoc{At: sqlitex.Millis(z.At)}
	for _, zone := range z.Zones {
		d.Zones = append(d.Zones, zoneDoc(zone.Outline()))
	}
	return d
}

func fromZonesDoc(d zonesDoc, version int64) trip.Zones {
	z := trip.Zones{Version: version, At: sqlitex.FromMillis(d.At)}
	for _, zone := range d.Zones {
		z.Zones = append(z.Zones, trip.RestoreZone(trip.Outline(zone)))
	}
	return z
}
