package kitx

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"freecar/internal/errs"
)

// Fields outside the body are text: strings, integers, float64, bool, and what reads and
// writes itself as text; or a pointer to one of them, where nothing differs from zero.

var (
	errUTF8   = unreadable("It must be UTF-8.")
	errNumber = unreadable("It must be a number in range.")
	errBool   = unreadable("It must be true or false.")
	errForm   = unreadable("It has the wrong form.")
)

// unreadable is why a text cannot be read, as a sentence for the client.
type unreadable string

func (u unreadable) Error() string { return string(u) }

var (
	unmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	marshaler   = reflect.TypeFor[encoding.TextMarshaler]()
)

// textual says that parse and format know the type.
func textual(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case reflect.PointerTo(t).Implements(unmarshaler):
		return t.Implements(marshaler)
	case t.Kind() == reflect.String, t.Kind() == reflect.Bool, t.Kind() == reflect.Float64:
		return true
	default:
		return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64
	}
}

// parse sets a field from text. What it says of a failure is for the client.
func parse(f reflect.Value, text string) error {
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		return parse(f.Elem(), text)
	}
	if !utf8.ValidString(text) {
		return errUTF8
	}
	if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return sayable(u.UnmarshalText([]byte(text)))
	}
	switch {
	case f.Kind() == reflect.String:
		f.SetString(text)
	case f.CanInt():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || f.OverflowInt(n) {
			return errNumber
		}
		f.SetInt(n)
	case f.CanFloat():
		x, ok := ParseNumber(text)
		if !ok {
			return errNumber
		}
		f.SetFloat(x)
	case text != "true" && text != "false":
		return errBool
	default:
		f.SetBool(text == "true")
	}
	return nil
}

// ParseNumber reads a finite decimal number; false for anything else that Go knows: NaN,
// 0x1p4, 1_0.
func ParseNumber(text string) (float64, bool) {
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && strings.Trim(text, "+-.0123456789eE") == "" // an infinity has letters or is out of range
}

// sayable keeps what a wire type says to clients, and nothing else.
func sayable(err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return unreadable(e.Detail)
	}
	if err != nil {
		return errForm
	}
	return nil
}

// format is the text of a field; empty for nothing.
func format(f reflect.Value) (string, error) {
	if f.Kind() == reflect.Pointer {
		if f.IsNil() {
			return "", nil
		}
		f = f.Elem()
	}
	if m, ok := f.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return string(text), err
	}
	switch {
	case f.Kind() == reflect.String:
		return f.String(), nil
	case f.CanInt():
		return strconv.FormatInt(f.Int(), 10), nil
	case f.CanFloat():
		return strconv.FormatFloat(f.Float(), 'g', -1, 64), nil
	default:
		return strconv.FormatBool(f.Bool()), nil
	}
}
