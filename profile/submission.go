package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
)

// Form is what a rider typed.
type Form struct {
	Number    string
	FullName  string
	BirthDate string // YYYY-MM-DD
	ExpiresOn string // YYYY-MM-DD, the last day it is valid
	Country   string // ISO 3166-1 alpha-2
}

// Submission is a form that kept the rules on the day it came.
type Submission struct {
	Number    string
	FullName  string
	BirthDate Date
	ExpiresOn Date
	Country   string
}

// Characters that number and name may have.
const (
	numberShortest, numberLongest = 3, 32
	nameShortest, nameLongest     = 1, 200
)

// Read makes a submission of a form. Spaces around number and name do not count.
// Errors: Invalid, with every field that breaks a rule.
func (p Policy) Read(f Form, today Date) (Submission, error) {
	s := Submission{Number: strings.TrimSpace(f.Number), FullName: strings.TrimSpace(f.FullName), Country: f.Country}
	var wrong faults
	wrong.number(s.Number)
	wrong.text("full_name", s.FullName, nameShortest, nameLongest)
	if s.BirthDate = wrong.date("birth_date", f.BirthDate); s.BirthDate != (Date{}) {
		p.checkBirth(&wrong, s.BirthDate, today)
	}
	if s.ExpiresOn = wrong.date("expires_on", f.ExpiresOn); s.ExpiresOn != (Date{}) && !today.Before(s.ExpiresOn) {
		wrong.add("expires_on", "expired", "The licence must be valid beyond today.")
	}
	if len(f.Country) != 2 {
		wrong.add("country", "invalid", "It must be a country code of two letters.")
	}
	if len(wrong) > 0 {
		return Submission{}, errs.InvalidFields(wrong...)
	}
	return s, nil
}

func (p Policy) checkBirth(wrong *faults, born, today Date) {
	switch {
	case today.Before(born), born.PlusYears(oldest).Before(today):
		wrong.add("birth_date", "implausible", "Nobody who drives was born on that day.")
	case !p.adult(born, today):
		wrong.add("birth_date", "underage", fmt.Sprintf("Drivers are at least %d years old.", p.AdultAge))
	}
}

// faults collects what is wrong with a form.
type faults []errs.Field

func (f *faults) add(field, code, detail string) {
	*f = append(*f, errs.Field{Field: field, Code: code, Detail: detail})
}

func (f *faults) text(field, s string, shortest, longest int) {
	switch n := utf8.RuneCountInString(s); {
	case n < shortest:
		f.add(field, "too_short", fmt.Sprintf("It must have at least %d characters.", shortest))
	case n > longest:
		f.add(field, "too_long", fmt.Sprintf("It must have at most %d characters.", longest))
	case strings.ContainsFunc(s, unprintable) || !utf8.ValidString(s):
		f.add(field, "invalid", "It must hold printable characters alone.")
	}
}

// number also counts the characters that tell one licence from another.
func (f *faults) number(s string) {
	before := len(*f)
	f.text("number", s, numberShortest, numberLongest)
	if len(*f) == before && utf8.RuneCountInString(bareNumber(s)) < numberShortest {
		f.add("number", "too_short", fmt.Sprintf("It must have at least %d letters or digits.", numberShortest))
	}
}

func (f *faults) date(field, s string) Date {
	d, ok := ParseDate(s)
	if !ok {
		f.add(field, "invalid", "It must be a date as YYYY-MM-DD.")
	}
	return d
}

// unprintable spares the two invisible joiners that some scripts spell names with.
func unprintable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return !unicode.IsPrint(r) && r != nonJoiner && r != joiner
}

// NumberKey tells licences apart: the country and the number, in whatever way it was
// typed. Empty for no number.
func (s Submission) NumberKey() string {
	if s.Number == "" {
		return ""
	}
	return s.Country + "/" + bareNumber(s.Number)
}

// bareNumber is letters and digits alone, in capitals and of one width.
func bareNumber(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(s))
}
