package sqlite

import (
	"math"
	"strconv"

	"freecar/internal/errs"
)

// A cursor is the serial of the last trip of a page, in base 36.

func formatCursor(serial int64) string { return strconv.FormatInt(serial, 36) }

func parseCursor(cursor string) (before int64, err error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	before, err = strconv.ParseInt(cursor, 36, 64)
	if err != nil || before <= 0 {
		return 0, errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	return before, nil
}
