// Package sqlite keeps the user service's data in one SQLite file.
package sqlite

import (
	"context"
	"embed"
	"time"

	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
	"freecar/user"
)

//go:embed migrations
var migrations embed.FS

// Encoder writes the event of a change: a snapshot of the aggregate after it. ctx is that
// of the request.
type Encoder interface {
	Account(ctx context.Context, c user.Change, a user.Account) (events.Event, error)
	Device(ctx context.Context, c user.Change, d user.Device) (events.Event, error)
	Hold(ctx context.Context, c user.Change, h user.Hold) (events.Event, error)
	TopUp(ctx context.Context, c user.Change, t user.TopUp) (events.Event, error)
	Adjustment(ctx context.Context, c user.Change, a user.Adjustment) (events.Event, error)
	Intervention(ctx context.Context, c user.Change, i user.Intervention) (events.Event, error)
}

// Store is the file.
type Store struct {
	db     *sqlitex.DB
	outbox *outbox.Outbox
	encode Encoder
}

// Open opens or creates the file. What was committed survives a power cut.
func Open(ctx context.Context, path string, encode Encoder) (*Store, error) {
	db, box, err := outbox.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Store{db: db, outbox: box, encode: encode}, nil
}

// Close waits for the writes under way and closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Outbox holds the events that were saved.
func (s *Store) Outbox() *outbox.Outbox { return s.outbox }

// scanner is a row to read.
type scanner interface{ Scan(dest ...any) error }

// nullable writes an empty text as NULL.
func nullable[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
