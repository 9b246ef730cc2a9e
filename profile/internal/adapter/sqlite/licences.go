// Package sqlite keeps licences in the embedded store: a document each, with the columns
// that queries need beside it.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"freecar/internal/events"
	"freecar/internal/events/outbox"
	"freecar/internal/sqlitex"
	"freecar/profile"
)

//go:embed migrations
var migrations embed.FS

// Encode writes what is published of a change.
type Encode func(context.Context, profile.Licence, profile.Change) (events.Event, error)

// Licences is the repository.
type Licences struct {
	db     *sqlitex.DB
	outbox *outbox.Outbox
	encode Encode
}

var _ profile.Repository = (*Licences)(nil)

// NewLicences opens or creates the file.
func NewLicences(ctx context.Context, path string, encode Encode) (*Licences, error) {
	db, o, err := outbox.Open(ctx, path, sqlitex.Full, migrations)
	if err != nil {
		return nil, err
	}
	return &Licences{db: db, outbox: o, encode: encode}, nil
}

// Outbox is where the changes wait for the relay.
func (r *Licences) Outbox() *outbox.Outbox { return r.outbox }

// Close closes the file.
func (r *Licences) Close() error { return r.db.Close() }

// Licence finds an account's licence.
func (r *Licences) Licence(ctx context.Context, account string) (profile.Licence, error) {
	return scan(r.db.Reader().QueryRowContext(ctx, `SELECT doc FROM licences WHERE account = ?`, account))
}

// Licences lists submitted licences.
func (r *Licences) Licences(ctx context.Context, f profile.Filter) (profile.Page, error) {
	after, err := parseCursor(f.Cursor)
	if err != nil {
		return profile.Page{}, err
	}
	rows, err := r.page(ctx, f, after)
	if err != nil {
		return profile.Page{}, err
	}
	defer rows.Close()
	var page profile.Page
	for rows.Next() {
		l, err := scan(rows)
		if err != nil {
			return profile.Page{}, err
		}
		if len(page.Licences) == f.Limit {
			page.Next = cursorOf(page.Licences[f.Limit-1]).String()
			break
		}
		page.Licences = append(page.Licences, l)
	}
	return page, rows.Err()
}

// page asks for one row more than fits, to know whether another page follows.
func (r *Licences) page(ctx context.Context, f profile.Filter, after cursor) (*sql.Rows, error) {
	if f.Status == "" {
		return r.db.Reader().QueryContext(ctx, `SELECT doc FROM licences
			WHERE submitted_at IS NOT NULL AND (submitted_at, account) < (?, ?)
			ORDER BY submitted_at DESC, account DESC LIMIT ?`, after.submittedMS, after.account, f.Limit+1)
	}
	return r.db.Reader().QueryContext(ctx, `SELECT doc FROM licences
		WHERE status = ? AND submitted_at IS NOT NULL AND (submitted_at, account) < (?, ?)
		ORDER BY submitted_at DESC, account DESC LIMIT ?`, string(f.Status), after.submittedMS, after.account, f.Limit+1)
}

// Update changes a licence.
func (r *Licences) Update(ctx context.Context, account string, change func(*profile.Licence) error) (profile.Licence, error) {
	var saved profile.Licence
	err := r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		l, err := scan(tx.QueryRow(`SELECT doc FROM licences WHERE account = ?`, account))
		if errors.Is(err, profile.ErrNotSubmitted) {
			l, err = profile.New(account), nil
		}
		if err != nil {
			return err
		}
		if err := change(&l); err != nil {
			return err
		}
		saved = l
		return r.save(ctx, tx, l)
	})
	if err != nil {
		return profile.Licence{}, err
	}
	saved.Saved()
	return saved, nil
}

func (r *Licences) save(ctx context.Context, tx *sqlitex.Tx, l profile.Licence) error {
	change, changed := l.Recorded()
	if !changed {
		return nil
	}
	if err := keep(tx, change); err != nil {
		return err
	}
	doc, err := encodeLicence(l)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO licences (account, status, submitted_at, number_key, doc) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account) DO UPDATE SET status = excluded.status, submitted_at = excluded.submitted_at,
			number_key = excluded.number_key, doc = excluded.doc`,
		l.Account, string(l.Status), sqlitex.NullMillis(l.SubmittedAt), claim(l), doc)
	if sqlitex.Duplicate(err) { // the account's own row is no duplicate, so it is the number
		return profile.ErrNumberTaken
	}
	if err != nil {
		return err
	}
	if err := enqueue(tx, l, change.At); err != nil {
		return err
	}
	e, err := r.encode(ctx, l, change)
	if err != nil {
		return err
	}
	return r.outbox.Append(tx, e)
}

// claim is the number that no other account may have: NULL until it is verified.
func claim(l profile.Licence) any {
	if l.Status != profile.Verified {
		return nil
	}
	return l.NumberKey()
}

// Holder finds who is verified with a number.
func (r *Licences) Holder(ctx context.Context, numberKey string) (string, error) {
	var account string
	err := r.db.Reader().QueryRowContext(ctx, `SELECT account FROM licences WHERE number_key = ?`, numberKey).Scan(&account)
	if errors.Is(err, sql.ErrNoRows) {
		return "", profile.ErrNotSubmitted
	}
	return account, err
}

func scan(row interface{ Scan(...any) error }) (profile.Licence, error) {
	var doc []byte
	switch err := row.Scan(&doc); {
	case errors.Is(err, sql.ErrNoRows):
		return profile.Licence{}, profile.ErrNotSubmitted
	case err != nil:
		return profile.Licence{}, err
	}
	return decodeLicence(doc)
}
