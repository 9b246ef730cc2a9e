// Package sqlite keeps the rows of objects in the embedded store.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"freecar/blob"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
)

//go:embed migrations
var migrations embed.FS

// Encode writes what is published of a change.
type Encode func(context.Context, blob.Object, blob.Change) (events.Event, error)

// Objects is the repository.
type Objects struct {
	db     *sqlitex.DB
	outbox *outbox.Outbox
	encode Encode
}

var _ blob.Repository = (*Objects)(nil)

// NewObjects opens or creates the file. It is kept with full durability: bytes without a
// row would never be found again.
func NewObjects(ctx context.Context, path string, encode Encode) (*Objects, error) {
	db, o, err := outbox.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Objects{db: db, outbox: o, encode: encode}, nil
}

// Outbox is where the changes wait for the relay.
func (r *Objects) Outbox() *outbox.Outbox { return r.outbox }

// Close closes the file.
func (r *Objects) Close() error { return r.db.Close() }

// Create saves a new object.
func (r *Objects) Create(ctx context.Context, o blob.Object) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if err := admit(tx, o.Owner); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO objects (id, owner, purpose, content_type, max_size, size, state, created_at, upload_before, stored_at, next_at, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			o.ID, o.Owner, string(o.Purpose), o.ContentType, o.MaxSize, o.Size, string(o.State),
			o.CreatedAt.UnixMilli(), o.UploadBefore.UnixMilli(), sqlitex.NullMillis(o.StoredAt), sqlitex.NullMillis(o.NextAt), o.Version)
		if sqlitex.Duplicate(err) {
			return errs.E(errs.Conflict, "object_exists", "This id has an object.")
		}
		if err != nil {
			return err
		}
		return r.append(ctx, tx, o)
	})
}

// Object finds an object.
func (r *Objects) Object(ctx context.Context, id string) (blob.Object, error) {
	return scan(r.db.Reader().QueryRowContext(ctx, `SELECT id, owner, purpose, content_type, max_size, size, state,
		created_at, upload_before, stored_at, next_at, version FROM objects WHERE id = ?`, id))
}

// Update changes an object.
func (r *Objects) Update(ctx context.Context, id string, change func(*blob.Object) error) (blob.Object, error) {
	var saved blob.Object
	err := r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		o, err := scan(tx.QueryRow(`SELECT id, owner, purpose, content_type, max_size, size, state,
			created_at, upload_before, stored_at, next_at, version FROM objects WHERE id = ?`, id))
		if err != nil {
			return err
		}
		if err := change(&o); err != nil {
			return err
		}
		saved = o
		return r.save(ctx, tx, o)
	})
	if err != nil {
		return blob.Object{}, err
	}
	saved.Saved()
	return saved, nil
}

// save writes what can change of an object.
func (r *Objects) save(ctx context.Context, tx *sqlitex.Tx, o blob.Object) error {
	if _, changed := o.Recorded(); !changed {
		return nil
	}
	if o.State != blob.Deleted {
		if err := admit(tx, o.Owner); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE objects SET size = ?, state = ?, stored_at = ?, next_at = ?, version = ? WHERE id = ?`,
		o.Size, string(o.State), sqlitex.NullMillis(o.StoredAt), sqlitex.NullMillis(o.NextAt), o.Version, o.ID); err != nil {
		return err
	}
	return r.append(ctx, tx, o)
}

func (r *Objects) append(ctx context.Context, tx *sqlitex.Tx, o blob.Object) error {
	change, _ := o.Recorded()
	e, err := r.encode(ctx, o, change)
	if err != nil {
		return err
	}
	return r.outbox.Append(tx, e)
}

// admit refuses an account that is erased.
func admit(tx *sqlitex.Tx, account string) error {
	var erased bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erased WHERE owner = ?)`, account).Scan(&erased)
	if err == nil && erased {
		return blob.ErrErased
	}
	return err
}

// Refuse has an account get no more objects.
func (r *Objects) Refuse(ctx context.Context, account string) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT OR IGNORE INTO erased (owner) VALUES (?)`, account)
		return err
	})
}

// Due lists what the sweep has to look after.
func (r *Objects) Due(ctx context.Context, now time.Time, after string, limit int) ([]blob.Object, error) {
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT id, owner, purpose, content_type, max_size, size, state,
		created_at, upload_before, stored_at, next_at, version FROM objects
		WHERE next_at <= ? AND id > ? ORDER BY id LIMIT ?`, now.UnixMilli(), after, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows)
}

// OwnedBy lists what an account has.
func (r *Objects) OwnedBy(ctx context.Context, account, after string, limit int) ([]blob.Object, error) {
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT id, owner, purpose, content_type, max_size, size, state,
		created_at, upload_before, stored_at, next_at, version FROM objects
		WHERE owner = ? AND id > ? AND state <> ? ORDER BY id LIMIT ?`, account, after, string(blob.Deleted), limit)
	if err != nil {
		return nil, err
	}
	return collect(rows)
}

func collect(rows *sql.Rows) (list []blob.Object, err error) {
	defer rows.Close()
	for rows.Next() {
		o, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// Forget removes the row of a deleted object.
func (r *Objects) Forget(ctx context.Context, id string) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`DELETE FROM objects WHERE id = ? AND state = ?`, id, string(blob.Deleted))
		return err
	})
}

func scan(row interface{ Scan(...any) error }) (blob.Object, error) {
	var (
		o              blob.Object
		created, until int64
		stored, next   sql.NullInt64
	)
	err := row.Scan(&o.ID, &o.Owner, &o.Purpose, &o.ContentType, &o.MaxSize, &o.Size, &o.State, &created, &until, &stored, &next, &o.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return blob.Object{}, blob.ErrNoObject
	}
	o.CreatedAt, o.UploadBefore = fromMS(created), fromMS(until)
	o.StoredAt, o.NextAt = sqlitex.FromNullMillis(stored), sqlitex.FromNullMillis(next)
	return o, err
}

func fromMS(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
