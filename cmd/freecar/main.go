// Command freecar is the whole platform in one binary: as one process on embedded parts
// (freecar dev) or as one process for each service (freecar serve), with the tools to run it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"freecar/cmd/freecar/internal/opscli"
)

// Set by the linker.
var (
	version = "dev"
	commit  = "unknown"
)

// gcPercent lets the heap grow further between collections than Go's default: it is some
// tens of megabytes, and collecting it more often took a tenth of the CPU under load.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "freecar:", opscli.Plain(err.Error()))
		stop()
		os.Exit(opscli.ExitCode(err))
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "freecar",
		Short:         "A free-floating car-sharing platform",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	ops := opscli.Command(version)
	ops.AddCommand(opsAdminCommand())
	cmd.AddCommand(devCommand(), serveCommand(), simCommand(), ops, keysCommand(), versionCommand())
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go release",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			release := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				release = info.GoVersion
			}
			fmt.Fprintf(cmd.OutOrStdout(), "freecar %s (%s, %s)\n", version, commit, release)
		},
	}
}
