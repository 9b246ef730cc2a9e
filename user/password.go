package user

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
)

const (
	shortestPassword = 8   // characters
	longestPassword  = 128 // characters
)

// ParsePassword brings a password to the one form that is hashed: the same text typed on
// two keyboards may differ in its bytes. Errors: Invalid.
func ParsePassword(s string) (string, error) {
	s = norm.NFC.String(s)
	switch n := utf8.RuneCountInString(s); {
	case n < shortestPassword:
		return "", errs.Invalidf("password", "too_short", "It must have at least %d characters.", shortestPassword)
	case n > longestPassword:
		return "", errs.Invalidf("password", "too_long", "It must have at most %d characters.", longestPassword)
	}
	return s, nil
}

// fieldsOf are the bad fields that an error names.
func fieldsOf(err error) []errs.Field {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Fields
	}
	return nil
}
