package sqlitex

import (
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"freecar/internal/errs"
)

// explained gives an error of a write its kind that is the disk's doing: nobody's request is
// wrong, and with room again it works.
func explained(err error) error {
	if !ofDisk(err) || errors.Is(err, undecided) {
		return err
	}
	return errs.E(errs.Unavailable, "storage_unavailable", "Nothing can be saved just now; try again shortly.").After(retryAfter).Because(err)
}

// unreadable is explained for a query.
func unreadable(err error) error {
	if !ofDisk(err) {
		return err
	}
	return errs.E(errs.Unavailable, "storage_unavailable", "Nothing can be read just now; try again shortly.").After(retryAfter).Because(err)
}

// undecided is a write that may have been saved: Unavailable would say that it was not.
var undecided = errs.E(errs.Timeout, "timeout", "It may have been saved or not: look whether it was done before you try again.")

// uncommitted explains a commit that failed. A disk that is full has not taken it. One that
// fails otherwise (an fsync, say) may have: it can be in the log, and be found there when the
// file is opened again.
func uncommitted(err error) error {
	if code(err) == sqlite3.SQLITE_IOERR {
		return undecided.Because(err)
	}
	return err
}

// ofDisk says that err is the disk's doing.
func ofDisk(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

// code is SQLite's primary one of an error, 0 for one that is not SQLite's: what lies above
// says more, and is in the log.
func code(err error) int {
	const primary = 0xff
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return 0
	}
	return e.Code() & primary
}

// retryAfter is when a disk may have room again.
const retryAfter = 5 * time.Second
