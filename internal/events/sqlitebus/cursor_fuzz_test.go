package sqlitebus

import (
	"errors"
	"testing"

	"freecar/internal/errs"
)

// FuzzLetterCursor: a cursor and an id are those that a list gave, or refused.
func FuzzLetterCursor(f *testing.F) {
	for _, text := range []string{"", "lz3kq0.trip.7", "lz3kq0.a.b.7", "1.x.07", "1.x.-7", "1.x.+7", "zzzzzzzzzzzzzzzzz.x.1", ".x.1", "1.x", "1..1", "-1.x.1", "1.x.9223372036854775808", "1.\x1b.1", "' OR 1=1 --"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := parseLetterID(text); ok && id.String() != text {
			t.Errorf("%q is taken for %q", text, id)
		}
		c, err := parseLetterCursor(text)
		if err != nil {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || e.Fields[0].Field != "cursor" {
				t.Errorf("%q: refused with %v", text, err)
			}
			return
		}
		if again, err := parseLetterCursor(c.String()); text != "" && (err != nil || again != c) {
			t.Errorf("%q is written as %q and read as %+v, %v", text, c, again, err)
		}
	})
}
