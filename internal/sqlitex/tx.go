package sqlitex

import (
	"context"
	"database/sql"
	"errors"
)

// Tx is a transaction under way. Statements are prepared once and kept, so their text
// must be a constant.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	after []func()
}

func newTx(conn *sql.Conn) *Tx { return &Tx{conn: conn, stmts: map[string]*sql.Stmt{}} }

// AfterCommit calls f once the transaction is saved, and never if it is not. f is short:
// the writer waits for it.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Exec runs a statement and says how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (changed int64, err error) {
	stmt, err := tx.prepared(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a query; the caller closes the rows before the next statement.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.prepared(query)
	if err != nil {
		return nil, err
	}
	return stmt.Query(args...)
}

// QueryRow runs a query for one row; Scan gives sql.ErrNoRows when there is none.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	stmt, err := tx.prepared(query)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: stmt.QueryRow(args...)}
}

// Row is one row or the reason why there is none.
type Row struct {
	row *sql.Row
	err error
}

// Scan reads the columns.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(dest...)
}

func (tx *Tx) prepared(query string) (*sql.Stmt, error) {
	if stmt, ok := tx.stmts[query]; ok {
		return stmt, nil
	}
	// Background: a context that ends must not interrupt a group of writes.
	stmt, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	tx.stmts[query] = stmt
	return stmt, nil
}

func (tx *Tx) control(statement string) error {
	_, err := tx.Exec(statement)
	return err
}

func (tx *Tx) close() error {
	var errs []error
	for _, stmt := range tx.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}
