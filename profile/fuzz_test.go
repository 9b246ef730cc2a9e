package profile_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
	"freecar/profile"
)

// FuzzSubmission: a licence that is taken is an adult's and valid, and its number tells it
// from others however it is typed.
func FuzzSubmission(f *testing.F) {
	for _, c := range [][5]string{{"B072RRE2I55", "Ada Rider", "1990-12-10", "2040-01-31", "DE"}, {" b072-rre 2i55 ", "Ä", "2008-01-31", "9999-12-31", "CN"}, {"Ｂ０７２", "a\u200cb", "1990-02-30", "2026-01-31", "D"},
		{"---", "\x1b[2J", "0000-01-01", "10000-01-01", "\xff\xff"}, {"A\u0308BC", " ", "2008-02-01", "2026-02-01", "de"}, {"ßßß", "x", "1900-01-01", "2026-1-1", "\x00\x00"}, {"ŉŉŉ", "\u202e", "1906-01-30", "", "DEU"}} {
		f.Add(c[0], c[1], c[2], c[3], c[4])
	}
	today := profile.Date{Year: 2026, Month: time.January, Day: 31}
	f.Fuzz(func(t *testing.T, number, name, born, expires, country string) {
		for _, text := range []string{born, expires} {
			if d, ok := profile.ParseDate(text); ok && (d.String() != text || d.Before(d) || !d.Before(d.PlusYears(1))) {
				t.Errorf("%q is the day %+v, written %q", text, d, d)
			}
		}
		form := profile.Form{Number: number, FullName: name, BirthDate: born, ExpiresOn: expires, Country: country}
		s, err := policy.Read(form, today)
		if err != nil {
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 {
				t.Fatalf("refused with %v", err)
			}
			for _, broken := range e.Fields {
				if broken.Field == "" || broken.Code == "" || len(broken.Detail) > 200 {
					t.Errorf("refused with %+v", broken)
				}
			}
			return
		}
		if n := utf8.RuneCountInString(s.Number); n < 3 || n > 32 || utf8.RuneCountInString(s.FullName) > 200 || s.FullName == "" ||
			!utf8.ValidString(s.Number+s.FullName+s.Country) || strings.ContainsFunc(s.Number+s.FullName+s.Country, unicode.IsControl) {
			t.Errorf("taken: %+q", s)
		}
		if today.Before(s.BirthDate.PlusYears(18)) || !today.Before(s.ExpiresOn) {
			t.Errorf("taken on %v: %+v", today, s)
		}
		key := s.NumberKey()
		for what, same := range map[string]string{"itself": s.Number, "spaced": " " + strings.Join(strings.Split(norm.NFC.String(s.Number), ""), " "), "decomposed": norm.NFD.String(s.Number), "in capitals": strings.ToUpper(s.Number), "wide": norm.NFKC.String(s.Number)} {
			again := s
			again.Number = same
			if got := again.NumberKey(); got != key && what != "spaced" {
				t.Errorf("%q has the key %q, and %s, %q, %q", s.Number, key, what, same, got)
			}
		}
		r := profile.Reading{Outcome: profile.OutcomeRead, Read: profile.Text{Country: s.Country, Number: s.Number, FullName: s.FullName, BirthDate: s.BirthDate, ExpiresOn: s.ExpiresOn}}
		if !r.Matches(s) {
			t.Errorf("what was said itself does not match: %+v", r.Compare(s))
		}
	})
}
