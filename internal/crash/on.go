//go:build crash

package crash

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Armed says that the program was built to die.
const Armed = true

var program = newPoints(os.Getenv("FREECAR_CRASH_AT"), os.Getenv("FREECAR_CRASH_LIST"))

// At is a point.
func At(moment, what string) { program.pass(moment + " " + what) }

// Here is the point of whoever called the caller.
func Here(moment string) {
	pc, _, _, _ := runtime.Caller(2)
	name := strings.TrimPrefix(runtime.FuncForPC(pc).Name(), "freecar/")
	program.pass(moment + " by " + strings.Replace(name, "internal/", "", 1))
}

// points are what a program has passed, and where it dies.
type points struct {
	mu     sync.Mutex
	passed map[string]int
	at     string
	nth    int
	list   *os.File
}

func newPoints(at, list string) *points {
	p := &points{passed: map[string]int{}, nth: 1, at: at}
	if point, nth, counted := strings.Cut(at, "#"); counted {
		p.at = point
		p.nth, _ = strconv.Atoi(nth)
	}
	if list != "" {
		var err error
		if p.list, err = os.OpenFile(list, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
			panic(err)
		}
	}
	return p
}

func (p *points) pass(point string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed[point]++
	if p.list != nil && p.passed[point] == 1 {
		_, _ = p.list.WriteString(point + "\n")
	}
	if point == p.at && p.passed[point] == p.nth {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {} // whoever passes another point waits for the lock until all is over
	}
}
