package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"freecar/internal/auth/keys"
	"freecar/user/userapi"
)

func devCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the whole platform in this process, with a simulated fleet",
		Long: `Run the whole platform in one process on embedded parts: five services, the gateway
and a simulated fleet that answers commands and drives. Nothing else has to be installed.
Data is kept in --data-dir and survives a restart. Ctrl-C stops cleanly.

` + environmentHelp,
		Example: `  freecar dev
  freecar dev --demo-cars 200 --data-dir /tmp/freecar
  FREECAR_HTTP_ADDR=127.0.0.1:8888 freecar dev --log-level debug`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(fromEnvironment(cmd), c.check()); err != nil {
				return err
			}
			c.defaultLogLevel(term.IsTerminal(int(os.Stdout.Fd())))
			return dev(cmd.Context(), c)
		},
	}
	c.devFlags(cmd.Flags())
	return cmd
}

// defaultLogLevel keeps a terminal for the banner and for what goes wrong: a line for each
// request would drown both.
func (c *config) defaultLogLevel(terminal bool) {
	switch {
	case c.LogLevel != "":
	case terminal:
		c.LogLevel, c.quiet = "warn", true
	default:
		c.LogLevel = "info"
	}
}

// dev runs until ctx ends or a part fails.
func dev(ctx context.Context, c config) error {
	d, err := startDev(ctx, c)
	if err != nil {
		return stopped(ctx, err)
	}
	d.banner(os.Stderr)
	return d.untilTold(ctx)
}

// development is a node that is the whole platform, with its first admin and its fleet.
type development struct {
	*node
	platform *platform
	admin    firstAdmin
	fleet    fleet
}

// startDev starts everything; what it started is stopped when it fails.
func startDev(ctx context.Context, c config) (_ *development, err error) {
	n, err := startNode(c, dataAlone)
	if err != nil {
		return nil, err
	}
	d := &development{node: n}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.process.Stop())
		}
	}()
	o := n.platformOptions()
	if o.Keys, err = keys.LoadOrCreate(n.config.keysPath()); err != nil {
		return nil, err
	}
	if d.platform, err = newPlatform(ctx, o, n.process); err != nil {
		return nil, err
	}
	if d.admin, err = ensureAdmin(ctx, d.platform.peer(opsName, userapi.Name), n.config); err != nil {
		return nil, err
	}
	if err := n.open(ctx, d.platform.gateway); err != nil {
		return nil, err
	}
	if d.fleet, err = startFleet(ctx, d); err != nil {
		return nil, err
	}
	n.announce()
	return d, nil
}
