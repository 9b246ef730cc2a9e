package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"freecar/internal/peer/static"
	"freecar/profile/profileapi"
)

// What the platform promises of a service that is in trouble, and what these tests hold it
// to. Machines that test are busy: the rest is for them.
const (
	// callWithin is how long a call may hang before it is given up.
	callWithin = 5 * time.Second
	// fastRefusal is how long a refusal takes once a breaker is open.
	fastRefusal = 500 * time.Millisecond
	// recoverWithin is how long after the service has come back its routes do.
	recoverWithin = 10 * time.Second
	// backWithin is how long after it an instance among others gets calls again: the longest
	// rest, and the call that tries.
	backWithin = 25 * time.Second
)

const (
	sickRoute = "/v1/me/licence" // of profile
	wellRoute = "/v1/me/wallet"  // of user
)

// ward is a platform with two instances of profile, which get sick, and a rider.
type ward struct {
	*rig
	rider    client
	patients []*member
	gateway  *member
}

func newWard(t *testing.T) *ward {
	t.Helper()
	r := newRigProcess(t)
	patient := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == profileapi.Name })]
	c := startMembers(t, append(slices.Clone(kinds), patient))
	r.cluster = c
	r.openDoors(t, 0)
	w := &ward{rig: r, patients: c.of(profileapi.Name), gateway: c.of(gatewayName)[0]}
	t.Cleanup(func() { w.signal(syscall.SIGCONT) }) // or nobody could stop them
	w.rider, _ = w.signUp()
	w.rider.submitLicence()
	return w
}

// signal is sent to the patients.
func (w *ward) signal(s syscall.Signal, which ...int) {
	for i, m := range w.patients {
		if len(which) == 0 || slices.Contains(which, i) {
			_ = m.cmd.Process.Signal(s)
		}
	}
}

// outcome is an answer and how long it took.
type outcome struct {
	status     int
	retryAfter string
	took       time.Duration
}

func (c client) timed(path string) outcome {
	begin := time.Now()
	a, err := c.try(http.MethodGet, path, nil)
	if err != nil {
		return outcome{took: time.Since(begin)}
	}
	return outcome{a.status, a.header.Get("Retry-After"), time.Since(begin)}
}

// asking has so many clients ask for a path, one time after the other, until stop is
// closed, and gives what they got.
func (c client) asking(path string, clients int, stop <-chan struct{}) (all func() []outcome) {
	var mu sync.Mutex
	var got []outcome
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond): // a client's pause
				}
				o := c.timed(path)
				mu.Lock()
				got = append(got, o)
				mu.Unlock()
			}
		})
	}
	return func() []outcome { wg.Wait(); return got }
}

// during asks for a path while something is done.
func (c client) during(path string, do func()) []outcome {
	stop := make(chan struct{})
	all := c.asking(path, 4, stop)
	do()
	close(stop)
	return all()
}

func p99(all []outcome) time.Duration {
	took := make([]time.Duration, 0, len(all))
	for _, o := range all {
		took = append(took, o.took)
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// wellWithin is how long the other routes take, far less than a call that hangs.
const wellWithin = time.Second

// undisturbed holds the other routes to an answer in time, whatever else the machine does.
func undisturbed(t *testing.T, before, now []outcome) {
	t.Helper()
	for _, o := range now {
		if o.status != http.StatusOK {
			t.Errorf("another route got %+v", o)
			break
		}
	}
	was, is := p99(before), p99(now)
	t.Logf("p99 of another route: %v of %d, before %v of %d", is, len(now), was, len(before))
	if is > wellWithin {
		t.Errorf("p99 of another route is %v, was %v", is, was)
	}
}

// metric is the sum of a process's metric, of those that have all of these labels.
func metric(t *testing.T, p *proc, name string, labels ...string) (sum float64) {
	t.Helper()
	resp, err := http.Get("http://" + p.ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		found := regexp.MustCompile(`^` + name + `(\{.*\})? (\S+)\n$`).FindStringSubmatch(line)
		if found == nil || slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(found[1], l) }) {
			continue
		}
		value, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += value
	}
	return sum
}

// soon waits for a condition and says how long it took.
func soon(t *testing.T, what string, within time.Duration, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !ok() {
		if time.Since(begin) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		<-time.After(20 * time.Millisecond) // between two looks
	}
	t.Logf("%s after %v", what, time.Since(begin).Round(time.Millisecond))
	return time.Since(begin)
}

// refusedFast says that a route is refused at once, with a time to come again.
func (c client) refusedFast() bool {
	o := c.timed(sickRoute)
	return o.status == http.StatusServiceUnavailable && o.retryAfter != "" && o.took < fastRefusal
}

// TestSickService is a service that hangs, dies and fails, as a whole and by one instance,
// as processes: the others stay fast, its own routes are refused fast, and all comes back
// by itself.
func TestSickService(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take longer")
	}
	w := newWard(t)
	_ = w.rider.during(wellRoute, func() { _ = w.rider.timed(sickRoute) }) // connections and caches
	well := func() { <-time.After(time.Second) }
	before := w.rider.during(wellRoute, well)
	goroutines := metric(t, w.gateway.proc, "go_goroutines")
	resting := func() float64 {
		return metric(t, w.gateway.proc, "freecar_instances_resting", `caller="gateway"`, `callee="profile"`)
	}
	open := func(p *proc) float64 { return metric(t, p, "freecar_breaker_open", "profile/read") }

	t.Run("one of two instances hangs", func(t *testing.T) {
		var reads []outcome
		rests := w.gateway.complained("an instance rests")
		now := w.rider.during(wellRoute, func() {
			w.signal(syscall.SIGSTOP, 1)
			reads = w.rider.during(sickRoute, func() { <-time.After(4 * time.Second) })
			soon(t, "the instance has rested", backWithin, func() bool { return w.gateway.complained("an instance rests") > rests })
			w.signal(syscall.SIGCONT, 1)
		})
		undisturbed(t, before, now)
		slow := 0
		for _, o := range reads {
			if o.status != http.StatusOK {
				t.Errorf("a read got %+v", o)
			}
			if o.took > time.Second {
				slow++
			}
		}
		t.Logf("%d of %d reads were slow", slow, len(reads))
		if 3*slow > len(reads) || len(reads) == 0 { // each second one would be, if it did not rest
			t.Errorf("%d of %d reads were slow", slow, len(reads))
		}
		soon(t, "the instance is back", backWithin, func() bool { _ = w.rider.timed(sickRoute); return resting() == 0 })
	})

	t.Run("all instances hang", func(t *testing.T) {
		now := w.rider.during(wellRoute, func() {
			w.signal(syscall.SIGSTOP)
			stop := make(chan struct{})
			end := w.rider.asking(sickRoute, 24, stop)
			soon(t, "its route is refused fast", callWithin+recoverWithin, w.rider.refusedFast)
			for range 100 {
				if o := w.rider.timed(sickRoute); o.took > callWithin+time.Second {
					t.Fatalf("got %+v", o)
				}
			}
			if n := w.gateway.complained("a breaker opened: calls are refused for now"); n == 0 || open(w.gateway.proc) != 1 {
				t.Errorf("the gauge is %v, the log has %d lines", open(w.gateway.proc), n)
			}
			if n := metric(t, w.gateway.proc, "go_goroutines"); n > goroutines+24*8+100 {
				t.Errorf("%v goroutines, were %v", n, goroutines)
			}
			close(stop)
			_ = end()
			w.signal(syscall.SIGCONT)
		})
		undisturbed(t, before, now)
		soon(t, "its route is back", recoverWithin, func() bool { return w.rider.timed(sickRoute).status == http.StatusOK })
		soon(t, "the gauge says so", recoverWithin, func() bool { _ = w.rider.timed(sickRoute); return open(w.gateway.proc) == 0 })
	})

	t.Run("all instances die", func(t *testing.T) {
		now := w.rider.during(wellRoute, func() {
			for _, m := range w.patients {
				m.kill()
			}
			for range 100 {
				if o := w.rider.timed(sickRoute); o.status != http.StatusServiceUnavailable || o.retryAfter == "" || o.took > 2*time.Second {
					t.Fatalf("got %+v", o)
				}
			}
			for _, m := range w.patients {
				w.cluster.start(m)
			}
			for _, m := range w.patients {
				m.awaitReady(t)
			}
		})
		for _, o := range now {
			if o.status != http.StatusOK {
				t.Fatalf("another route got %+v", o)
			}
		}
		soon(t, "its route is back", recoverWithin, func() bool { return w.rider.timed(sickRoute).status == http.StatusOK })
	})

	t.Run("it fails, behind a proxy, and a gateway dies", func(t *testing.T) {
		proxy := newProxy(t, w.patients[0].address)
		services := static.Services{}
		for name, list := range w.cluster.services {
			services[name] = list
		}
		services[profileapi.Name] = []string{proxy.Listener.Addr().String()}
		second := startProc(t, "serve", gatewayName, "--data-dir", w.cluster.data, "--services", services.String(),
			"--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--limits", "off")
		t.Cleanup(second.kill)
		second.awaitReady(t)
		rider := w.rider
		rider.base, rider.http = "http://"+second.at, &http.Client{Transport: transport()}
		if o := rider.timed(sickRoute); o.status != http.StatusOK {
			t.Fatalf("got %+v", o)
		}

		proxy.fails.Store(true)
		soon(t, "its route is refused fast", recoverWithin, rider.refusedFast)
		begin, hits := time.Now(), proxy.hits.Load()
		for _, o := range rider.during(sickRoute, func() { <-time.After(3 * time.Second) }) {
			if o.status < http.StatusInternalServerError || o.took > callWithin {
				t.Errorf("got %+v", o)
			}
		}
		if n := proxy.hits.Load() - hits; n > int64(time.Since(begin)/(2*time.Second))+1 {
			t.Errorf("%d reached it while the breaker was open", n)
		}
		proxy.fails.Store(false)
		soon(t, "its route is back", recoverWithin, func() bool { return rider.timed(sickRoute).status == http.StatusOK })

		proxy.hangs.Store(true)
		stop := make(chan struct{})
		end := rider.asking(sickRoute, 8, stop)
		soon(t, "calls hang", recoverWithin, func() bool { return proxy.underWay.Load() >= 4 })
		second.kill()
		soon(t, "the service hears that its caller died", recoverWithin, func() bool { return proxy.underWay.Load() == 0 })
		close(stop)
		_ = end()
		if o := w.rider.timed(sickRoute); o.status != http.StatusOK { // the other gateway never noticed
			t.Errorf("got %+v", o)
		}
	})
}

// proxy stands before a service and does as it is told.
type proxy struct {
	*httptest.Server
	fails, hangs   atomic.Bool
	hits, underWay atomic.Int64
}

func newProxy(t *testing.T, to string) *proxy {
	p := &proxy{}
	pass := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: to})
	idle := transport()
	pass.Transport = idle
	t.Cleanup(idle.CloseIdleConnections)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.hits.Add(1)
		p.underWay.Add(1)
		defer p.underWay.Add(-1)
		switch {
		case p.hangs.Load():
			<-r.Context().Done()
		case p.fails.Load():
			http.Error(w, fmt.Sprint("no: ", r.URL.Path), http.StatusInternalServerError)
		default:
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}
