package opscli

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"freecar/internal/errs"
	"freecar/internal/wire"
	"freecar/trip/tripapi"
)

// steers says that a text would do something to a terminal, other than end a line.
func steers(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp))
	})
}

// FuzzShown: whatever people, cars and other companies wrote, none of it reaches the
// terminal of staff as a command, in tables, records, refusals, questions and JSON.
func FuzzShown(f *testing.F) {
	for _, text := range []string{"Ada", "\x1b[2J\x1b]0;owned\x07", "\u009b31m", "a\rb\bc", "\u202egnp.exe", "a\u2028b", "two\nlines", "\xff\xc2\x9b", "孙悟空\x7f", "\x00", strings.Repeat("é", 300), "\u200f%s%d%!", "🏳️‍🌈", "\u061c"} {
		f.Add(text, int64(7))
	}
	f.Fuzz(func(t *testing.T, text string, n int64) {
		var out, said bytes.Buffer
		i := &invocation{tool: &tool{}, command: &cobra.Command{}, out: &out, err: &said, in: strings.NewReader("y\n"), progress: &progress{}}
		i.ctx = t.Context()
		people := []person{{name: text, note: text, age: int(n)}, {name: "x", note: text + text, age: 1}}
		if err := writeTable(&out, personColumns, people, false); err != nil {
			t.Fatal(err)
		}
		if rows := strings.Count(out.String(), "\n"); rows != 3 {
			t.Errorf("%d rows for two people: %q", rows, out.String())
		}
		if err := writeRecord(&out, personColumns, people[0]); err != nil {
			t.Fatal(err)
		}
		why := &refusal{traceID: text, requestID: text, key: text, cause: &errs.Error{Kind: errs.Invalid, Code: text, Detail: text, Fields: []errs.Field{{Field: text, Code: text, Detail: text}}}}
		i.say("licence %s: %v", text, why)
		i.say("%s", difference{path: text, old: text, new: text})
		if _, err := i.prompt("This retires " + text + ". Go on?"); err != nil {
			t.Fatal(err)
		}
		p := &progress{to: &said}
		said.WriteString(Plain(why.Error()))
		p.note("%s", text)
		shown := strings.ReplaceAll(said.String(), clearLine, "")
		if steers(out.String()) || steers(shown) {
			t.Errorf("%q is shown as %q and %q", text, out.String(), shown)
		}
		raw, err := json.Marshal(map[string]any{"k" + strings.ToValidUTF8(text, "?"): strings.ToValidUTF8(text, "?"), "n": n})
		if err != nil {
			t.Fatal(err)
		}
		printed, err := jsonText(raw, true)
		if err != nil {
			t.Fatal(err)
		}
		if steers(strings.ReplaceAll(string(printed), "\t", "")) {
			t.Errorf("%q is printed as %q", text, printed)
		}
		same := jsontext.Value(printed)
		if err := same.Canonicalize(); err != nil {
			t.Fatalf("%q: %v", printed, err)
		}
		want := jsontext.Value(raw)
		if err := want.Canonicalize(); err != nil || !bytes.Equal(same, want) {
			t.Errorf("%s became %s, %v", raw, same, err)
		}
	})
}

// FuzzDocuments: of two files it is said what differs, which is nothing for one and the
// same, and no file breaks the reader of it.
func FuzzDocuments(f *testing.F) {
	plan := `{"id":"p","unlock":{"amount":100,"currency":"EUR"},"per_minute":[{"start":0,"rate":{"amount":29,"currency":"EUR"},"interval":1}]}`
	for _, text := range []string{plan, strings.Replace(plan, "100", "150", 1), `{}`, `null`, `[]`, ``, `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2]]]},"properties":{"id":"a","name":"A"}}]}`,
		`{"a":{"amount":1e300,"currency":"EUR"}}`, `{"a":{"amount":1.5,"currency":"\u001b[2J"}}`, `{"a":null}`, `{"a":[1,2,3]}`, `{"a":[1,[2,{"b":3}]]}`, `{"a":1,"a":2}`, strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200), `{"\u009b":1}`, `7`} {
		f.Add([]byte(text), []byte(plan))
		f.Add([]byte(plan), []byte(text))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var zones tripapi.PutZonesRequest
		var published tripapi.PublishPlanRequest
		for _, err := range []error{strictly(a, &zones.FeatureCollection), strictly(a, &published, "retired")} {
			if err != nil && (len(err.Error()) > 200+6*len(a) || steers(Plain(err.Error()))) {
				t.Errorf("%q is refused with %q", a, err)
			}
		}
		if _, err := byID(zones.Features); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		if same, err := differences(a, a); err == nil && len(same) > 0 {
			t.Errorf("%s differs from itself: %v", a, same)
		}
		there, err := differences(a, b)
		if err != nil {
			return
		}
		back, err := differences(b, a)
		if err == nil && len(a) > 0 && len(there) != len(back) && !bytes.Equal(bytes.TrimSpace(a), []byte("null")) && !bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
			t.Errorf("%d differences there and %d back", len(there), len(back))
		}
		for _, d := range there {
			if text := d.String(); d.old == d.new || utf8.RuneCountInString(text) > utf8.RuneCountInString(d.path)+200 || steers(Plain(text)) {
				t.Errorf("%q", text)
			}
		}
	})
}

// FuzzImportAnswer: an import's answer is followed to its report, or to where it breaks
// off, whatever the other side sends.
func FuzzImportAnswer(f *testing.F) {
	for _, text := range []string{`{"line":1,"outcome":"created"}` + "\n" + `{"report":{"lines":1,"created":1,"refused":[]}}`, ``, `null`, `{"report":null}`, `{"report":{}}`, `[`, `{"line":"x"}`, `{"report":{"refused":[{"line":1,"plate":"\u001b[2J","detail":"\u009b"}]}}`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var out bytes.Buffer
		i := &invocation{tool: &tool{}, command: &cobra.Command{}, out: &out, err: &out, progress: &progress{}}
		report, err := i.followImport(bytes.NewReader(answer), 1)
		if err != nil {
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes fail with %d", len(answer), len(err.Error()))
			}
			return
		}
		if err := i.showImport(report); err != nil || steers(out.String()) {
			t.Errorf("shown as %q, %v", out.String(), err)
		}
	})
}

// FuzzFlags: what is typed for a flag is taken as it is shown.
func FuzzFlags(f *testing.F) {
	for _, text := range []string{"12.50", "-0.05", "12", "-92233720368547758.08", "92233720368547757.99", "1e3", "٣", "52.52,13.405", "NaN,1", "2026-01-31", "2026-01-31T13:45:00Z", "0000-01-01", "-1h", "9999999h", " 1 ", "-", "12 EUR", "1,Inf"} {
		f.Add(text, int64(-5))
	}
	f.Add("", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, text string, n int64) {
		if n != math.MinInt64 {
			want := wire.Money{Amount: n, Currency: "EUR"}
			if got, err := asMoney(amount(want)); err != nil || got != want {
				t.Errorf("%s is shown as %s and taken for %v, %v", integer(n), amount(want), got, err)
			}
		}
		if m, err := asMoney(text); err == nil {
			if again, err := asMoney(amount(m)); err != nil || again != m {
				t.Errorf("%q is %v and then %v", text, m, again)
			}
		}
		if p, err := asPosition(text); err == nil && (math.IsNaN(p.Latitude+p.Longitude) || math.IsInf(p.Latitude+p.Longitude, 0)) {
			t.Errorf("%q is taken for %v", text, p)
		}
		if at, err := asTime(text); err == nil {
			if again, err := asTime(at.UTC().Format("2006-01-02T15:04:05.000Z")); err != nil || !again.Equal(at.Time) {
				t.Errorf("%q is %v and then %v", text, at, again)
			}
		}
		_, _ = asPast(text)
	})
}
