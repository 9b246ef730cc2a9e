package profile

import "time"

// Date is a day of the calendar, wherever one is. The zero Date is none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

const dateForm = "2006-01-02"

// ParseDate reads YYYY-MM-DD; false for anything else, the 30th of February too.
func ParseDate(s string) (Date, bool) {
	t, err := time.Parse(dateForm, s)
	if err != nil {
		return Date{}, false
	}
	return DateOf(t), true
}

// DateOf is the day of a time, in UTC.
func DateOf(t time.Time) Date {
	year, month, day := t.UTC().Date()
	return Date{Year: year, Month: month, Day: day}
}

// String writes YYYY-MM-DD; the zero Date is empty.
func (d Date) String() string {
	if d == (Date{}) {
		return ""
	}
	return d.time().Format(dateForm)
}

// Before says that d is an earlier day.
func (d Date) Before(other Date) bool { return d.time().Before(other.time()) }

// PlusYears is the same day so many years later; who was born on the 29th of February
// has to wait for the 1st of March.
func (d Date) PlusYears(n int) Date { return DateOf(d.time().AddDate(n, 0, 0)) }

func (d Date) time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
