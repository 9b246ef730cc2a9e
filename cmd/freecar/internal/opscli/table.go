package opscli

import (
	"cmp"
	"io"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

const gap = "  "

// writeTable writes items as a table with a heading, bold where a person looks.
func writeTable[T any](w io.Writer, columns []column[T], items []T, bold bool) error {
	shown := make([]column[T], 0, len(columns))
	heading := []string{}
	for _, c := range columns {
		if !c.alone {
			shown, heading = append(shown, c), append(heading, c.name)
		}
	}
	rows := make([][]string, 0, len(items)+1)
	rows = append(rows, heading)
	for _, item := range items {
		row := make([]string, len(shown))
		for i, c := range shown {
			row[i] = cell(c.value(item))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(shown))
	for _, row := range rows {
		for i, s := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(s))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		line := aligned(row, widths, func(i int) bool { return shown[i].right })
		if n == 0 && bold {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// aligned puts the cells of a row at the places of their columns, without trailing space.
func aligned(row []string, widths []int, right func(int) bool) string {
	var b strings.Builder
	for i, s := range row {
		if i > 0 {
			b.WriteString(gap)
		}
		fill := strings.Repeat(" ", widths[i]-runewidth.StringWidth(s))
		if right(i) {
			b.WriteString(fill + s)
		} else {
			b.WriteString(s + fill)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// writeRecord writes one item, a line for each column.
func writeRecord[T any](w io.Writer, columns []column[T], item T) error {
	width := 0
	for _, c := range columns {
		width = max(width, runewidth.StringWidth(c.name))
	}
	var b strings.Builder
	for _, c := range columns {
		value := strings.ReplaceAll(Plain(c.value(item)), "\n", "\n"+strings.Repeat(" ", width)+gap)
		b.WriteString(runewidth.FillRight(strings.ToLower(c.name), width) + gap + cmp.Or(value, nothing) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const nothing = "-"

// cell is a value on one line. What people typed must not steer the terminal.
func cell(s string) string {
	return cmp.Or(strings.Map(visible, s), nothing)
}

// Plain is a text that may have several lines, as a terminal may get it: what others wrote
// into it must not steer the terminal either.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return visible(r)
	}, s)
}

// visible is r where a terminal shows it, and a mark where it would obey: control
// characters, ends of lines and what turns the direction of writing.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
		return unicode.ReplacementChar
	}
	return r
}
