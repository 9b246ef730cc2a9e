package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/internal/photo"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// Issues is the repository of issues, in the file of the trips.
type Issues struct {
	*Trips
	event func(context.Context, trip.Issue, trip.Change) (events.Event, error)
}

var _ trip.Issues = (*Issues)(nil)

// NewIssues keeps issues beside trips. event writes what is published of a change.
func NewIssues(t *Trips, event func(context.Context, trip.Issue, trip.Change) (events.Event, error)) *Issues {
	return &Issues{Trips: t, event: event}
}

// Create saves a new issue. It frees the key of an older one that is too old to matter.
func (r *Issues) Create(ctx context.Context, i trip.Issue, key idem.Key, uploads []photo.Upload) error {
	doc, err := encodeIssue(i)
	if err != nil {
		return err
	}
	answer, err := encodeUploads(uploads)
	if err != nil {
		return err
	}
	if key.IsZero() {
		answer = nil
	}
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if err := admit(tx, i.Account); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE issues SET key = NULL, key_hash = NULL, uploads = NULL WHERE account = ? AND key = ? AND created_at < ?`,
			i.Account, key.Value, i.CreatedAt.Add(-idem.Keep).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO issues (id, trip, car, account, state, created_at, doc, key, key_hash, uploads) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			i.ID, i.TripID, i.CarID, i.Account, string(i.State), i.CreatedAt.UnixMilli(), doc, orNull(key.Value), orNull(key.BodyHash), answer)
		if sqlitex.Duplicate(err) {
			return trip.ErrDuplicateKey
		}
		if err != nil {
			return err
		}
		return r.append(ctx, tx, i)
	})
}

// admit refuses an account that is erased.
func admit(tx *sqlitex.Tx, account string) error {
	var erased bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erased WHERE account = ?)`, account).Scan(&erased)
	if err == nil && erased {
		return trip.ErrErased
	}
	return err
}

// Refuse has an account report nothing any more.
func (r *Issues) Refuse(ctx context.Context, account string) error {
	return r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT OR IGNORE INTO erased (account) VALUES (?)`, account)
		return err
	})
}

func (r *Issues) append(ctx context.Context, tx *sqlitex.Tx, i trip.Issue) error {
	change, _ := i.Recorded()
	e, err := r.event(ctx, i, change)
	if err != nil {
		return err
	}
	return r.outbox.Append(tx, e)
}

// ByKey finds what was kept under a key.
func (r *Issues) ByKey(ctx context.Context, key idem.Key, now time.Time) (trip.KeptReport, error) {
	var doc, uploads []byte
	err := r.db.Reader().QueryRowContext(ctx, `SELECT key_hash, doc, uploads FROM issues WHERE account = ? AND key = ? AND created_at >= ?`,
		key.Principal, key.Value, now.Add(-idem.Keep).UnixMilli()).Scan(&key.BodyHash, &doc, &uploads)
	if err != nil {
		return trip.KeptReport{}, missingIssue(err)
	}
	kept := trip.KeptReport{Key: key}
	if kept.Issue, err = decodeIssue(doc); err != nil {
		return trip.KeptReport{}, err
	}
	kept.Uploads, err = decodeUploads(uploads)
	return kept, err
}

// Issue finds an issue.
func (r *Issues) Issue(ctx context.Context, id string) (trip.Issue, error) {
	return scanIssue(r.db.Reader().QueryRowContext(ctx, `SELECT doc FROM issues WHERE id = ?`, id))
}

// Issues lists issues.
func (r *Issues) Issues(ctx context.Context, f trip.IssueFilter) (trip.IssuePage, error) {
	before, err := r.issuesBefore(ctx, f.Cursor)
	if err != nil {
		return trip.IssuePage{}, err
	}
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT doc FROM issues
		WHERE serial < ? AND (? = '' OR account = ?) AND (? = '' OR trip = ?) AND (? = '' OR car = ?) AND (? = '' OR state = ?)
		ORDER BY serial DESC LIMIT ?`,
		before, f.Account, f.Account, f.TripID, f.TripID, f.CarID, f.CarID, string(f.State), string(f.State), f.Limit+1)
	if err != nil {
		return trip.IssuePage{}, err
	}
	defer rows.Close()
	var page trip.IssuePage
	for rows.Next() {
		i, err := scanIssue(rows)
		if err != nil {
			return trip.IssuePage{}, err
		}
		if len(page.Issues) == f.Limit {
			page.Next = page.Issues[f.Limit-1].ID
			break
		}
		page.Issues = append(page.Issues, i)
	}
	return page, rows.Err()
}

// issuesBefore is the serial that a page ends above.
func (r *Issues) issuesBefore(ctx context.Context, cursor string) (serial int64, err error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	err = r.db.Reader().QueryRowContext(ctx, `SELECT serial FROM issues WHERE id = ?`, cursor).Scan(&serial)
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	return serial, err
}

// OfAccount is the ids of an account's issues.
func (r *Issues) OfAccount(ctx context.Context, account string) (ids []string, err error) {
	rows, err := r.db.Reader().QueryContext(ctx, `SELECT id FROM issues WHERE account = ?`, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Update changes an issue.
func (r *Issues) Update(ctx context.Context, id string, change func(*trip.Issue) error) (trip.Issue, error) {
	var saved trip.Issue
	err := r.db.Write(ctx, func(tx *sqlitex.Tx) error {
		i, err := scanIssue(tx.QueryRow(`SELECT doc FROM issues WHERE id = ?`, id))
		if err != nil {
			return err
		}
		if err := change(&i); err != nil {
			return err
		}
		saved = i
		return r.save(ctx, tx, i)
	})
	if err != nil {
		return trip.Issue{}, err
	}
	saved.Saved()
	return saved, nil
}

func (r *Issues) save(ctx context.Context, tx *sqlitex.Tx, i trip.Issue) error {
	if _, changed := i.Recorded(); !changed {
		return nil
	}
	doc, err := encodeIssue(i)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE issues SET state = ?, doc = ? WHERE id = ?`, string(i.State), doc, i.ID); err != nil {
		return err
	}
	if i.Erased() {
		if _, err := tx.Exec(`UPDATE issues SET key = NULL, key_hash = NULL, uploads = NULL WHERE id = ?`, i.ID); err != nil {
			return err
		}
	}
	if uploads := i.Renewed(); uploads != nil {
		answer, err := encodeUploads(uploads)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE issues SET uploads = ? WHERE id = ? AND key IS NOT NULL`, answer, i.ID); err != nil {
			return err
		}
	}
	return r.append(ctx, tx, i)
}

func scanIssue(row interface{ Scan(...any) error }) (trip.Issue, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return trip.Issue{}, missingIssue(err)
	}
	return decodeIssue(doc)
}

func missingIssue(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return trip.ErrNoIssue
	}
	return err
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
