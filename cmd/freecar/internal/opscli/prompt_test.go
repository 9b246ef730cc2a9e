package opscli

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestPromptInterrupted(t *testing.T) {
	in, typing := io.Pipe()
	defer typing.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	i := &invocation{tool: &tool{}, ctx: ctx, in: in, err: io.Discard, progress: newProgress(io.Discard)}
	failed := make(chan error, 1)
	go func() {
		_, err := i.prompt("E-mail: ")
		failed <- err
	}()
	if _, err := typing.Write([]byte("ada@")); err != nil { // it is being read
		t.Fatal(err)
	}
	interrupt()
	if err := <-failed; !errors.Is(err, errInterrupted) {
		t.Errorf("got %v", err)
	}
}
