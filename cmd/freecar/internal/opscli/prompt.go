package opscli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// confirm asks before what cannot be undone. Without a person to ask, --yes has to say it.
func (i *invocation) confirm(format string, args ...any) error {
	if i.yes {
		return nil
	}
	what := fmt.Sprintf(format, args...)
	if _, person := terminal(i.in); !person {
		return misuse(i.command, fmt.Errorf("%s Nobody is here to be asked: --yes says that you mean it", what))
	}
	answer, err := i.prompt(what + " Go on? [y/N] ")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// prompt asks for a line.
func (i *invocation) prompt(question string) (string, error) {
	i.progress.clear()
	fmt.Fprint(i.err, Plain(question))
	return i.line()
}

// line reads a line of stdin and nothing beyond it, or until the person gives up.
func (i *invocation) line() (string, error) {
	return orInterrupted(i.ctx, func() (string, error) { return lineOf(i.in) })
}

func lineOf(r io.Reader) (string, error) {
	var b strings.Builder
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n' || err == io.EOF && b.Len() > 0:
			return strings.TrimRight(b.String(), "\r"), nil
		case n == 1:
			b.WriteByte(one[0])
		case err != nil:
			return "", fmt.Errorf("reading stdin: %w", err)
		}
	}
}

// secret asks for something that is not shown while it is typed.
func (i *invocation) secret(question string) (string, error) {
	f, person := terminal(i.in)
	if !person {
		return i.line()
	}
	fmt.Fprint(i.err, question)
	typed, err := Secret(i.ctx, f)
	fmt.Fprintln(i.err)
	return string(typed), err
}

// Secret reads a line of a terminal that is not shown while it is typed. When ctx ends, the
// terminal is as it was before.
func Secret(ctx context.Context, terminal *os.File) ([]byte, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	typed, err := orInterrupted(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if errors.Is(err, errInterrupted) {
		err = errors.Join(err, term.Restore(fd, before))
	}
	return typed, err
}

// orInterrupted reads from a person until ctx ends. The read is left behind then, since
// nothing can end it: the program is about to.
func orInterrupted[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		typed T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		typed, err := read()
		done <- result{typed, err}
	}()
	select {
	case r := <-done:
		return r.typed, r.err
	case <-ctx.Done():
		var none T
		return none, errInterrupted
	}
}

// firstLine reads a secret that a file keeps; "-" is stdin.
func (i *invocation) firstLine(path string) (string, error) {
	if path == "-" {
		return i.line()
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	if !lines.Scan() {
		return "", errors.Join(io.EOF, lines.Err())
	}
	return lines.Text(), nil
}
