package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"freecar/internal/auth/keys"
	"freecar/internal/peer/static"
)

// cluster is the platform as processes of the real binary.
type cluster struct {
	tb       testing.TB
	data     string
	services static.Services
	members  []*member
	gateways []string
}

// member is one process: an instance of a service.
type member struct {
	kind    kind
	address string
	*proc
}

// newProcesses starts so many instances of each service, each a process, on fresh data.
// The client goes to the gateways in turn.
func newProcesses(tb testing.TB, instances, cars int) *rig {
	tb.Helper()
	r := newRigProcess(tb)
	r.cluster = startCluster(tb, instances)
	r.openDoors(tb, cars)
	return r
}

// openDoors gives a cluster its admin, and the rig its way in.
func (r *rig) openDoors(tb testing.TB, cars int) {
	tb.Helper()
	c := config{AdminEmail: rigAdmin, DataDir: r.cluster.data, Services: r.cluster.services.String()}
	password := func() (string, error) { return rigPassword, nil }
	if err := createAdmin(tb.Context(), c, password, io.Discard); err != nil {
		tb.Fatal(err)
	}
	idle := transport()
	r.process.OnStop("connections", func(context.Context) error { idle.CloseIdleConnections(); return nil })
	r.enter(tb, &http.Client{Transport: listening(tb, &inTurn{to: r.cluster.gateways, by: idle})}, r.cluster.gateways[0], cars)
}

func startCluster(tb testing.TB, instances int) *cluster {
	tb.Helper()
	return startMembers(tb, slices.Repeat(kinds, instances))
}

// startMembers runs an instance for each time that a service is named.
func startMembers(tb testing.TB, of []kind) *cluster {
	tb.Helper()
	c := &cluster{tb: tb, data: tb.TempDir(), services: static.Services{}}
	file := filepath.Join(c.data, "keys", "keys.json")
	if err := keys.Create(file); err != nil {
		tb.Fatal(err)
	}
	rememberKeysAt(file)
	for i, address := range vacant(tb, len(of)) {
		m := &member{kind: of[i], address: address}
		c.members = append(c.members, m)
		if m.kind.name == gatewayName {
			c.gateways = append(c.gateways, address)
		} else {
			c.services[m.kind.name] = append(c.services[m.kind.name], address)
		}
	}
	tb.Cleanup(c.stop)
	for _, m := range c.members {
		c.start(m)
	}
	for _, m := range c.members {
		m.awaitReady(tb)
	}
	return c
}

// start runs a member; it is not ready yet.
func (c *cluster) start(m *member) {
	c.tb.Helper()
	addr := (&config{Service: m.kind.name}).addrFlag()
	flags := []string{"serve", m.kind.name, "--data-dir", c.data, "--services", c.services.String(), "--" + addr, m.address, "--ops-addr", "127.0.0.1:0"}
	switch m.kind.name {
	case gatewayName:
		flags = append(flags, "--limits", "off")
	case "blob":
		flags = append(flags, "--public-url", "http://"+c.gateways[0])
	}
	m.proc = startProc(c.tb, flags...)
}

// of are the instances of a service.
func (c *cluster) of(service string) (members []*member) {
	for _, m := range c.members {
		if m.kind.name == service {
			members = append(members, m)
		}
	}
	return members
}

// stop ends all members as an operator would, at once, and says of a failed test what
// they complained about.
func (c *cluster) stop() {
	for _, m := range c.members {
		if m.proc != nil && !m.killed.Load() {
			_ = m.cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	for _, m := range c.members {
		if m.proc == nil {
			continue
		}
		if err := m.awaitEnd(10 * time.Second); err != nil && !m.killed.Load() {
			c.tb.Errorf("%s at %s: %v", m.kind.name, m.address, err)
		}
		if c.tb.Failed() {
			c.tb.Logf("%s at %s complained:\n%s", m.kind.name, m.address, m.complaints())
		}
	}
}

// proc is a process of the binary that serves.
type proc struct {
	cmd    *exec.Cmd
	begun  time.Time
	at     string        // where it listens; valid once it is ready
	ops    string        // where it shows itself; the same
	took   time.Duration // from its start until it said that it is ready
	ready  chan struct{}
	ended  chan struct{}
	err    error        // why it ended; valid after that
	said   bytes.Buffer // on stderr; the same
	killed atomic.Bool
	shown  *shown

	mu    sync.Mutex
	lines []string       // its last complaints
	msgs  map[string]int // how often it complained of what
}

const complaintsKept = 40

// startProc runs the binary. It dies with the test, however that ends.
func startProc(tb testing.TB, flags ...string) *proc {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatal(err)
	}
	return startCommand(tb, exec.Command(path, flags...))
}

// startCommand runs a command that serves. It dies with the test, however that ends.
func startCommand(tb testing.TB, cmd *exec.Cmd) *proc {
	tb.Helper()
	p := &proc{cmd: cmd, begun: time.Now(), ready: make(chan struct{}), ended: make(chan struct{}), shown: newShown(tb)}
	p.cmd.SysProcAttr = diesWithUs()
	p.cmd.Stderr = &p.said
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.follow(out)
		if p.err = p.cmd.Wait(); p.err != nil {
			p.complain(p.said.String())
		}
		p.shown.stderr(p.said.String())
		p.shown.check()
	}()
	return p
}

// follow reads the log to its end.
func (p *proc) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.shown.say(lines.Text())
		var line struct{ Level, Msg, HTTP, Ops string }
		err := json.Unmarshal(lines.Bytes(), &line)
		switch {
		case err != nil:
			p.complain("stdout has a line that is no JSON: " + lines.Text())
		case line.Level == "warn" || line.Level == "error":
			p.complain(lines.Text())
			p.count(line.Msg)
		case line.Msg == "ready":
			p.at, p.ops, p.took = line.HTTP, line.Ops, time.Since(p.begun)
			close(p.ready)
		}
	}
}

func (p *proc) complain(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
	if len(p.lines) > complaintsKept {
		p.lines = p.lines[1:]
	}
}

func (p *proc) count(msg string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.msgs == nil {
		p.msgs = map[string]int{}
	}
	p.msgs[msg]++
}

// complained is how often it complained of something.
func (p *proc) complained(msg string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.msgs[msg]
}

func (p *proc) complaints() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func (p *proc) awaitReady(tb testing.TB) {
	tb.Helper()
	select {
	case <-p.ready:
	case <-p.ended:
		tb.Fatalf("%v ended: %v\n%s", p.cmd.Args[1:], p.err, p.complaints())
	case <-time.After(60 * time.Second):
		tb.Fatalf("%v is not ready\n%s", p.cmd.Args[1:], p.complaints())
	}
}

// kill is kill -9.
func (p *proc) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// shutDown stops the process as an operator would.
func (p *proc) shutDown() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.awaitEnd(10 * time.Second)
}

// awaitEnd waits until the process has ended; one that takes longer than it may is killed.
func (p *proc) awaitEnd(within time.Duration) error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(within):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("it did not stop within %v", within)
	}
}

// inTurn sends what is for the first gateway to each of them in turn.
type inTurn struct {
	to   []string
	by   http.RoundTripper
	next atomic.Uint64
}

// RoundTrip does it to a copy of the request. Where nobody listens it goes on to the next one,
// as a balancer does: devices that met a dead one half of the time would wait longer and longer,
// and their cars not hear of riders in time.
func (t *inTurn) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.URL.Host != t.to[0] {
		return t.by.RoundTrip(r)
	}
	for range t.to {
		again := r.Clone(r.Context())
		again.URL.Host, again.Host = t.to[t.next.Add(1)%uint64(len(t.to))], ""
		if r.GetBody != nil {
			if again.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
		resp, err = t.by.RoundTrip(again)
		failed, ok := errors.AsType[*net.OpError](err)
		if err == nil || !ok || failed.Op != "dial" || r.Body != nil && r.GetBody == nil {
			break
		}
	}
	return resp, err
}

// vacant are n addresses that nobody listens at. Their ports are below those that
// connections take (32768 and up on Linux): nobody comes first.
func vacant(tb testing.TB, n int) (addresses []string) {
	tb.Helper()
	const lowest, highest, triesAtMost = 15_000, 32_000, 1_000
	var listeners []net.Listener
	for try := 0; len(listeners) < n; try++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(highest-lowest)))
		if err != nil && try < triesAtMost {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		listeners, addresses = append(listeners, l), append(addresses, l.Addr().String())
	}
	var failures []error
	for _, l := range listeners {
		failures = append(failures, l.Close())
	}
	if err := errors.Join(failures...); err != nil {
		tb.Fatal(err)
	}
	return addresses
}
