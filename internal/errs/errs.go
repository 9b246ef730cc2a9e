// Package errs is the one vocabulary of errors: every failure has a kind, which
// decides its HTTP status, and a code, which clients may rely on.
//
// An error without a kind is a fault: something broke, and breakers, retries and
// the person on call must see it. An error with one of the other kinds is an
// answer: the business said no. Causes stay in the log and never reach a client.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Field is one thing that is wrong with the input, or one reason of a refusal.
type Field struct {
	// Field is the path of the input's field, "position.latitude"; empty for a
	// reason that is not about one field.
	Field string
	// Code is a stable slug: "required", "too_long", "moving".
	Code string
	// Detail says it to a person.
	Detail string
}

// Error is a failure that has a kind.
type Error struct {
	Kind   Kind
	Code   string
	Detail string
	Fields []Field
	// RetryAfter tells a client when to come again; 0 says nothing.
	RetryAfter time.Duration
	// Cause is for the log alone.
	Cause error
}

// E makes an error of a kind. Detail is for the client: it says what to do.
func E(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Invalidf makes the error of one bad field.
func Invalidf(field, code, format string, args ...any) *Error {
	return InvalidFields(Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// InvalidFields makes the error of input with several bad fields.
func InvalidFields(fields ...Field) *Error {
	return &Error{Kind: Invalid, Code: "invalid", Detail: "Some of the input is not valid; see errors.", Fields: fields}
}

// Missing makes the error of a thing that does not exist, or not for the caller.
func Missing(what string) *Error {
	return E(NotFound, "not_found", "There is no such "+what+".")
}

// Because returns a copy of e that carries its cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// With returns a copy of e with these reasons.
func (e *Error) With(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// After returns a copy of e that tells the client when to come again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// fieldsInText is how many fields the text of an error names: a log line is for a person.
const fieldsInText = 20

func (e *Error) Error() string {
	text := e.Kind.String()
	if e.Code != text {
		text += " " + e.Code
	}
	for _, f := range e.Fields[:min(len(e.Fields), fieldsInText)] {
		text += fmt.Sprintf(" [%s %s]", f.Field, f.Code)
	}
	if more := len(e.Fields) - fieldsInText; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Is says that two errors are the same refusal: equal kind and code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// KindOf is the kind of err, Internal for one that has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// CodeOf is the code of err, "internal" for one without a kind.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal.String()
}

// IsFault says that err is an outage and not an answer.
func IsFault(err error) bool {
	return err != nil && KindOf(err).Fault()
}
