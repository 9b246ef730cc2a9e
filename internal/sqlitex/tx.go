package sqlitex

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Tx is a transaction under way. Statements are prepared once and kept, so their text
// must be a constant.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]statement
	after []func()
	// wrote says that a statement changed something since the writer reset it.
	wrote bool
}

type statement struct {
	*sql.Stmt
	// silent statements change more than they count: DDL, a write that returns rows.
	silent bool
}

func newTx(conn *sql.Conn) *Tx { return &Tx{conn: conn, stmts: map[string]statement{}} }

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
	changed, err = result.RowsAffected()
	tx.wrote = tx.wrote || stmt.silent || changed > 0
	return changed, err
}

// Query runs a query; the caller closes the rows before the next statement.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.prepared(query)
	if err != nil {
		return nil, err
	}
	tx.wrote = tx.wrote || stmt.silent
	return stmt.Query(args...)
}

// QueryRow runs a query for one row; Scan gives sql.ErrNoRows when there is none.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	stmt, err := tx.prepared(query)
	if err != nil {
		return Row{err: err}
	}
	tx.wrote = tx.wrote || stmt.silent
	return Row{row: stmt.QueryRow(args...)}
}

// Row is one row or the reason why there is none.
type Row struct {
	row *sql.Row
	err error
	// explain gives what goes wrong its kind; nil leaves it to who saves.
	explain func(error) error
}

// Scan reads the columns.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.row.Scan(dest...)
	if err != nil && r.explain != nil {
		return r.explain(err)
	}
	return err
}

func (tx *Tx) prepared(query string) (statement, error) {
	if stmt, ok := tx.stmts[query]; ok {
		return stmt, nil
	}
	// Background: a context that ends must not interrupt a group of writes.
	stmt, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return statement{}, err
	}
	prepared := statement{Stmt: stmt, silent: silent(query)}
	tx.stmts[query] = prepared
	return prepared, nil
}

// silent tells the statements whose count of changed rows does not tell what they did.
func silent(query string) bool {
	verb := strings.Fields(query)[0]
	switch strings.ToUpper(verb) {
	case "SELECT":
		return false
	case "INSERT", "UPDATE", "DELETE":
		return strings.Contains(strings.ToUpper(query), "RETURNING")
	}
	return true
}

func (tx *Tx) control(statement string) error {
	_, err := tx.Exec(statement)
	return err
}

// open says that the transaction is still there: SQLite may have rolled it back by itself
// with the statement that failed, and what came next would be saved piece by piece.
func (tx *Tx) open() bool {
	// No transaction begins within another: a plain error. Anything else (busy, I/O) says
	// that there was none.
	err, failed := errors.AsType[*sqlite.Error](tx.control("BEGIN IMMEDIATE"))
	return failed && err.Code() == sqlite3.SQLITE_ERROR
}

func (tx *Tx) close() error {
	var errs []error
	for _, stmt := range tx.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}
