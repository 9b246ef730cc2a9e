package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds the program once, without the race detector, as users run it.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "freecar-binary-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "freecar")
	build := exec.Command("go", "build", "-trimpath", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// program is the binary running as "freecar dev".
type program struct {
	client
	tb    testing.TB
	cmd   *exec.Cmd
	data  string
	took  time.Duration // until ready, as a client sees it
	ended chan error
}

// run starts the program on the data and waits until it is ready.
func run(tb testing.TB, data string, flags ...string) *program {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatal(err)
	}
	begin := time.Now()
	p := &program{tb: tb, data: data, ended: make(chan error, 1)}
	p.cmd = exec.Command(path, append([]string{"dev", "--data-dir", data, "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}, flags...)...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	var complaints strings.Builder
	p.cmd.Stderr = &complaints
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	address := make(chan string, 1)
	go func() { p.ended <- p.follow(out, address) }()
	select {
	case at := <-address:
		p.client = client{t: tb, base: "http://" + at, http: &http.Client{Transport: transport()}}
	case err := <-p.ended:
		p.ended <- err
		tb.Fatalf("the program ended: %v\n%s", err, complaints.String())
	case <-time.After(60 * time.Second):
		tb.Fatalf("the program is not ready\n%s", complaints.String())
	}
	p.took = time.Since(begin)
	return p
}

// follow reads the log to its end and says where the gateway listens.
func (p *program) follow(log io.Reader, address chan<- string) error {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Msg, HTTP string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			p.tb.Errorf("stdout has a line that is no JSON: %s", lines.Text())
		}
		if line.Msg == "ready" {
			address <- line.HTTP
		}
	}
	return p.cmd.Wait()
}

func (p *program) kill() {
	p.tb.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.tb.Fatal(err)
	}
	p.ended <- <-p.ended
}

// admin signs in with the password that the first start wrote down.
func (p *program) admin() client {
	p.tb.Helper()
	password, err := os.ReadFile(filepath.Join(p.data, "admin-password"))
	if err != nil {
		p.tb.Fatal(err)
	}
	return p.as(p.want(http.StatusCreated, http.MethodPost, "/v1/sessions",
		m{"email": "admin@freecar.local", "password": string(password)}).text(p.tb, "access_token"))
}

// TestKilledInATrip is kill -9 in the middle of everything.
func TestKilledInATrip(t *testing.T) {
	data := t.TempDir()
	first := run(t, data, "--demo-cars", "5")
	rider, account := first.rider(first.admin())
	id := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(5)[0]}).text(t, "id")
	rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
	first.kill()

	second := run(t, data, "--demo-cars", "5")
	rider = second.as(rider.token) // the keys persist, and so does the session
	if got := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/current", nil); got.text(t, "id") != id || got.text(t, "state") != "in_progress" {
		t.Errorf("after the restart: %v", got.body)
	}
	rider.end(id)
	second.kill() // while it ends

	third := run(t, data, "--demo-cars", "5")
	rider = third.as(rider.token)
	done := rider.until("the trip is finished", "/v1/trips/"+id, state("finished"))
	total := cents(t, done, "fare", "total")
	wallet := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
	if cents(t, wallet, "balance") != 5000-total || cents(t, wallet, "held") != 0 || sumOfEntries(t, rider) != 5000-total {
		t.Errorf("account %s, fare %d, wallet %v", account, total, wallet.body)
	}
	rider.cars(5)
	begin := time.Now()
	if err := third.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := <-third.ended
	third.ended <- err
	if took := time.Since(begin); err != nil || took > 10*time.Second {
		t.Errorf("stopped after %v: %v", took, err)
	}
}

// end asks until the car stands: a moving one is asked to stop.
func (c client) end(id string) {
	c.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		a, err := c.try(http.MethodPost, "/v1/trips/"+id+"/end", nil)
		if err != nil {
			c.t.Fatal(err)
		}
		if a.status == http.StatusAccepted || a.status == http.StatusOK {
			return
		}
		if a.code() != "end_refused" {
			c.t.Fatalf("ending: %d %v", a.status, a.body)
		}
		<-time.After(100 * time.Millisecond) // the driver needs time to stop
	}
	c.t.Fatal("the trip could not be ended")
}

func TestStartRefused(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	refused := func(t *testing.T, says string, flags ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), path, append([]string{"dev"}, flags...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), says) {
			t.Errorf("got %v, %s", err, out)
		}
	}
	t.Run("wrong settings are all named at once", func(t *testing.T) {
		refused(t, "--demo-cars must be from 0 to 1000", "--demo-cars", "9999", "--limits", "maybe", "--data-dir", t.TempDir())
		refused(t, "--limits must be on or off", "--demo-cars", "9999", "--limits", "maybe", "--data-dir", t.TempDir())
	})
	t.Run("data in use by another process", func(t *testing.T) {
		p := run(t, t.TempDir(), "--demo-cars", "0")
		refused(t, "another freecar runs on", "--data-dir", p.data, "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0")
	})
	t.Run("an address in use", func(t *testing.T) {
		p := run(t, t.TempDir(), "--demo-cars", "0")
		refused(t, "is in use", "--data-dir", t.TempDir(), "--http-addr", strings.TrimPrefix(p.base, "http://"), "--ops-addr", "127.0.0.1:0")
	})
}
