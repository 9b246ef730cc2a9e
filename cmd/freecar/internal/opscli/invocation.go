package opscli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"freecar/cmd/freecar/internal/opsclient"
)

// invocation is one run of a command.
type invocation struct {
	*tool
	command  *cobra.Command
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	gateway  *url.URL
	client   *opsclient.Client
	progress *progress
}

// invoke prepares a run. Nothing is sent yet.
func (t *tool) invoke(cmd *cobra.Command) (*invocation, error) {
	gateway, err := opsclient.ParseURL(t.url)
	if err != nil {
		return nil, misuse(cmd, fmt.Errorf("--url: %w", err))
	}
	if t.timeout <= 0 {
		return nil, misuse(cmd, fmt.Errorf("--timeout must be above 0"))
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("no place for the session: %w", err)
	}
	i := &invocation{
		tool: t, command: cmd, ctx: cmd.Context(), gateway: gateway,
		in: cmd.InOrStdin(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(),
	}
	i.progress = newProgress(i.err)
	i.client = opsclient.New(opsclient.Config{
		URL: gateway, Sessions: opsclient.NewStore(filepath.Join(folder, "freecar"), gateway.String()),
		Timeout: t.timeout, UserAgent: "freecar-ops/" + t.version,
		Waiting: func(d time.Duration, why string) {
			i.progress.note("%s: waiting %s", why, d.Round(100*time.Millisecond))
		},
	})
	return i, nil
}

// say tells a person something that is no part of the result.
func (i *invocation) say(format string, args ...any) {
	i.progress.clear()
	fmt.Fprintln(i.err, Plain(fmt.Sprintf(format, args...)))
}

// terminal says that a person is at the other end of a stream.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}
