// Package peertest is the contract of resolvers: what package peer relies on in an
// sd.Instancer, for whichever tells it where a service runs.
package peertest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"go.uber.org/goleak"

	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
)

// Resolver is a resolver under test, and the hand that moves the world it tells of.
type Resolver struct {
	sd.Instancer
	// Fixed says that its world never changes; Set and Break are nil then.
	Fixed bool
	// Set makes the service run at these addresses, or nowhere; it ends a Break, too.
	Set func(instances ...string)
	// Break takes away what the resolver learns from.
	Break func()
}

// Open makes a resolver in a world where the service runs at these addresses. It knows
// them when Open returns. The suite calls Stop.
type Open func(t *testing.T, instances ...string) Resolver

// HystrixStays are the goroutines of circuits, of which each process keeps two for ever.
func HystrixStays() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreTopFunction("github.com/afex/hystrix-go/hystrix.(*metricExchange).Monitor"),
		goleak.IgnoreTopFunction("github.com/afex/hystrix-go/hystrix.(*poolMetrics).Monitor"),
	}
}

const (
	one   = "127.0.0.1:7001"
	two   = "127.0.0.1:7002"
	three = "[::1]:7003"
	// soon is for what comes without delay, if it comes.
	soon = 10 * time.Second
)

// Resolvers is the suite.
func Resolvers(t *testing.T, open Open) {
	for _, tc := range []struct {
		name    string
		changes bool
		test    func(*testing.T, Open)
	}{
		{"who registers is told at once what is known", false, toldAtOnce},
		{"who keeps and changes what it was told changes nothing for others", false, copies},
		{"who has left is told nothing more, and leaving twice is leaving once", false, left},
		{"a service that runs nowhere is told as such", false, nowhere},
		{"peers have their instances from the start", false, peersFromTheStart},
		{"no goroutine is left after a stop", false, nothingLeft},
		{"all who are registered are told of a change", true, changes},
		{"leaving while it changes", true, leavingWhileItChanges},
		{"peers follow a change", true, peersFollow},
		{"peers keep the last good list while the source is away, or knows nobody", true, peersKeep},
		{"after an outage the list of then is told", true, afterAnOutage},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if probe := open(t, one); tc.changes && probe.Fixed {
				probe.Stop()
				t.Skip("a world that never changes")
			} else {
				probe.Stop()
			}
			tc.test(t, open)
		})
	}
}

// world opens a resolver that is stopped with the test.
func world(t *testing.T, open Open, instances ...string) Resolver {
	t.Helper()
	r := open(t, instances...)
	t.Cleanup(r.Stop)
	return r
}

// listener reads what it is told, as a peer does.
type listener struct {
	from   sd.Instancer
	events chan sd.Event
	done   chan struct{}

	mu   sync.Mutex
	told []sd.Event
}

func listen(from sd.Instancer) *listener {
	l := &listener{from: from, events: make(chan sd.Event), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for e := range l.events {
			l.mu.Lock()
			l.told = append(l.told, e)
			l.mu.Unlock()
		}
	}()
	from.Register(l.events)
	return l
}

// leave is what a peer does at its end: the channel is closed once nobody sends any more.
func (l *listener) leave() {
	l.from.Deregister(l.events)
	close(l.events)
	<-l.done
}

func (l *listener) all() []sd.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.told)
}

// awaits waits until the last that was told are these instances.
func (l *listener) awaits(t *testing.T, instances ...string) {
	t.Helper()
	eventually(t, func() error {
		all := l.all()
		if len(all) == 0 || !same(all[len(all)-1], instances) {
			return fmt.Errorf("told %+v, want %v at the end", all, instances)
		}
		return nil
	})
}

func same(e sd.Event, instances []string) bool {
	return e.Err == nil && slices.Equal(sorted(e.Instances), sorted(instances))
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func eventually(t *testing.T, ok func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); {
		if err = ok(); err == nil {
			return
		}
		<-time.After(time.Millisecond) // between two looks
	}
	t.Fatal(err)
}

func toldAtOnce(t *testing.T, open Open) {
	r := world(t, open, one, two, three)
	for range 3 {
		events := make(chan sd.Event, 1)
		r.Register(events)
		select {
		case e := <-events: // not later: a peer is made with what it knows then
			if !same(e, []string{one, two, three}) {
				t.Errorf("told %+v", e)
			}
		default:
			t.Error("told nothing")
		}
		r.Deregister(events)
	}
}

func copies(t *testing.T, open Open) {
	r := world(t, open, one, two)
	first := listen(r)
	defer first.leave()
	first.awaits(t, one, two)
	told := first.all()[0].Instances
	told[0], told[1] = "mine", "mine"
	second := listen(r)
	defer second.leave()
	second.awaits(t, one, two)
}

func left(t *testing.T, open Open) {
	r := world(t, open, one)
	gone, stays := listen(r), listen(r)
	gone.leave()
	r.Deregister(gone.events)
	r.Deregister(make(chan sd.Event)) // somebody it never heard of
	if !r.Fixed {
		r.Set(two) // it would send on a closed channel
		stays.awaits(t, two)
	}
	stays.leave()
}

func nowhere(t *testing.T, open Open) {
	l := listen(world(t, open))
	defer l.leave()
	eventually(t, func() error {
		if all := l.all(); len(all) == 0 || len(all[len(all)-1].Instances) > 0 {
			return fmt.Errorf("told %+v", all)
		}
		return nil
	})
}

func nothingLeft(t *testing.T, open Open) {
	before := goleak.IgnoreCurrent()
	r := open(t, one)
	l := listen(r)
	p, _ := follow(r)
	p.Close()
	l.leave()
	r.Stop()
	r.Stop()
	if err := goleak.Find(append(HystrixStays(), before)...); err != nil {
		t.Error(err)
	}
}

func changes(t *testing.T, open Open) {
	r := world(t, open, one)
	first, second := listen(r), listen(r)
	defer first.leave()
	defer second.leave()
	for _, list := range [][]string{{one, two}, {two}, {three, two, one}, {one}} {
		r.Set(list...)
		first.awaits(t, list...)
		second.awaits(t, list...)
	}
	late := listen(r)
	defer late.leave()
	late.awaits(t, one)
}

func leavingWhileItChanges(t *testing.T, open Open) {
	r := world(t, open, one)
	stays := listen(r)
	defer stays.leave()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				listen(r).leave()
			}
		})
	}
	for i := range 50 {
		r.Set([]string{one, two}[i%2])
	}
	wg.Wait()
	r.Set(three)
	stays.awaits(t, three)
}

// follow makes a peer of what the resolver tells; asked are the hosts that 50 calls reach.
func follow(r sd.Instancer) (_ *peer.Peer, asked func(t *testing.T) []string) {
	var mu sync.Mutex
	var hosts []string
	p := peer.New(peer.Config{Caller: "peertest", Callee: "car", Instances: r, Obs: obs.Discard().For("peertest"),
		Authority: assertion.NewAuthority(make([]byte, 32), clock.System{}),
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			hosts = append(hosts, req.URL.Host)
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}}, nil
		})})
	return p, func(t *testing.T) []string {
		t.Helper()
		mu.Lock()
		hosts = nil
		mu.Unlock()
		for range 50 {
			spec := kitx.Spec{Op: "car.Show", Method: http.MethodGet, Path: "/v1/car"}
			req, err := http.NewRequestWithContext(t.Context(), spec.Method, spec.Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := p.Do(t.Context(), spec, req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		return slices.Compact(sorted(hosts))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func peersFromTheStart(t *testing.T, open Open) {
	p, asked := follow(world(t, open, one, three))
	defer p.Close()
	if got := asked(t); !p.Ready() || !slices.Equal(got, sorted([]string{one, three})) {
		t.Errorf("ready: %t, calls went to %v", p.Ready(), got)
	}
}

func peersFollow(t *testing.T, open Open) {
	r := world(t, open)
	p, asked := follow(r)
	defer p.Close()
	if p.Ready() {
		t.Error("ready without an instance")
	}
	for _, list := range [][]string{{one}, {one, two}, {three}} {
		r.Set(list...)
		eventually(t, func() error {
			if !p.Ready() {
				return fmt.Errorf("not ready with %v", list)
			}
			if got := asked(t); !slices.Equal(got, sorted(list)) {
				return fmt.Errorf("calls went to %v, want %v", got, list)
			}
			return nil
		})
	}
}

func peersKeep(t *testing.T, open Open) {
	r := world(t, open, one, two)
	p, asked := follow(r)
	defer p.Close()
	witness := listen(r)
	defer witness.leave()
	for name, loss := range map[string]func(){"nobody": func() { r.Set() }, "away": r.Break} {
		before := len(witness.all())
		loss()
		eventually(t, func() error {
			if all := witness.all(); name == "nobody" && len(all) == before { // an outage need not be told
				return fmt.Errorf("told nothing more than %+v", all)
			}
			return nil
		})
		if got := asked(t); !p.Ready() || !slices.Equal(got, []string{one, two}) {
			t.Errorf("%s: calls went to %v", name, got)
		}
		r.Set(one, two)
		witness.awaits(t, one, two)
	}
}

func afterAnOutage(t *testing.T, open Open) {
	r := world(t, open, one)
	p, asked := follow(r)
	defer p.Close()
	r.Break()
	r.Set(two, three)
	eventually(t, func() error {
		if got := asked(t); !slices.Equal(got, sorted([]string{two, three})) {
			return fmt.Errorf("calls went to %v", got)
		}
		return nil
	})
}
