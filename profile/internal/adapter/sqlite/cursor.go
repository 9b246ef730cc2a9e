package sqlite

import (
	"math"
	"strconv"
	"strings"

	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/profile"
)

// cursor is the last licence of a page: what follows was submitted before it, or at the
// same time by an account with a lower id.
type cursor struct {
	submittedMS int64
	account     string
}

func cursorOf(l profile.Licence) cursor {
	return cursor{submittedMS: l.SubmittedAt.UnixMilli(), account: l.Account}
}

func (c cursor) String() string { return strconv.FormatInt(c.submittedMS, 36) + "-" + c.account }

func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{submittedMS: math.MaxInt64}, nil
	}
	at, account, _ := strings.Cut(s, "-")
	ms, err := strconv.ParseInt(at, 36, 64)
	if err != nil || !ids.ValidAccount(account) {
		return cursor{}, errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
	}
	return cursor{submittedMS: ms, account: account}, nil
}
