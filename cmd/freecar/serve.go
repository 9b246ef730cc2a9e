package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"freecar/internal/auth/keys"
	"freecar/internal/peer"
	"freecar/internal/peer/static"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run one service in this process",
		Long: `Run one service as a process of its own, on embedded parts: all services of a platform
run on one machine and share --data-dir (so do several instances of one service, each
with addresses of its own). They find one another by --services. freecar dev and freecar
serve do not run on one folder at the same time, but one after the other.

` + environmentHelp,
		Example: `  # The whole platform as six processes, each on its own port (see --help of each):
  export FREECAR_DATA_DIR=/tmp/freecar
  freecar keys new
  for service in user car trip profile blob gateway; do freecar serve $service >$service.log & done
  until curl -sf http://127.0.0.1:8080/readyz >/dev/null; do sleep 1; done
  export FREECAR_ADMIN_PASSWORD='choose a long one'
  freecar ops admin create
  freecar sim --cars 24
  kill $(jobs -p)

  # A second instance of car: everybody has to know of it.
  export FREECAR_SERVICES=user=127.0.0.1:7001,car=127.0.0.1:7002,car=127.0.0.1:7012,\
trip=127.0.0.1:7003,profile=127.0.0.1:7004,blob=127.0.0.1:7005
  freecar serve car --addr 127.0.0.1:7012 --ops-addr 127.0.0.1:9192`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, k := range kinds {
		cmd.AddCommand(serveKindCommand(k))
	}
	return cmd
}

func serveKindCommand(k kind) *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   k.name,
		Short: k.purpose,
		Long: fmt.Sprintf(`Run the %s service: %s.

It is ready when /readyz at --ops-addr says so, and stops on Ctrl-C or SIGTERM: it is not
ready any more, serves on for --drain-wait, finishes what is under way, and closes.

`, k.name, k.purpose) + environmentHelp,
		Example: fmt.Sprintf(`  freecar serve %[1]s
  freecar serve %[1]s --data-dir /tmp/freecar --%[2]s 127.0.0.1:0 --ops-addr 127.0.0.1:0`, k.name, (&config{Service: k.name}).addrFlag()),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			services, err := c.checkServe()
			if err != nil {
				return err
			}
			return serveKind(cmd.Context(), k, c, services)
		},
	}
	c.serveFlags(cmd.Flags(), k)
	return cmd
}

// defaultServices are one instance of each, where they listen unless told otherwise.
func defaultServices() string {
	services := static.Services{}
	for _, k := range kinds {
		if k.name != gatewayName {
			services[k.name] = []string{k.addr}
		}
	}
	return services.String()
}

// checkServe names every setting that is wrong, all at once.
func (c *config) checkServe() (static.Services, error) {
	var w wrong
	c.checkCommon(&w)
	return c.resolved(&w), w.err()
}

// resolved reads --services.
func (c *config) resolved(w *wrong) static.Services {
	services, err := static.Parse(c.Services, callable)
	if err != nil {
		w.add("services", "has entries that are wrong:\n%v", err)
	}
	return services
}

func serveKind(ctx context.Context, k kind, c config, services static.Services) error {
	n, err := startService(ctx, k, c, services)
	if err != nil {
		return stopped(ctx, err)
	}
	fmt.Fprintf(os.Stderr, "FreeCar's %s is ready at %s after %d ms; metrics, health and pprof at %s. Ctrl-C stops.\n",
		k.name, reachable(n.config.HTTPAddr), n.ready.Milliseconds(), reachable(n.config.OpsAddr))
	return n.untilTold(ctx)
}

// startService starts one service; what it started is stopped when it fails.
func startService(ctx context.Context, k kind, c config, services static.Services) (_ *node, err error) {
	set, err := loadKeys(c)
	if err != nil {
		return nil, err
	}
	n, err := startNode(c, dataShared)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.process.Stop())
		}
	}()
	o := n.platformOptions()
	o.Keys = set
	p, err := openPlatform(ctx, o, n.process)
	if err != nil {
		return nil, err
	}
	p.reach(services)
	s, err := k.wire(p, ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.name, err)
	}
	if missing := services.Missing(p.callees...); len(missing) > 0 {
		return nil, errors.Join(fmt.Errorf("--services names no instance of %s, which %s calls", strings.Join(missing, ", "), k.name), s.Close())
	}
	p.run(k.name, s)
	if err := n.open(ctx, s); err != nil {
		return nil, err
	}
	n.announce("service", k.name)
	return n, nil
}

// reach makes the platform's peers go over sockets, to where services are said to run.
func (p *platform) reach(services static.Services) {
	transport := peer.NewTransport()
	p.process.OnStop("connections", func(context.Context) error { transport.CloseIdleConnections(); return nil })
	p.transport, p.instances = transport, services.Instancer
}

// loadKeys reads the keys: all processes of a platform must have the same, so that none
// of them makes any.
func loadKeys(c config) (keys.Set, error) {
	set, err := keys.Load(c.keysPath())
	if errors.Is(err, fs.ErrNotExist) {
		return set, fmt.Errorf("there are no keys in %s: freecar keys new makes them, once for all processes of the platform; or name their file with --keys-file", c.keysPath())
	}
	return set, err
}
