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
	"freecar/internal/peer/static"
)

// mortal builds the program that dies at its points (internal/crash), without the race
// detector.
var mortal = sync.OnceValues(func() (string, error) { return build("freecar-mortal", "-tags", "crash") })

// company is a platform as processes that die at points, with the cars that answer it.
// Whoever asks it for something brings back who has died.
type company struct {
	t        *testing.T
	data     string
	gateways []string
	services static.Services
	http     *http.Client
	staff    app
	cars     *answeringCars

	mu      sync.Mutex
	mortals []*mortalProcess
	deaths  []string
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
}

// found founds a company; queues are where its services die from the first moment on.
func found(t *testing.T, s shape, queues map[string][]string) *company {
	t.Helper()
	c := &company{t: t, data: t.TempDir(), services: static.Services{}}
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

func (c *company) foundWhole(s shape) {
	address := vacant(c.t, 1)[0]
	c.gateways = []string{address}
	flags := []string{"dev", "--demo-cars", "0", "--data-dir", c.data, "--http-addr", address, "--ops-addr", "127.0.0.1:0",
		"--limits", "off", "--admin-email", founder, "--admin-password", founderPassword}
	for _, k := range kinds {
		flags = append(flags, s.flags[k.name]...)
	}
	c.mortals = []*mortalProcess{{name: "dev", flags: flags}}
}

func (c *company) foundServices(s shape) {
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
func (c *company) open() {
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
	nobody := app{company: c}
	c.staff = nobody.as(nobody.ask(http.MethodPost, "/v1/sessions", m{"email": founder, "password": founderPassword}, "", http.StatusCreated).text(c.t, "access_token"))
	c.cars = c.answerFor(8)
}

// revive starts who is not running: dead ones with the next point of their queue. One that
// ended by itself in another way than at its point fails the test.
func (c *company) revive() {
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
}

// bury notes where a process died.
func (c *company) bury(m *mortalProcess) {
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

func (c *company) start(m *mortalProcess) {
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
func (c *company) kill(m *mortalProcess) {
	c.mu.Lock()
	p := m.proc
	c.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// dying are those that have points left.
func (c *company) dying() (left []*mortalProcess) {
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

func (c *company) close() {
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

const patience = 90 * time.Second

// until looks again until ok, and brings back who has died meanwhile.
func (c *company) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		c.revive()
		if c.t.Failed() {
			c.t.FailNow()
		}
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("not within %v: %s", patience, what)
		}
		<-time.After(25 * time.Millisecond) // between two looks, not for something to happen
	}
}

// app is a client of the company that asks again, with the same key, until it is answered.
type app struct {
	*company
	token string
}

func (a app) as(token string) app { a.token = token; return a }

// client is the app as one that asks once.
func (a app) client() client {
	a.mu.Lock()
	defer a.mu.Unlock()
	gateway := a.gateways[0]
	if len(a.gateways) > 1 {
		gateway = a.gateways[len(a.deaths)%len(a.gateways)]
	}
	return client{t: a.t, base: "http://" + gateway, token: a.token, http: a.http}
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
