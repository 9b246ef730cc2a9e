package obs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"freecar/internal/obs"
)

// FuzzLog: whatever is logged is one line of JSON that no terminal obeys and from which
// the text can be read again.
func FuzzLog(f *testing.F) {
	for _, text := range []string{"plain", "two\nlines", "\x1b[2J", "\u009b2J", "\x7f", "a\u2028b\u2029c", "\u202egnp.exe", "\xff\xfe", `"}` + "\n" + `{"msg":"forged"`, "\x00", "�", "孙"} {
		f.Add("key", text, 1.5)
		f.Add(text, "value", -0.0)
	}
	f.Fuzz(func(t *testing.T, key, text string, x float64) {
		var b bytes.Buffer
		logger, err := obs.NewLogger(&b, "debug")
		if err != nil {
			t.Fatal(err)
		}
		values := []any{text, errors.New(text), []string{text}, struct{ Text string }{text}, x, []byte(text), stringer(text), map[string]string{text: text}}
		for _, value := range values {
			b.Reset()
			if err := logger.Log("k"+key, value); err != nil {
				t.Fatal(err)
			}
			line, whole := strings.CutSuffix(b.String(), "\n")
			if !whole || !utf8.ValidString(line) || strings.ContainsFunc(line, steers) {
				t.Fatalf("%T: logged %q", value, b.String())
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%T: %s: %v", value, line, err)
			}
			if said, isText := value.(string); isText && got["k"+strings.ToValidUTF8(key, "�")] != strings.ToValidUTF8(said, "�") {
				t.Errorf("%q under %q is read as %q", text, key, got)
			}
		}
	})
}

type stringer string

func (s stringer) String() string { return string(s) }

// steers is what a terminal may obey.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
