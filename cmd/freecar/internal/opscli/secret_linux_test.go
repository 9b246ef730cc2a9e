package opscli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openTerminal gives the two ends of a terminal: a person's, and a program's.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err) // a sandbox without terminals
	}
	t.Cleanup(func() { _ = person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

func stateOf(t *testing.T, f *os.File) *term.State {
	t.Helper()
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestSecret(t *testing.T) {
	t.Run("what is typed", func(t *testing.T) {
		person, program := openTerminal(t)
		if _, err := person.WriteString("correct horse\n"); err != nil {
			t.Fatal(err)
		}
		if got, err := Secret(t.Context(), program); string(got) != "correct horse" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("an interrupted prompt leaves the terminal as it was", func(t *testing.T) {
		person, program := openTerminal(t)
		before := stateOf(t, program)
		ctx, interrupt := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := Secret(ctx, program)
			failed <- err
		}()
		for reflect.DeepEqual(stateOf(t, program), before) { // until nothing is shown
			time.Sleep(time.Millisecond)
		}
		interrupt()
		if err := <-failed; !errors.Is(err, errInterrupted) {
			t.Errorf("got %v", err)
		}
		if !reflect.DeepEqual(stateOf(t, program), before) {
			t.Error("nobody sees any more what is typed")
		}
		if _, err := person.WriteString("\n"); err != nil { // ends the read
			t.Fatal(err)
		}
	})
}
