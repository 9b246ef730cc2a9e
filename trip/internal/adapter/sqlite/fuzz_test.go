package sqlite

import (
	"math"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
)

// FuzzDocuments: of a damaged document comes an error or what it stands for, and no panic;
// what was read is written and read the same. An error of the store is a fault: a rider did
// nothing wrong.
func FuzzDocuments(f *testing.F) {
	for _, text := range []string{`{"id":"t","account":"1","state":"in_progress","step":"","accepted":true,"pause":{"asked":1,"for_ms":60000},"plan":{"id":"p","version":1,"per_minute":[{"rate":29,"interval":1}],"grace_ms":120000},"fare":{"currency":"EUR","total":5,"lines":[{"code":"unlock","amount":5}]},"version":3}`,
		``, `null`, `[]`, `{}`, `{"pause":{"for_ms":9223372036854775807}}`, `{"created_at":-9223372036854775808}`, `{"fare":{"lines":null}}`, `{"promo":{"percent_off":1e9}}`, `{"end_paused_ms":-1}`,
		`{"version":1,"features":[{"id":"a","parts":[[[[1,2],[3,4],[5,6],[1,2]]]]}],"zones":[{"parts":[[[[1]]]]}]}`, `{"zones":[{"id":"a","parts":[[[]],[]]}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := decode(doc, 7)
		if err != nil {
			if errs.KindOf(err) != errs.Internal {
				t.Errorf("%s: a damaged row is %v", doc, err)
			}
			return
		}
		const longest = math.MaxInt64 / 1_000_000 // milliseconds that a duration holds
		if p := toRow(got); p.Pause.ForMS > longest || p.PausedMS > longest || p.Plan.GraceMS > longest {
			return
		}
		written, err := encode(got)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		again, err := decode(written, 7)
		if err != nil {
			t.Fatalf("%s was written as %s: %v", doc, written, err)
		}
		rewritten, err := encode(again)
		if err != nil || !reflect.DeepEqual(written, rewritten) {
			t.Errorf("%s became %s, %v", written, rewritten, err)
		}
		var zones zonesDoc
		if json.Unmarshal(doc, &zones) == nil {
			_, _ = json.Marshal(zones)
		}
	})
}
