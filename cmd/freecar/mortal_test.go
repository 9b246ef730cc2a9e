package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/peer/static"
)

// mortal builds the program that dies at its points (internal/crash), without the race
// detector.
var mortal = sync.OnceValues(func() (string, error) { return build("freecar-mortal", "-tags", "crash") })

// doomed is a company as processes that die at points, with the cars that answer it.
// Whoever asks it for something brings back who has died.
type doomed struct {
	t        *testing.T
	data     string
	gateways []string
	services static.Services
	http     *http.Client
	staff    app
	cars     *answeringCars

	mu      sync.Mutex
	mortals []*mortalProcess
	deaths  []string // at points
	died    int      // at points or otherwise
	over    bool
}

// mortalProcess is a process of the company and the points where it has yet to die.
type mortalProcess struct {
	name  string // of the service; dev is all of them
	flags []string
	list  string // the file of the points that it passed
	*proc
	// dies is where this run of it dies; empty for nowhere. queue is where others will.
	dies  string
	queue []string
}

// shape is how a company runs.
type shape struct {
	instances int // of each service, as processes; 0 is all in one process
	flags     map[string][]string
	until     time.Time // when nobody begins another stage; zero for never
}

func (s shape) over() bool { return !s.until.IsZero() && time.Now().After(s.until) }

// found founds a company; queues are where its services die from the first moment on.
func found(t *testing.T, s shape, queues map[string][]string) *doomed {
	t.Helper()
	c := &doomed{t: t, data: t.TempDir(), services: static.Services{}}
	c.http = &http.Client{Transport: transport(), Timeout: 15 * time.Second}
	if s.instances == 0 {
		c.foundWhole(s)
	} else {
		c.foundServices(s)
	}
	for _, m := range c.mortals {
		m.queue, m.list = slices.Clone(queues[m.name]), filepath.Join(t.TempDir(), "points")
	}
	t.Cleanup(c.close)
	c.revive()
	c.open()
	return c
}

const founder, founderPassword = "admin@freecar.local", "an admin's password"

func (c *doomed) foundWhole(s shape) {
	address := vacant(c.t, 1)[0]
	c.gateways = []string{address}
	flags := []string{"dev", "--demo-cars", "0", "--data-dir", c.data, "--http-addr", address, "--ops-addr", "127.0.0.1:0",
		"--limits", "off", "--admin-email", founder, "--admin-password", founderPassword}
	for _, k := range kinds {
		flags = append(flags, s.flags[k.name]...)
	}
	c.mortals = []*mortalProcess{{name: "dev", flags: flags}}
}

func (c *doomed) foundServices(s shape) {
	if err := keys.Create(filepath.Join(c.data, "keys", "keys.json")); err != nil {
		c.t.Fatal(err)
	}
	addresses := vacant(c.t, s.instances*len(kinds))
	for i, address := range addresses {
		if k := kinds[i%len(kinds)]; k.name == gatewayName {
			c.gateways = append(c.gateways, address)
		} else {
			c.services[k.name] = append(c.services[k.name], address)
		}
	}
	for i, address := range addresses {
		k := kinds[i%len(kinds)]
		flags := []string{"serve", k.name, "--data-dir", c.data, "--services", c.services.String(),
			"--" + (&config{Service: k.name}).addrFlag(), address, "--ops-addr", "127.0.0.1:0"}
		switch k.name {
		case gatewayName:
			flags = append(flags, "--limits", "off")
		case "blob":
			flags = append(flags, "--public-url", "http://"+c.gateways[0])
		}
		c.mortals = append(c.mortals, &mortalProcess{name: k.name, flags: append(flags, s.flags[k.name]...)})
	}
}

// open gives the company its admin, its cars and their device.
func (c *doomed) open() {
	c.t.Helper()
	if len(c.services) > 0 {
		c.until("the first admin is there", func() bool {
			password := func() (string, error) { return founderPassword, nil }
			ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
			defer cancel()
			err := createAdmin(ctx, config{AdminEmail: founder, DataDir: c.data, Services: c.services.String()}, password, io.Discard)
			return err == nil || errors.Is(err, errAdminExists)
		})
	}
	nobody := app{doomed: c}
	c.staff = nobody.signsIn(m{"email": founder, "password": founderPassword})
	c.cars = c.answerFor(8)
}

// revive starts who is not running, dead ones with the next point of their queue, and says
// how many have died so far. One that ended by itself in another way than at its point fails
// the test.
func (c *doomed) revive() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.mortals {
		if m.proc != nil {
			select {
			case <-m.ended:
			default:
				continue
			}
			c.bury(m)
		}
		if !c.over {
			c.start(m)
		}
	}
	return c.died
}

// bury notes where a process died.
func (c *doomed) bury(m *mortalProcess) {
	c.died++
	status, _ := m.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case m.killed.Load():
	case status.Signaled() && status.Signal() == syscall.SIGKILL && m.dies != "":
		c.deaths = append(c.deaths, m.name+": "+m.dies)
		for _, same := range c.mortals { // of two instances one is enough
			if i := slices.Index(same.queue, m.dies); same.name == m.name && i >= 0 {
				same.queue = slices.Delete(same.queue, i, i+1)
			}
		}
	default:
		c.over = true
		c.t.Errorf("%s ended by itself: %v\n%s", m.name, m.err, m.complaints())
	}
	m.proc, m.dies = nil, ""
}

func (c *doomed) start(m *mortalProcess) {
	path, err := mortal()
	if err != nil {
		c.over = true
		c.t.Error(err)
		return
	}
	cmd := exec.Command(path, m.flags...)
	if len(m.queue) > 0 {
		m.dies = m.queue[0]
	}
	cmd.Env = append(os.Environ(), "FREECAR_CRASH_LIST="+m.list, "FREECAR_CRASH_AT="+m.dies)
	m.proc = startCommand(c.t, cmd)
}

// kill kills a process as kill -9 does.
func (c *doomed) kill(m *mortalProcess) {
	c.mu.Lock()
	p := m.proc
	c.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// dying are those that have points left.
func (c *doomed) dying() (left []*mortalProcess) {
	for _, m := range c.mortals {
		if len(m.queue) > 0 {
			left = append(left, m)
		}
	}
	return left
}

// points are those that a process has passed, in the order of their first passing.
func (m *mortalProcess) points(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(m.list)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

func (c *doomed) close() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	if c.cars != nil {
		c.cars.stop()
	}
	for _, m := range c.mortals {
		if m.proc == nil {
			continue
		}
		m.kill()
		if c.t.Failed() {
			c.t.Logf("%s complained:\n%s", m.name, m.complaints())
		}
	}
	if c.t.Failed() {
		c.t.Logf("died, in this order:\n%s", strings.Join(c.deaths, "\n"))
	}
	c.http.CloseIdleConnections()
}

// appPatience is how long something may take after the last death. A start whose instance died
// is given up after 10 s alone, and its rider's next try may die again.
const appPatience = 60 * time.Second

// until looks again until ok, and brings back who has died meanwhile.
func (c *doomed) until(what string, ok func() bool) {
	c.t.Helper()
	died := -1
	for deadline := time.Now(); ; {
		if now := c.revive(); now != died {
			died, deadline = now, time.Now().Add(appPatience)
		}
		if c.t.Failed() {
			c.t.FailNow()
		}
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("not within %v: %s", appPatience, what)
		}
		<-time.After(25 * time.Millisecond) // between two looks, not for something to happen
	}
}

// app is a client of the company that asks again, with the same key, until it is answered.
type app struct {
	*doomed
	token   string
	session *session // of who is there longer than a token is valid; nil for others
}

func (a app) as(token string) app { a.token, a.session = token, nil; return a }

// session is somebody's who signs in again long before a token ends.
type session struct {
	credentials m

	mu    sync.Mutex
	token string
	since time.Time
}

// signsIn signs somebody in who stays.
func (a app) signsIn(credentials m) app {
	a.t.Helper()
	token := a.ask(http.MethodPost, "/v1/sessions", credentials, "", http.StatusCreated).text(a.t, "access_token")
	a.session = &session{credentials: credentials, token: token, since: time.Now()}
	return a
}

// bearer is the token to show. If there is no new one, since somebody has just died, the old
// one is good for a while.
func (a app) bearer() string {
	s := a.session
	if s == nil {
		return a.token
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.since) < token.Life/3 {
		return s.token
	}
	if got, err := a.as("").client().try(http.MethodPost, "/v1/sessions", s.credentials); err == nil && got.status == http.StatusCreated {
		s.token, s.since = got.text(a.t, "access_token"), time.Now()
	}
	return s.token
}

// client is the app as one that asks once.
func (a app) client() client {
	bearer := a.bearer()
	a.mu.Lock()
	defer a.mu.Unlock()
	gateway := a.gateways[0]
	if len(a.gateways) > 1 {
		gateway = a.gateways[len(a.deaths)%len(a.gateways)]
	}
	return client{t: a.t, base: "http://" + gateway, token: bearer, http: a.http}
}

// passes are refusals that are over in a while: what stands in the way is an earlier
// request's, which is being undone.
var passes = map[string]bool{"idempotency_in_progress": true, "account_busy": true, "car_unavailable": true,
	"pause_refused": true, "resume_refused": true, "end_refused": true, "command_waiting": true, "top_up_pending": true, "rental_live": true}

// ask asks until the answer has one of the statuses.
func (a app) ask(method, path string, body any, key string, want ...int) (got answer) {
	a.t.Helper()
	var headers []string
	if key != "" {
		headers = []string{"Idempotency-Key", key}
	}
	last := "nothing"
	defer func() {
		if a.t.Failed() {
			a.t.Logf("%s %s %v: the last answer was %s", method, path, body, last)
		}
	}()
	a.until(method+" "+path+" is answered", func() bool {
		var err error
		got, err = a.client().try(method, path, body, headers...)
		last = fmt.Sprint(got.status, got.body, err)
		switch {
		case err != nil:
			return false
		case slices.Contains(want, got.status):
			return true
		case got.status == http.StatusInternalServerError, got.status < http.StatusInternalServerError && !passes[got.code()]:
			a.t.Errorf("%s %s: %s, want %v", method, path, last, want)
		}
		return false
	})
	return got
}

// get reads until the answer is as wanted.
func (a app) get(path string, ok func(answer) bool) (got answer) {
	a.t.Helper()
	last := ""
	a.until("GET "+path+" is as it has to be", func() bool {
		var err error
		got, err = a.client().try(http.MethodGet, path, nil)
		if s := fmt.Sprint(got.status, got.body, err); s != last {
			last = s
			if got.status == http.StatusInternalServerError {
				a.t.Errorf("GET %s: %s", path, s)
			}
		}
		return err == nil && got.status < http.StatusInternalServerError && ok(got)
	})
	return got
}

// send uploads bytes until they are there.
func (a app) send(upload answer, path []any, body []byte) {
	a.t.Helper()
	at := func(last ...any) string { return upload.text(a.t, append(append([]any{}, path...), last...)...) }
	a.until("the upload is there", func() bool {
		r, err := http.NewRequestWithContext(a.t.Context(), at("upload", "method"), at("upload", "url"), bytes.NewReader(body))
		if err != nil {
			a.t.Error(err)
			return false
		}
		r.Header.Set("Content-Type", at("upload", "headers", "Content-Type"))
		resp, err := a.http.Do(r)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusConflict // it was there before
	})
}
