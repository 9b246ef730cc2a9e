package sim

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestReadEvents(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []string
		err    error
	}{
		"one event":                          {"event: command\nid: 1\ndata: {}\n\n", []string{"{}"}, io.EOF},
		"several, with comments between":     {": hello\n\ndata: 1\n\n: still here\n\ndata: 2\n\n", []string{"1", "2"}, io.EOF},
		"data over several lines":            {"data: {\ndata: }\n\n", []string{"{\n}"}, io.EOF},
		"data without a space":               {"data:1\n\n", []string{"1"}, io.EOF},
		"lines that end in CR LF":            {"data: 1\r\n\r\n", []string{"1"}, io.EOF},
		"an event that is cut off is none":   {"data: 1\n", nil, io.EOF},
		"an event without data is none":      {"event: command\n\n", nil, io.EOF},
		"a line without end is an error":     {"data: " + strings.Repeat("x", longestLine), nil, bufio.ErrTooLong},
		"an event without end is an error":   {strings.Repeat("data: 0123456789\n", longestLine/10), nil, bufio.ErrTooLong},
		"nothing":                            {"", nil, io.EOF},
		"other fields are for other readers": {"retry: 1\ndata: 1\nfoo\n\n", []string{"1"}, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			lines := 0
			err := readEvents(strings.NewReader(c.stream), func() { lines++ }, func(data []byte) {
				got = append(got, strings.TrimSuffix(string(data), "\n"))
			})
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("%q, error %v", got, err)
			}
			if len(c.want) > 0 && lines < len(c.want) {
				t.Errorf("told of %d lines", lines)
			}
		})
	}
}
