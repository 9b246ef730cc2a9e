package sqlitex

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Reader is the pool of connections for queries; it cannot write. Statements are
// prepared once and kept, so their text must be a constant.
//
// ctx is looked at before a query and does not interrupt it: queries here are short, and
// the driver would pay a goroutine for each.
//
// Errors: Unavailable when the file cannot be read.
type Reader struct {
	db    *sql.DB
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt
}

func newReader(db *sql.DB) *Reader { return &Reader{db: db, stmts: map[string]*sql.Stmt{}} }

// QueryContext runs a query; the caller closes the rows.
func (r *Reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := r.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.Query(args...)
	return rows, unreadable(err)
}

// QueryRowContext runs a query for one row; Scan gives sql.ErrNoRows when there is none.
func (r *Reader) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	stmt, err := r.prepared(ctx, query)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: stmt.QueryRow(args...), explain: unreadable}
}

func (r *Reader) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.RLock()
	stmt := r.stmts[query]
	r.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stmt := r.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := r.db.Prepare(query)
	if err == nil {
		r.stmts[query] = stmt
	}
	return stmt, unreadable(err)
}

func (r *Reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failures []error
	for _, stmt := range r.stmts {
		failures = append(failures, stmt.Close())
	}
	return errors.Join(append(failures, r.db.Close())...)
}
