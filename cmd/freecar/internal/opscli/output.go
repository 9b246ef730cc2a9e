package opscli

import (
	"os"

	"github.com/go-json-experiment/json/jsontext"
)

// printJSON writes one document: on one line for programs, indented for a person.
func (i *invocation) printJSON(raw jsontext.Value) error {
	i.progress.clear()
	raw = raw.Clone()
	form := raw.Compact
	if _, person := terminal(i.out); person {
		form = raw.Indent
	}
	if err := form(); err != nil {
		return err
	}
	_, err := i.out.Write(append(raw, '\n'))
	return err
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
