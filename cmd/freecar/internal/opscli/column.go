package opscli

import (
	"strconv"
	"strings"

	"freecar/internal/wire"
)

// column is what a table shows of each item, under a name. Of one item alone, all its
// columns are shown, a line each.
type column[T any] struct {
	name  string
	value func(T) string
	right bool // figures stand right
	alone bool // is shown of one item alone: too much for a table
}

// col shows a text.
func col[T any](name string, value func(T) string) column[T] {
	return column[T]{name: name, value: value}
}

// figure shows a number.
func figure[T any](name string, value func(T) string) column[T] {
	return column[T]{name: name, value: value, right: true}
}

// detail shows what only one item alone has room for.
func detail[T any](name string, value func(T) string) column[T] {
	return column[T]{name: name, value: value, alone: true}
}

// The forms of values. Nothing is "-".

func text[T ~string](s *T) string {
	if s == nil {
		return ""
	}
	return string(*s)
}

// when is to the second, UTC: it sorts as text.
func when(t wire.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func whenever(t *wire.Time) string {
	if t == nil {
		return ""
	}
	return when(*t)
}

func amount(m wire.Money) string { return m.ToMoney().String() }

func amountIf(m *wire.Money) string {
	if m == nil {
		return ""
	}
	return amount(*m)
}

func integer[T ~int | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// measure is a number with as many places as it needs, at most so many.
func measure(x *float64, places int, unit string) string {
	if x == nil {
		return ""
	}
	s := strconv.FormatFloat(*x, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + unit
}

func place(p *wire.Position) string {
	if p == nil {
		return ""
	}
	const metres = 5 // places: a degree is 111 km
	return strconv.FormatFloat(p.Latitude, 'f', metres, 64) + "," + strconv.FormatFloat(p.Longitude, 'f', metres, 64)
}

func words(list []string) string { return strings.Join(list, ",") }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// columnsOf shows a part of each item as the part's own table does.
func columnsOf[Whole, Part any](columns []column[Part], of func(Whole) Part) []column[Whole] {
	all := make([]column[Whole], 0, len(columns))
	for _, c := range columns {
		all = append(all, column[Whole]{name: c.name, right: c.right, alone: c.alone, value: func(w Whole) string { return c.value(of(w)) }})
	}
	return all
}
