package sqlite

import (
	"reflect"
	"testing"

	"freecar/internal/errs"
)

// FuzzDocuments: of a damaged document comes an error or a car, and no panic; what was read
// is written and read the same. An error of the store is a fault.
func FuzzDocuments(f *testing.F) {
	for _, text := range []string{`{"id":"c","plate":"B","state":"on_trip","lock":"unlocked","claim":{"kind":"trip","id":"t","account_id":"1","at":1},"commands":[{"id":"k","kind":"lock","created_at":1,"expires_at":2}],"next_device":{"id":"d","at":3},"outage":{},"pause":{"odometer_m":5},"version":7}`,
		``, `null`, `[]`, `{}`, `{"commands":null,"claim":null}`, `{"bound_at":9223372036854775807,"changed_at":-9223372036854775808}`, `{"car":{"id":"c"},"last":{"at":1,"latitude":1e308}}`, `{"last":{}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if c, err := decode(doc); err == nil {
			written, err := encode(c)
			if err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			if again, err := decode(written); err != nil || len(again.Commands) != len(c.Commands) || !reflect.DeepEqual(again.Claim, c.Claim) || again.Version != c.Version || !again.BoundAt.Equal(c.BoundAt) {
				t.Errorf("%s: %+v became %+v, %v", doc, c, again, err)
			}
		} else if errs.KindOf(err) != errs.Internal {
			t.Errorf("%s: a damaged row is %v", doc, err)
		}
		if c, err := decodeAnswer(doc); err == nil {
			written, err := encodeAnswer(c)
			if err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			if again, err := decodeAnswer(written); err != nil || !reflect.DeepEqual(again.Last, c.Last) {
				t.Errorf("%s: %+v became %+v, %v", doc, c.Last, again.Last, err)
			}
		}
	})
}
