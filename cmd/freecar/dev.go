package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-kit/log/level"
	"github.com/openzipkin/zipkin-go/reporter"
	zipkinhttp "github.com/openzipkin/zipkin-go/reporter/http"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"freecar/internal/clock"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

// grace is how long a clean stop may take.
const grace = 8 * time.Second

func devCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the whole platform in this process, with a simulated fleet",
		Long: `Run the whole platform in one process on embedded parts: five services, the gateway
and a simulated fleet that answers commands and drives. Nothing else has to be installed.
Data is kept in --data-dir and survives a restart. Ctrl-C stops cleanly.

Every flag can be set in the environment too: FREECAR_ and its name in capitals,
FREECAR_DEMO_CARS for --demo-cars. What it serves on stdout is its log, as JSON lines.`,
		Example: `  freecar dev
  freecar dev --demo-cars 200 --data-dir /tmp/freecar
  FREECAR_HTTP_ADDR=127.0.0.1:8888 freecar dev --log-level debug`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(fromEnvironment(cmd), c.check()); err != nil {
				return err
			}
			return dev(cmd.Context(), c)
		},
	}
	c.flags(cmd.Flags())
	return cmd
}

// dev runs until ctx ends or a part fails.
func dev(ctx context.Context, c config) error {
	d, err := startDev(ctx, c)
	if err != nil {
		return err
	}
	d.banner(os.Stderr)
	select {
	case <-ctx.Done():
		fmt.Fprintln(os.Stderr, "\nstopping: finishing what is under way …")
	case err = <-d.process.Failed():
	}
	begin := time.Now()
	err = errors.Join(err, d.stop())
	fmt.Fprintf(os.Stderr, "stopped after %.1f s; the data is in %s\n", time.Since(begin).Seconds(), c.DataDir)
	return err
}

// development is a platform with its doors, its first admin and its fleet.
type development struct {
	config   config
	process  *serve.Process
	health   serve.Health
	platform *platform
	admin    firstAdmin
	fleet    fleet
	ready    time.Duration
}

// startDev starts everything; what it started is stopped when it fails.
func startDev(ctx context.Context, c config) (_ *development, err error) {
	begin := time.Now()
	logger, err := obs.NewLogger(os.Stdout, c.LogLevel)
	if err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	d := &development{config: c, process: serve.NewProcess(logger, grace)}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.process.Stop())
		}
	}()
	if err := d.takeData(); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	platformObs := obs.NewPlatform(logger, registry, d.reporter(), 1)
	// The doors are opened first, so that an address in use is known at once; requests
	// wait in them until the platform is there.
	door := &door{}
	if d.config.HTTPAddr, err = d.listen("http", c.HTTPAddr, door); err != nil {
		return nil, err
	}
	if d.config.OpsAddr, err = d.listen("ops", c.OpsAddr, opsHandler(registry, &d.health)); err != nil {
		return nil, err
	}
	if d.config.PublicURL == "" {
		d.config.PublicURL = "http://" + reachable(d.config.HTTPAddr)
	}
	d.platform, err = newPlatform(ctx, platformOptions{
		DataDir: c.DataDir, PublicURL: d.config.PublicURL, Limits: c.Limits == "on", Instances: 1, Obs: platformObs, Clock: clock.System{},
		Health: &d.health,
	}, d.process)
	if err != nil {
		return nil, err
	}
	if d.admin, err = ensureAdmin(ctx, d.platform, c); err != nil {
		return nil, err
	}
	door.open(d.platform.gateway.Handler())
	d.process.StopFirst("http")
	d.process.OnStop("gateway", func(context.Context) error {
		d.health.SetReady(false)
		d.platform.gateway.CloseStreams()
		return nil
	})
	d.health.SetReady(true)
	if d.fleet, err = startFleet(ctx, d, logger); err != nil {
		return nil, err
	}
	d.ready = time.Since(begin)
	_ = level.Info(logger).Log("msg", "ready", "http", d.config.HTTPAddr, "ops", d.config.OpsAddr, "took_ms", d.ready.Milliseconds(), "version", version)
	return d, nil
}

func (d *development) stop() error { return d.process.Stop() }

// takeData makes the folder ours alone: two processes would not share it well.
func (d *development) takeData() error {
	if err := os.MkdirAll(d.config.DataDir, 0o700); err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(d.config.DataDir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	d.process.OnStop("data", func(context.Context) error { return lock.Close() })
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another freecar runs on %s: stop it, or choose another --data-dir", d.config.DataDir)
	}
	return nil
}

func (d *development) listen(name, address string, h http.Handler) (string, error) {
	at, err := d.process.Serve(name, address, h)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("%s is in use: stop what listens there, or choose another --%s-addr", address, name)
	}
	return at, err
}

// reporter posts spans where --zipkin-url says.
func (d *development) reporter() reporter.Reporter {
	if d.config.ZipkinURL == "" {
		return reporter.NewNoopReporter()
	}
	r := zipkinhttp.NewReporter(d.config.ZipkinURL)
	d.process.OnStop("spans", func(context.Context) error { return r.Close() })
	return r
}

// reachable is an address that a client on this machine can dial.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
