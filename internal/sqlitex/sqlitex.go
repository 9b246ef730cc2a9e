// Package sqlitex opens the embedded store: SQLite in WAL mode with one writer, which
// commits in groups, and several readers.
package sqlitex

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"freecar/internal/crash"
)

// Durability is what a power cut may cost. A killed process never loses a commit.
type Durability string

const (
	// Full: nothing that was committed is lost (fsync at each group of commits).
	Full Durability = "FULL"
	// Normal: the last commits may be lost, the file stays whole.
	Normal Durability = "NORMAL"
)

const (
	readers     = 4
	busyTimeout = 10_000 // milliseconds; another process may hold the writer's lock
	cacheKiB    = 2_048  // page cache of a connection
	// checkpointPages is how far the log grows (4 KiB each) before it is moved into the
	// file: a page that changes often is moved once.
	checkpointPages = 4_000

	groupAtMost  = 128   // writes in one commit
	queuedAtMost = 1_024 // writes waiting for the writer
)

// DB is one file.
type DB struct {
	read   *Reader
	write  *sql.DB
	writer *writer
}

// Open opens or creates the file and brings its schema up to date: files holds goose
// files in its folder migrations (migrations/00001_name.sql). Processes that open it at
// once wait for one another.
func Open(ctx context.Context, path string, durability Durability, files fs.FS) (*DB, error) {
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	write, err := open(path, durability, false)
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := alone(ctx, filepath.Dir(path), func() error { return migrate(ctx, write, files) }); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitex: migrate %s: %w", filepath.Base(path), err), write.Close())
	}
	read, err := open(path, durability, true)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	w, err := newWriter(ctx, write)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	return &DB{read: newReader(read), write: write, writer: w}, nil
}

// makePrivate makes the file, or an older one, its owner's alone, whoever may enter its
// folder. The log and the index beside it get the file's mode from SQLite.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("sqlitex: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// Close waits for the writes under way and closes the file.
func (db *DB) Close() error {
	return errors.Join(db.writer.close(), db.read.close(), db.write.Close())
}

// Reader is the connection pool for queries; it cannot write.
func (db *DB) Reader() *Reader { return db.read }

// Write runs do in a transaction of its own. All of it is saved when Write returns nil,
// nothing of it otherwise. Writes that come together share one commit, and its fsync;
// each still fails alone. do must not call Write, must not keep tx, and must be fit to
// run a second time: a write of the same group that fails halfway undoes all of them.
//
// Errors: Unavailable when the disk is full or broken, Timeout when it broke in the commit
// (then all of it or nothing may be saved), and what do returns.
//
// Once do has begun it is not interrupted: ctx only bounds the wait before it.
func (db *DB) Write(ctx context.Context, do func(tx *Tx) error) error {
	crash.Here("saving")
	err := db.writer.run(ctx, do)
	if err == nil {
		crash.Here("saved")
	}
	return explained(err)
}

func open(path string, durability Durability, readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout))
	q.Add("_pragma", "foreign_keys(1)")
	q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", cacheKiB))
	q.Set("_txlock", "immediate")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		// What is deleted or overwritten is gone from the file, too: an erased person must
		// not be found in its free pages.
		q.Add("_pragma", "secure_delete(1)")
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", fmt.Sprintf("synchronous(%s)", durability))
		q.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages))
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
}

func migrate(ctx context.Context, db *sql.DB, files fs.FS) error {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations, goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Busy says that err is a wait in vain for a file that another process keeps to itself: the
// same may succeed when that one goes on.
func Busy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Duplicate says that err is the violation of a primary key or unique index.
func Duplicate(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
