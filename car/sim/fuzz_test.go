package sim

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json"

	"freecar/car/carapi"
)

// FuzzEvents reads a stream of commands that is not what it should be: it ends, and what
// comes of it is the same in whatever pieces it came.
func FuzzEvents(f *testing.F) {
	for _, text := range []string{": connected\n\nevent: command\nid: 1\ndata: {\"id\":\"1\",\"car_id\":\"c\",\"kind\":\"lock\"}\n\n", "data: a\ndata: b\n\n", "data\n\n", "data:\n\n", "data: x", "\r\n\r\ndata: a\r\n\r\n", "data: \xff\x00\n\n",
		"datax: a\n\n", strings.Repeat("data: "+strings.Repeat("x", 2000)+"\n", 40), strings.Repeat("x", 70_000), "\n\n\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		read := func(r io.Reader) (all [][]byte, lines int) {
			err := readEvents(r, func() { lines++ }, func(data []byte) { all = append(all, bytes.Clone(data)) })
			if !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrTooLong) {
				t.Errorf("it ended with %v", err)
			}
			return all, lines
		}
		whole, lines := read(bytes.NewReader(stream))
		pieces, again := read(iotest.HalfReader(bytes.NewReader(stream)))
		if lines != again || len(whole) != len(pieces) || lines > bytes.Count(stream, []byte("\n"))+1 {
			t.Errorf("%d events in %d lines, and %d in %d", len(whole), lines, len(pieces), again)
		}
		for i, data := range whole {
			if len(data) == 0 || len(data) > 2*longestLine || i < len(pieces) && !bytes.Equal(data, pieces[i]) {
				t.Errorf("an event of %d bytes", len(data))
			}
			var c carapi.DeviceCommand
			_ = json.Unmarshal(data, &c) // as hear does: whatever it says, it is an error or a command
		}
	})
}
