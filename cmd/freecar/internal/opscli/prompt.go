package opscli

import (
	"bufio"
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
	fmt.Fprint(i.err, question)
	return i.line()
}

// line reads a line of stdin and nothing beyond it.
func (i *invocation) line() (string, error) {
	var b strings.Builder
	one := make([]byte, 1)
	for {
		n, err := i.in.Read(one)
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
	typed, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(i.err)
	return string(typed), err
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
