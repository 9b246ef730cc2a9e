package sqlite

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// Audits is the table of audit records.
type Audits struct{ *Store }

var _ user.Audits = Audits{}

// Record saves a record once.
func (s Audits) Record(ctx context.Context, r user.AuditRecord) error {
	detail, err := json.Marshal(r.Detail, json.Deterministic(true))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit (id, at, actor, action, subject, trace, detail) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			r.ID, r.At.UnixMilli(), r.Actor, r.Action, r.Subject, r.Trace, string(detail))
		return err
	})
}

// Records lists by time and then id, descending.
func (s Audits) Records(ctx context.Context, f user.AuditFilter) (user.Page[user.AuditRecord], error) {
	var page user.Page[user.AuditRecord]
	after, err := parseAuditCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	query, args := auditQuery(f, after)
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return page, err
	}
	page.Items, err = collect(rows, scanAudit)
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		last := page.Items[f.Limit-1]
		page.Next = auditCursor{last.At.UnixMilli(), last.ID}.String()
	}
	return page, err
}

// auditQuery has one text for each set of fields that choose, so that each finds its index.
func auditQuery(f user.AuditFilter, before auditCursor) (query string, args []any) {
	from := int64(math.MinInt64)
	if !f.From.IsZero() {
		from = f.From.UnixMilli()
	}
	if !f.To.IsZero() && f.To.UnixMilli() < before.at {
		before = auditCursor{at: f.To.UnixMilli()} // and no id is less than none
	}
	query = `SELECT id, at, actor, action, subject, trace, detail FROM audit WHERE (at, id) < (?, ?) AND at >= ?`
	args = []any{before.at, before.id, from}
	for _, by := range []struct{ column, value string }{{"actor", f.Actor}, {"subject", f.Subject}, {"action", f.Action}} {
		if by.value != "" {
			query += ` AND ` + by.column + ` = ?`
			args = append(args, by.value)
		}
	}
	return query + ` ORDER BY at DESC, id DESC LIMIT ?`, append(args, f.Limit+1)
}

func scanAudit(row scanner) (user.AuditRecord, error) {
	var (
		r      user.AuditRecord
		at     int64
		detail string
	)
	if err := row.Scan(&r.ID, &at, &r.Actor, &r.Action, &r.Subject, &r.Trace, &detail); err != nil {
		return user.AuditRecord{}, err
	}
	r.At = fromMillis(at)
	return r, json.Unmarshal([]byte(detail), &r.Detail)
}

// auditCursor is the last record of a page.
type auditCursor struct {
	at int64
	id string
}

func (c auditCursor) String() string { return strconv.FormatInt(c.at, 36) + "." + c.id }

// parseAuditCursor reads a cursor; an empty one is before the first record.
func parseAuditCursor(s string) (auditCursor, error) {
	if s == "" {
		return auditCursor{at: math.MaxInt64}, nil
	}
	text, id, ok := strings.Cut(s, ".")
	at, err := strconv.ParseInt(text, 36, 64)
	if !ok || err != nil || id == "" {
		return auditCursor{}, errCursor
	}
	return auditCursor{at, id}, nil
}
