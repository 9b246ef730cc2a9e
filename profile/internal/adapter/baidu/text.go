package baidu

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"freecar/profile"
)

// The fields of a licence, as Baidu names them.
const (
	fieldNumber  = "证号"
	fieldName    = "姓名"
	fieldBirth   = "出生日期"
	fieldFrom    = "有效起始日期"
	fieldExpires = "失效日期" // of the unified form
	fieldTo      = "至"    // of the older one
	fieldPeriod  = "有效期限" // a number of years, or the first day with fieldTo beside it
)

// country is whose licences it reads.
const country = "CN"

// toText converts what Baidu read. What is no date is as not found; so is the end of a
// licence that is good for ever, which a person has to look at.
func toText(words map[string]word) profile.Text {
	said := func(field string) string { return legible(words[field].Words) }
	return profile.Text{
		Country:   country,
		Number:    said(fieldNumber),
		FullName:  said(fieldName),
		BirthDate: toDate(said(fieldBirth)),
		ExpiresOn: expiry(said),
	}
}

// legible is a text as a licence can have it, or nothing: it is kept, and shown to staff.
func legible(text string) string {
	const atMost = 200 // characters
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > atMost || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return text
}

func expiry(said func(string) string) profile.Date {
	for _, field := range []string{fieldExpires, fieldTo} {
		if d := toDate(said(field)); d != (profile.Date{}) {
			return d
		}
	}
	years, counted := strings.CutSuffix(said(fieldPeriod), "年")
	n, err := strconv.Atoi(years)
	from := toDate(said(fieldFrom))
	if !counted || err != nil || n < 1 || n > 99 || from == (profile.Date{}) {
		return profile.Date{}
	}
	// The year 10000 has no form in which a date is kept.
	until, _ := profile.ParseDate(from.PlusYears(n).String())
	return until
}

// toDate reads 20210731 and 2021-07-31.
func toDate(s string) profile.Date {
	if len(s) == len("20210731") {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	d, _ := profile.ParseDate(s)
	return d
}
