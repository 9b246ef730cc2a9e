package opscli

import (
	"fmt"
	"io"
	"time"
)

// progress shows how far long work has come: one line that is written over, and nothing
// at all where no person looks.
type progress struct {
	to    io.Writer // nil where nobody looks
	shown time.Time
	lies  bool // a line is there
}

const (
	progressEvery = 100 * time.Millisecond
	clearLine     = "\r\x1b[K"
)

func newProgress(stream io.Writer) *progress {
	if _, ok := terminal(stream); ok {
		return &progress{to: stream, shown: time.Now()} // what is done at once needs no line
	}
	return &progress{}
}

// step shows a line that soon gives way to the next; it may skip some.
func (p *progress) step(format string, args ...any) {
	if time.Since(p.shown) >= progressEvery {
		p.note(format, args...)
	}
}

// note shows a line.
func (p *progress) note(format string, args ...any) {
	if p.to == nil {
		return
	}
	p.shown, p.lies = time.Now(), true
	fmt.Fprint(p.to, clearLine+cell(fmt.Sprintf(format, args...))+" …")
}

// clear takes the line away, before something else is written.
func (p *progress) clear() {
	if p.lies {
		p.lies = false
		fmt.Fprint(p.to, clearLine)
	}
}
