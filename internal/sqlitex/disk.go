package sqlitex

import (
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"freecar/internal/errs"
)

// explained gives an error its kind that is the disk's doing: nobody's request is wrong,
// and with room again it works.
func explained(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	const primary = 0xff // what lies above says more, and is in the log
	switch e.Code() & primary {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return errs.E(errs.Unavailable, "storage_unavailable", "Nothing can be saved just now; try again shortly.").After(retryAfter).Because(err)
	}
	return err
}

// retryAfter is when a disk may have room again.
const retryAfter = 5 * time.Second
