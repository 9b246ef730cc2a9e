package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/hostile"
	"freecar/internal/kitx"
	"freecar/internal/obs"
)

// TestHostile sends 100,000 requests that no honest client makes, from the route table, to
// the running program: none breaks it, each refusal has a code, and nothing has changed.
// More of them go to processes as users run them, which take half the time of one that the
// race detector watches.
// A failure prints the seed and the number of the request: FREECAR_SEED=… replays them, and
// FREECAR_REQUEST=… sends that one alone.
func TestHostile(t *testing.T) {
	const inOne, inShort, amongSix = 40_000, 5_000, 60_000
	t.Run("in one process", func(t *testing.T) {
		n := uint64(inOne)
		if testing.Short() {
			n = inShort
		}
		pressInside(t, seed(t), n, time.Time{})
	})
	t.Run("as six processes", func(t *testing.T) {
		if testing.Short() {
			t.Skip("processes take longer")
		}
		r := newProcesses(t, 1, hostileFleet)
		press(t, r, r.cluster.data, seed(t), amongSix, time.Time{})
		for _, member := range r.cluster.members {
			if said := member.complaints(); strings.Contains(said, "panic") || strings.Contains(said, `"level":"error"`) {
				t.Errorf("%s said:\n%s", member.kind.name, said)
			}
		}
	})
}

// TestSoakHostile sends a million, each twentieth to a fresh platform, or with
// FREECAR_SOAK_FOR as many as can be sent meanwhile.
func TestSoakHostile(t *testing.T) {
	soaks(t)
	const each = 50_000 // the callers' tokens last for a quarter of an hour
	rounds, until := uint64(20), time.Time{}
	if length := soakFor(t, 0); length > 0 {
		rounds, until = math.MaxUint64, time.Now().Add(length)
	}
	first, sent := seed(t), uint64(0)
	for round := uint64(0); round < rounds && (until.IsZero() || time.Now().Before(until)); round++ {
		t.Run(fmt.Sprintf("seed %d", first+round), func(t *testing.T) { sent += pressInside(t, first+round, each, until) })
	}
	if t.Logf("%d requests in all", sent); sent == 0 {
		t.Error("there was no time for one")
	}
}

const hostileFleet = 5

// seed is the one to replay, or a new one.
func seed(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv("FREECAR_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal("FREECAR_SEED is no number")
		}
		return n
	}
	return rand.Uint64() >> 1
}

// faultLog gathers what a platform logs as an error.
type faultLog struct {
	mu    sync.Mutex
	lines []string
}

func (c *faultLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"level":"error"`)) || bytes.Contains(line, []byte("panic")) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lines = append(c.lines, string(line))
	}
	return len(line), nil
}

// pressInside presses a platform in this process, and looks at its log, goroutines and heap.
func pressInside(t *testing.T, seed, n uint64, until time.Time) (sent uint64) {
	t.Helper()
	said := &faultLog{}
	logger, err := obs.NewLogger(said, "info")
	if err != nil {
		t.Fatal(err)
	}
	var folder string
	r := newRig(t, 1, hostileFleet, func(o *platformOptions) {
		o.Obs = obs.NewPlatform(log.LoggerFunc(logger.Log), prometheus.NewRegistry(), reporter.NewNoopReporter(), 0)
		folder = o.DataDir
	})
	sent = press(t, r, folder, seed, n, until)
	for i, line := range said.lines {
		if i < 5 {
			t.Errorf("logged: %s", line)
		}
	}
	return sent
}

// press sends n requests of a seed, or as many as it can until a time that is not zero, and
// checks that the platform is as it was.
func press(t *testing.T, r *rig, folder string, seed, n uint64, until time.Time) (sent uint64) {
	t.Helper()
	world := hostileWorld(t, r)
	g := hostile.New(seed, publicSpecs(t), world)
	p := &presser{t: t, until: until, address: world.Host, generator: g, statuses: map[int]int{}, failed: map[string]bool{}, judged: map[string]int{}}
	before := settled(t, folder)
	if only := os.Getenv("FREECAR_REQUEST"); only != "" {
		number, err := strconv.ParseUint(only, 10, 64)
		if err != nil {
			t.Fatal("FREECAR_REQUEST is no number")
		}
		t.Log(g.Make(number))
		p.from.Store(number)
		p.run(number + 1)
		sameStores(t, before, settled(t, folder))
		return 1
	}
	if os.Getenv("FREECAR_SOAK") != "" {
		tells(t, func() string { return fmt.Sprintf("%d requests of %d", p.sent.Load(), n) })
	}
	const warm = 2_000 // pools, caches and connections have their size then
	p.run(min(warm, n))
	goroutines, heap := resting()
	members := membersOf(t, r)
	begin := time.Now()
	p.run(n)
	took := time.Since(begin)
	sameStores(t, before, settled(t, folder))
	atRest(t, goroutines, heap)
	membersAtRest(t, r, members)
	sent = p.sent.Load()
	if late := p.late.Load(); late > sent/1000 {
		t.Errorf("%d of %d requests took too long", late, sent)
	}
	p.looks(sent)
	t.Logf("seed %d: %d requests to %d routes, all but the first %d of them in %v (%.0f/s): %v",
		seed, sent, g.Routes(), warm, took.Round(time.Millisecond), float64(sent-min(warm, sent))/took.Seconds(), p.statuses)
	return sent
}

const heapSlack = 48 << 20

func resting() (goroutines int, heap uint64) {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return runtime.NumGoroutine(), stats.HeapAlloc
}

// atRest waits until no more goroutines and memory are left than before.
func atRest(t *testing.T, goroutines int, heap uint64) {
	t.Helper()
	const slack = 30 // idle connections among services come and go
	var g int
	var h uint64
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		if g, h = resting(); g <= goroutines+slack && h <= heap+heapSlack {
			t.Logf("goroutines %d, then %d; heap %d MiB, then %d MiB", goroutines, g, heap>>20, h>>20)
			return
		}
	}
	t.Errorf("goroutines %d, then %d; heap %d MiB, then %d MiB", goroutines, g, heap>>20, h>>20)
}

// membersOf are the figures of a cluster's members.
func membersOf(t *testing.T, r *rig) (figures []map[string]float64) {
	t.Helper()
	if r.cluster != nil {
		for _, m := range r.cluster.members {
			figures = append(figures, (&program{tb: t, data: r.cluster.data, proc: m.proc}).sample(t))
		}
	}
	return figures
}

// membersAtRest waits until no member has more goroutines, files and memory than before.
func membersAtRest(t *testing.T, r *rig, before []map[string]float64) {
	t.Helper()
	slack := map[string]float64{"goroutines": 30, "open files": 30, "heap after GC": heapSlack >> 20,
		"metric series": 10_000} // each of some hundred routes and their refusals has some
	var grown []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(200 * time.Millisecond) {
		grown = nil
		for i, now := range membersOf(t, r) {
			for what, more := range slack {
				if now[what] > before[i][what]+more {
					grown = append(grown, fmt.Sprintf("%s of %s: %.0f, then %.0f", what, r.cluster.members[i].kind.name, before[i][what], now[what]))
				}
			}
		}
		if len(grown) == 0 {
			return
		}
	}
	t.Error(grown)
}

// presser sends the requests of a generator over some connections.
type presser struct {
	t         *testing.T
	address   string
	generator *hostile.Generator
	until     time.Time // it stops then; zero for never
	from      atomic.Uint64
	sent      atomic.Uint64
	late      atomic.Uint64 // answers that the time was over
	failures  atomic.Int64

	mu       sync.Mutex
	statuses map[int]int
	failed   map[string]bool // kinds of failure
	judged   map[string]int  // answers that say something, by operation; 0 where all were put off
}

const (
	pressers     = 12
	failuresMost = 30
	answerWithin = 40 * time.Second // longer than the platform gives anything
)

// run sends the requests up to n that were not sent yet.
func (p *presser) run(n uint64) {
	p.t.Helper()
	var wg sync.WaitGroup
	for range pressers {
		wg.Go(func() {
			w := &wireClient{presser: p}
			defer w.close()
			for p.failures.Load() < failuresMost && (p.until.IsZero() || time.Now().Before(p.until)) {
				i := p.from.Add(1) - 1
				if i >= n {
					p.from.Add(^uint64(0))
					return
				}
				w.send(p.generator.Make(i))
				p.sent.Add(1)
			}
		})
	}
	wg.Wait()
	p.from.Store(n)
}

func (p *presser) note(op string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statuses[status]++
	if status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout {
		p.judged[op] += 0
	} else {
		p.judged[op]++
	}
}

// looks fails if the answers say little: a platform that puts callers off, one whose breakers
// are open say, breaks no other rule.
func (p *presser) looks(sent uint64) {
	p.t.Helper()
	if off := uint64(p.statuses[http.StatusServiceUnavailable]); off > sent/100 {
		p.t.Errorf("%d of %d requests were put off", off, sent)
	}
	for op, n := range p.judged {
		if n == 0 {
			p.t.Errorf("all requests to %s were put off", op)
		}
	}
	if n := len(p.judged); n < p.generator.Routes() && p.until.IsZero() && p.failures.Load() == 0 {
		p.t.Errorf("%d of %d routes answered", n, p.generator.Routes())
	}
}

func (p *presser) fail(r hostile.Request, format string, args ...any) {
	kind := r.Op + " " + r.What
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.failed[kind]; !known && p.failures.Add(1) <= failuresMost {
		p.failed[kind] = true
		p.t.Errorf("%s\n%v", fmt.Sprintf(format, args...), r)
	}
}

// wireClient is one connection, and the next one when it ends.
type wireClient struct {
	*presser
	conn net.Conn
	in   *bufio.Reader
}

func (w *wireClient) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

func (w *wireClient) send(r hostile.Request) {
	if r.Alone {
		w.close()
		defer w.close()
	}
	times := 1
	if r.Twice {
		times = 2
	}
	for range times {
		w.once(r)
	}
}

// once sends a request and judges its answer. A kept connection may have ended: then there
// is another try, as any client would.
func (w *wireClient) once(r hostile.Request) {
	kept := w.conn != nil
	resp, body, err := w.exchange(r)
	if err != nil && kept && !isTimeout(err) {
		w.close()
		resp, body, err = w.exchange(r)
	}
	if err != nil {
		w.close()
		if !r.Want.Silence || isTimeout(err) {
			w.fail(r, "no answer: %v", err)
		}
		return
	}
	if resp.Close {
		w.close()
	}
	w.note(r.Op, resp.StatusCode)
	why := judge(r, resp, body)
	if why == "" && resp.StatusCode == http.StatusGatewayTimeout {
		w.late.Add(1)
	}
	if why != "" {
		w.fail(r, "%s: got %d %s", why, resp.StatusCode, body)
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func (w *wireClient) exchange(r hostile.Request) (*http.Response, []byte, error) {
	if w.conn == nil {
		conn, err := net.DialTimeout("tcp", w.address, answerWithin)
		if err != nil {
			return nil, nil, err
		}
		w.conn, w.in = conn, bufio.NewReader(conn)
	}
	_ = w.conn.SetDeadline(time.Now().Add(answerWithin))
	_, writeErr := w.conn.Write(r.Bytes) // the answer may come before all is sent
	method := http.MethodGet
	if r.Head {
		method = http.MethodHead
	}
	for {
		resp, err := http.ReadResponse(w.in, &http.Request{Method: method})
		if err != nil {
			return nil, nil, errors.Join(err, writeErr)
		}
		if resp.StatusCode < http.StatusOK {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Close = resp.Close || writeErr != nil
		return resp, body, err
	}
}

// judge says what is wrong with an answer; nothing is empty.
func judge(r hostile.Request, resp *http.Response, body []byte) string {
	status := resp.StatusCode
	switch {
	case status == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		return "" // honest
	case status >= http.StatusInternalServerError && status != http.StatusGatewayTimeout: // of a busy machine; press counts them
		return "a fault"
	case r.Want.Refused && status < http.StatusBadRequest:
		return "it was not refused"
	case len(r.Want.Statuses) > 0 && status != http.StatusGatewayTimeout && !slices.Contains(r.Want.Statuses, status):
		return fmt.Sprintf("want %v", r.Want.Statuses)
	case status < http.StatusBadRequest || r.Head:
		return ""
	}
	var problem struct {
		Status  int
		Code    string
		TraceID string `json:"trace_id"`
		Errors  []struct{ Field string }
	}
	if err := json.Unmarshal(body, &problem); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
		return "no problem document"
	}
	if problem.Code == "" || problem.TraceID == "" || problem.Status != status {
		return "a problem document without code, trace_id or status"
	}
	if r.Want.Field == "" || status == http.StatusGatewayTimeout {
		return ""
	}
	named := false
	for _, e := range problem.Errors {
		named = named || e.Field == r.Want.Field
		if e.Field != r.Want.Field && !r.Want.Others {
			return "it names " + e.Field + " and not only " + r.Want.Field
		}
	}
	if !named {
		return "it does not name " + r.Want.Field
	}
	return ""
}

// publicSpecs are the operations of the gateway.
func publicSpecs(t *testing.T) (public []kitx.Spec) {
	t.Helper()
	for _, spec := range declared(t) {
		if !strings.HasPrefix(spec.Path, "/internal/") && !slices.ContainsFunc(public, func(s kitx.Spec) bool { return s.Op == spec.Op }) {
			public = append(public, spec)
		}
	}
	return public
}
