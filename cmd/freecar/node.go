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

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"freecar/internal/obs"
	"freecar/internal/serve"
)

// grace is how long a clean stop may take.
const grace = 8 * time.Second

// node is a process that serves: its log, its doors and its share of the data.
type node struct {
	config  config
	logger  log.Logger
	process *serve.Process
	health  serve.Health
	obs     *obs.Platform
	door    *door
	begin   time.Time
	ready   time.Duration // how long that took
}

// startNode takes the data and opens the doors, behind which there is nothing yet: an
// address in use is known at once, and requests wait until the node is ready. What it
// started is stopped when it fails.
func startNode(c config, use dataUse) (_ *node, err error) {
	lines := newLogWriter(os.Stdout)
	logger, err := obs.NewLogger(lines, c.LogLevel)
	if err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	n := &node{config: c, logger: logger, process: serve.NewProcess(logger, grace), door: &door{}, begin: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.process.Stop())
		}
	}()
	if err := n.takeData(use); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), lines.lost)
	n.obs = obs.NewPlatform(logger, registry, n.reporter(registry), 1)
	if err := n.listen("http", c.addrFlag(), &n.config.HTTPAddr, n.door); err != nil {
		return nil, err
	}
	if err := n.listen("ops", "ops-addr", &n.config.OpsAddr, opsHandler(registry, &n.health)); err != nil {
		return nil, err
	}
	return n, nil
}

// open lets requests in to s, once it is ready for them.
func (n *node) open(ctx context.Context, s service) error {
	if err := n.await(ctx, s); err != nil {
		return err
	}
	n.door.open(s.Handler())
	n.process.StopFirst("http")
	n.process.OnStop("streams", func(context.Context) error {
		drain(s)
		return nil
	})
	n.health.SetReady(true)
	return nil
}

const lookAgain = 5 * time.Millisecond

func (n *node) await(ctx context.Context, s service) error {
	for !isReady(s) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-n.process.Failed():
			return err
		case <-time.After(lookAgain):
		}
	}
	return nil
}

// announce says in the log where the node is and since when.
func (n *node) announce(keyvals ...any) {
	n.ready = time.Since(n.begin)
	_ = level.Info(n.logger).Log(append([]any{"msg", "ready", "http", n.config.HTTPAddr, "ops", n.config.OpsAddr,
		"took_ms", n.ready.Milliseconds(), "version", version}, keyvals...)...)
}

// untilTold serves until ctx ends or a part fails, and then stops.
func (n *node) untilTold(ctx context.Context) (err error) {
	select {
	case <-ctx.Done():
		fmt.Fprintln(os.Stderr, "\nstopping: finishing what is under way …")
	case err = <-n.process.Failed():
	}
	begin := time.Now()
	if err == nil {
		err = n.leave()
	}
	err = errors.Join(err, n.process.Stop())
	fmt.Fprintf(os.Stderr, "stopped after %.1f s; the data is in %s\n", time.Since(begin).Seconds(), n.config.DataDir)
	return err
}

// leave has the node serve on until those who watch /readyz send it nothing more; that
// takes nothing of the time that the parts have to stop. A part that fails ends it early.
func (n *node) leave() error {
	n.health.SetReady(false)
	select {
	case err := <-n.process.Failed():
		return err
	case <-time.After(n.config.DrainWait):
		return nil
	}
}

// stopped is err, but for what Ctrl-C did.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// dataUse is how a process uses the data folder.
type dataUse int

const (
	dataAlone  dataUse = syscall.LOCK_EX // dev: it is all services
	dataShared dataUse = syscall.LOCK_SH // serve: one service among others
)

// takeData keeps those from the folder with whom it cannot be shared.
func (n *node) takeData(use dataUse) error {
	folder := n.config.DataDir
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	n.process.OnStop("data", func(context.Context) error { return lock.Close() })
	if err := syscall.Flock(int(lock.Fd()), int(use)|syscall.LOCK_NB); err == nil {
		return nil
	}
	if use == dataAlone && syscall.Flock(int(lock.Fd()), int(dataShared)|syscall.LOCK_NB) == nil {
		return fmt.Errorf("services run on %s (freecar serve): stop them, or choose another --data-dir", folder)
	}
	return fmt.Errorf("another freecar runs on %s (freecar dev): stop it, or choose another --data-dir", folder)
}

// listen puts the address that it got in the place of the one that was asked for.
func (n *node) listen(name, flag string, address *string, h http.Handler) error {
	at, err := n.process.Serve(name, *address, h)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use: stop what listens there, or choose another --%s", *address, flag)
	}
	if err == nil {
		*address = at
	}
	return err
}

// reporter posts spans where --zipkin-url says.
func (n *node) reporter(registry prometheus.Registerer) reporter.Reporter {
	if n.config.ZipkinURL == "" {
		return reporter.NewNoopReporter()
	}
	r := spanReporter(n.config.ZipkinURL, registry, n.logger)
	n.process.OnStop("spans", func(context.Context) error { return r.Close() })
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
