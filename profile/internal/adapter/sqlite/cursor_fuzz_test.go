package sqlite

import (
	"errors"
	"reflect"
	"testing"

	"freecar/internal/errs"
)

// FuzzCursor: a cursor is one that a page gave, or refused with its name.
func FuzzCursor(f *testing.F) {
	for _, text := range []string{"", "lz3kq0-7143305966085829", "-1-1", "zzzzzzzzzzzzzzzz-1", "1-01", "1-9007199254740992", "1", "-", "1-1\x00", "' OR 1=1 --"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || e.Fields[0].Field != "cursor" {
				t.Errorf("%q: refused with %v", text, err)
			}
			return
		}
		if again, err := parseCursor(c.String()); text != "" && (err != nil || again != c) {
			t.Errorf("%q is written as %q and read as %+v, %v", text, c, again, err)
		}
	})
}

// FuzzLicence: what is stored is read back the same, and of a damaged row comes an error or
// a licence, and no panic.
func FuzzLicence(f *testing.F) {
	for _, text := range []string{`{"account":"1","status":"pending","number":"B07","birth_date":"1990-12-10","expires_on":"2040-01-31","reading":{"photo_id":"p","at":1,"outcome":"read","birth_date":"1990-12-10"},"submitted_at":1,"version":1}`,
		``, `null`, `[]`, `{"birth_date":"1990-02-30"}`, `{"birth_date":"0000-00-00","submitted_at":-9223372036854775808}`, `{"expires_on":"10098-01-01"}`, `{"submitted_at":9223372036854775807}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		l, err := decodeLicence(doc)
		if err != nil {
			if errs.KindOf(err) != errs.Internal {
				t.Errorf("%s: a damaged row is %v", doc, err)
			}
			return
		}
		written, err := encodeLicence(l)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if again, err := decodeLicence(written); err != nil || !reflect.DeepEqual(again, l) {
			t.Errorf("%s: %+v became %+v, %v", doc, l, again, err)
		}
	})
}
