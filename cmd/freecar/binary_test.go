package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/internal/leaktest"
)

// binary builds the program once, without the race detector, as users run it.
var binary = sync.OnceValues(func() (string, error) { return build("freecar") })

// build builds the program and says where it is.
func build(name string, flags ...string) (string, error) {
	dir, err := folder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	build := exec.Command("go", slices.Concat([]string{"build", "-trimpath", "-o", path}, flags, []string{"."})...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

// folder is where binaries are built, once it is there.
var folder = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "freecar-binary-*")
	built = dir
	return dir, err
})

var built string

func TestMain(m *testing.M) { goleak.VerifyTestMain(whole{m}, leaktest.Known()...) }

// whole is all tests and what they leave behind on purpose: the binary, and connections to
// platforms that are gone.
type whole struct{ *testing.M }

// Run runs the tests.
func (w whole) Run() int {
	code := w.M.Run()
	http.DefaultClient.CloseIdleConnections()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	return code
}

// program is the binary running as "freecar dev".
type program struct {
	client
	*proc
	tb   testing.TB
	data string
}

// run starts the program on the data and waits until it is ready.
func run(tb testing.TB, data string, flags ...string) *program {
	tb.Helper()
	p := &program{tb: tb, data: data}
	p.proc = startProc(tb, append([]string{"dev", "--data-dir", data, "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}, flags...)...)
	tb.Cleanup(p.kill)
	p.awaitReady(tb)
	rememberKeysAt(filepath.Join(data, "keys", "keys.json"))
	p.client = client{t: tb, base: "http://" + p.proc.at, http: &http.Client{Transport: listening(tb, transport())}}
	return p
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
	if err := third.shutDown(); err != nil {
		t.Errorf("stopped after %v: %v", time.Since(begin), err)
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
	anywhere := []string{"dev", "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}
	t.Run("wrong settings are all named at once", func(t *testing.T) {
		refused(t, []string{"--demo-cars must be from 0 to 1000", "--limits must be on or off"},
			"dev", "--demo-cars", "9999", "--limits", "maybe", "--data-dir", t.TempDir())
	})
	t.Run("data in use by another process", func(t *testing.T) {
		p := run(t, t.TempDir(), "--demo-cars", "0")
		refused(t, []string{"another freecar runs on"}, append(anywhere, "--data-dir", p.data)...)
	})
	t.Run("an address in use", func(t *testing.T) {
		p := run(t, t.TempDir(), "--demo-cars", "0")
		refused(t, []string{"is in use"}, "dev", "--data-dir", t.TempDir(), "--http-addr", p.at, "--ops-addr", "127.0.0.1:0")
	})
}
