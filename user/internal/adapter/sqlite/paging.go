package sqlite

import (
	"database/sql"
	"math"
	"strconv"
	"strings"

	"freecar/internal/errs"
	"freecar/internal/ids"
)

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var items []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

var errCursor = errs.Invalidf("cursor", "invalid", "Take it from next_cursor of the page before.")

// accountCursor is the last account of a page.
type accountCursor struct {
	createdAt int64
	id        string
}

func (c accountCursor) String() string { return strconv.FormatInt(c.createdAt, 36) + "-" + c.id }

// parseAccountCursor reads a cursor; an empty one is before the first account.
func parseAccountCursor(s string) (accountCursor, error) {
	if s == "" {
		return accountCursor{createdAt: math.MaxInt64}, nil
	}
	at, id, ok := strings.Cut(s, "-")
	createdAt, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || !ids.ValidAccount(id) {
		return accountCursor{}, errCursor
	}
	return accountCursor{createdAt, id}, nil
}

// entryCursor is the id of the last entry of a page; an empty one is before the first.
func entryCursor(s string) (string, error) {
	switch {
	case s == "":
		return "~", nil // after every id
	case !ids.Valid(s):
		return "", errCursor
	}
	return s, nil
}
