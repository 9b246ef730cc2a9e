package obs

import (
	"bytes"
	"encoding"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonLogger writes a JSON object a line, its members in the order given. go-kit's own
// sorts them through a map and costs three times as much, on every request.
type jsonLogger struct {
	mu sync.Mutex
	w  io.Writer
}

var lines = sync.Pool{New: func() any { return new([]byte) }}

// Log writes one line.
func (l *jsonLogger) Log(keyvals ...any) error {
	line := lines.Get().(*[]byte)
	defer lines.Put(line)
	b := append((*line)[:0], '{')
	for i := 0; i+1 < len(keyvals); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		key, ok := keyvals[i].(string)
		if !ok {
			key = fmt.Sprint(keyvals[i])
		}
		b = appendText(b, key)
		b = append(b, ':')
		b = appendValue(b, keyvals[i+1])
	}
	b = append(b, '}', '\n')
	*line = b
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.w.Write(b)
	return err
}

func appendText(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil { // not UTF-8
		quoted, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "�"))
	}
	return harmless(quoted, len(b))
}

// harmless escapes what JSON leaves as it is in texts and a terminal may obey: DEL, the
// control characters beyond ASCII, ends of lines, and what turns the direction of writing.
func harmless(b []byte, from int) []byte {
	if !bytes.ContainsFunc(b[from:], steers) {
		return b
	}
	text := string(b[from:])
	b = b[:from]
	for _, r := range text {
		if steers(r) {
			b = fmt.Appendf(b, `\u%04x`, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func steers(r rune) bool {
	return r >= 0x7f && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp))
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			return strconv.AppendFloat(b, v, 'g', -1, 64)
		}
	case error:
		return appendText(b, v.Error())
	case encoding.TextMarshaler, fmt.Stringer:
		return appendText(b, fmt.Sprint(v))
	}
	text, err := json.Marshal(value)
	if err != nil {
		return appendText(b, fmt.Sprintf("%+v", value))
	}
	return harmless(append(b, text...), len(b))
}
