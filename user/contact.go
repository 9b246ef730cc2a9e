package user

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
)

// Email is an address in the one form in which it is stored and looked up: lower case,
// Unicode NFC.
type Email string

// Phone is a number in E.164: a plus and up to 15 digits.
type Phone string

const longestEmail = 254 // RFC 5321, section 4.5.3.1.3, less the angle brackets

var (
	// Whether an address works only a message to it can tell; this refuses what cannot.
	emailForm = regexp.MustCompile(`^[^@\s\pC\pZ]{1,64}@[^@\s\pC\pZ.]+(\.[^@\s\pC\pZ.]+)+$`)
	phoneForm = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
)

// ParseEmail normalises an address. Errors: Invalid.
func ParseEmail(s string) (Email, error) {
	// NFC comes first, so that a letter in pieces is lowered as the whole one is, and last:
	// lowering can undo it.
	s = norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
	if len(s) > longestEmail || !emailForm.MatchString(s) {
		return "", errs.Invalidf("email", "invalid", "It must be a valid e-mail address.")
	}
	return Email(s), nil
}

// ParsePhone reads a number. Errors: Invalid.
func ParsePhone(s string) (Phone, error) {
	if !phoneForm.MatchString(s) {
		return "", errs.Invalidf("phone", "invalid", "It must be a phone number such as +4930123456.")
	}
	return Phone(s), nil
}

const longestName = 100 // characters

func normalName(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// checkName says what is wrong with a name; nil for nothing.
func checkName(s string) *errs.Field {
	switch {
	case s == "":
		return &errs.Field{Field: "name", Code: "required", Detail: "It is required."}
	case utf8.RuneCountInString(s) > longestName:
		return &errs.Field{Field: "name", Code: "too_long", Detail: "It must have at most 100 characters."}
	case strings.ContainsFunc(s, unicode.IsControl):
		return &errs.Field{Field: "name", Code: "invalid", Detail: "It must not hold control characters."}
	}
	return nil
}

// collect parses an optional text and adds what is wrong with it to the list.
func collect[T ~string](wrong *[]errs.Field, s string, parse func(string) (T, error)) T {
	if s == "" {
		return ""
	}
	value, err := parse(s)
	*wrong = append(*wrong, fieldsOf(err)...)
	return value
}
