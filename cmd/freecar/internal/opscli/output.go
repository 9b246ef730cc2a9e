package opscli

import (
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// printJSON writes one document: on one line for programs, indented for a person.
func (i *invocation) printJSON(raw jsontext.Value) error {
	i.progress.clear()
	_, person := terminal(i.out)
	text, err := jsonText(raw, person)
	if err != nil {
		return err
	}
	_, err = i.out.Write(append(text, '\n'))
	return err
}

// jsonText is a document as it is printed. For a person what a terminal would obey is
// escaped, which JSON only does with the control characters of ASCII.
func jsonText(raw jsontext.Value, person bool) ([]byte, error) {
	raw = raw.Clone()
	if !person {
		return raw, raw.Compact()
	}
	if err := raw.Indent(); err != nil {
		return nil, err
	}
	var text []byte
	for _, r := range string(raw) {
		if r != '\n' && r != '\t' && visible(r) != r { // in a string: there is no other place for it
			text = fmt.Appendf(text, `\u%04x`, r)
		} else {
			text = utf8.AppendRune(text, r)
		}
	}
	return text, nil
}

// bold says that headings may be.
func (i *invocation) bold() bool {
	_, person := terminal(i.out)
	return person && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// show writes what one operation answered: its JSON, or a line for each column.
func show[T any](i *invocation, columns []column[T], answer T, raw jsontext.Value) error {
	if i.json {
		if len(raw) == 0 {
			return nil // it answered without a body
		}
		return i.printJSON(raw)
	}
	i.progress.clear()
	return writeRecord(i.out, columns, answer)
}
