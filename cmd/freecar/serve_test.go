package main

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"freecar/internal/auth/keys"
	"freecar/internal/peer/static"
	"freecar/user/userapi"
)

// command runs the binary to its end and gives what it said.
func command(t *testing.T, stdin string, environment []string, args ...string) (string, error) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// refused wants a command to fail and to say why.
func refused(t *testing.T, says []string, args ...string) {
	t.Helper()
	out, err := command(t, "", nil, args...)
	for _, text := range says {
		if err == nil || !strings.Contains(out, text) {
			t.Errorf("%v: %v, want %q in\n%s", args, err, text, out)
		}
	}
}

// newData is a folder with keys.
func newData(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	if out, err := command(t, "", nil, "keys", "new", "--data-dir", data); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return data
}

func TestServeRefused(t *testing.T) {
	here := []string{"--addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}
	t.Run("all settings that are wrong are named at once", func(t *testing.T) {
		refused(t, []string{"--addr must be", "--ops-addr must be", "--zipkin-url must be", "--drain-wait must be",
			`there is no service "bus"`, `"car=1": the address is not`},
			"serve", "trip", "--data-dir", t.TempDir(), "--addr", "x", "--ops-addr", "y", "--zipkin-url", "z", "--drain-wait", "-1s",
			"--services", "bus=127.0.0.1:1,car=1")
	})
	t.Run("no such service, and flags that mean nothing to one", func(t *testing.T) {
		refused(t, []string{"unknown command"}, "serve", "bus")
		refused(t, []string{"unknown flag"}, "serve", "car", "--limits", "off")
		refused(t, []string{"unknown flag"}, "serve", "car", "--store", "postgres")
	})
	t.Run("no keys, and keys that others may open", func(t *testing.T) {
		data := t.TempDir()
		refused(t, []string{"there are no keys in", "freecar keys new"}, append(here, "serve", "user", "--data-dir", data)...)
		file := filepath.Join(data, "mine.json")
		if err := errors.Join(keys.Create(file), os.Chmod(file, 0o644)); err != nil {
			t.Fatal(err)
		}
		refused(t, []string{"chmod 600"}, append(here, "serve", "user", "--data-dir", data, "--keys-file", file)...)
	})
	t.Run("keys are made once", func(t *testing.T) {
		refused(t, []string{"there are keys in", "they stay"}, "keys", "new", "--data-dir", newData(t))
	})
	t.Run("whom it calls must be somewhere", func(t *testing.T) {
		data := newData(t)
		refused(t, []string{"names no instance of car, user", "which trip calls"},
			append(here, "serve", "trip", "--data-dir", data, "--services", "profile=127.0.0.1:1")...)
		refused(t, []string{"names no instance of blob, car, profile, trip, user, which gateway calls"},
			"serve", "gateway", "--data-dir", data, "--services", "", "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0")
	})
	t.Run("dev and serve keep out of each other's folder", func(t *testing.T) {
		p := run(t, t.TempDir(), "--demo-cars", "0")
		refused(t, []string{"another freecar runs on", "freecar dev"}, append(here, "serve", "user", "--data-dir", p.data)...)
		m := startMember(t, newData(t), "user", static.Services{})
		refused(t, []string{"services run on", "freecar serve"}, "dev", "--data-dir", m.data, "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0")
		refused(t, []string{"is in use", "another --addr"}, "serve", "user", "--data-dir", m.data, "--addr", m.at, "--ops-addr", "127.0.0.1:0")
		refused(t, []string{"is in use", "another --ops-addr"}, "serve", "user", "--data-dir", m.data, "--addr", "127.0.0.1:0", "--ops-addr", m.ops)
	})
}

// lone is one service without the others.
type lone struct {
	*proc
	data string
}

func startMember(t *testing.T, data, service string, services static.Services, flags ...string) lone {
	t.Helper()
	args := []string{"serve", service, "--data-dir", data, "--ops-addr", "127.0.0.1:0"}
	if len(services) > 0 {
		args = append(args, "--services", services.String())
	}
	if addr := "--" + (&config{Service: service}).addrFlag(); !slices.Contains(flags, addr) {
		flags = append(flags, addr, "127.0.0.1:0")
	}
	m := lone{proc: startProc(t, append(args, flags...)...), data: data}
	t.Cleanup(m.kill)
	m.awaitReady(t)
	return m
}

// status is what a GET is answered with; 0 when nobody answers.
func status(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestServeLife(t *testing.T) {
	m := startMember(t, newData(t), "user", nil, "--drain-wait", "2s")
	ops, service := "http://"+m.ops, "http://"+m.at
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/debug/pprof/cmdline": 200} {
		if got := status(ops + path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got := status(service + "/v1/me"); got != http.StatusUnauthorized { // no identity, and none from a client
		t.Errorf("without an assertion: %d", got)
	}
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); status(ops+"/readyz") != http.StatusServiceUnavailable; {
		if time.Now().After(deadline) {
			t.Fatal("it stays ready")
		}
		<-time.After(5 * time.Millisecond) // between two looks
	}
	if alive, serves := status(ops+"/healthz"), status(service+"/v1/me"); alive != http.StatusOK || serves != http.StatusUnauthorized {
		t.Errorf("while it drains: alive %d, serves %d", alive, serves)
	}
	if err := m.awaitEnd(10 * time.Second); err != nil || status(service+"/v1/me") != 0 {
		t.Errorf("ended with %v", err)
	}
}

// TestDevThenServe is a folder that grows up: what dev began, serve goes on with.
func TestDevThenServe(t *testing.T) {
	p := run(t, t.TempDir(), "--demo-cars", "0")
	rider, account := p.signUp()
	if err := p.shutDown(); err != nil {
		t.Fatal(err)
	}
	users := startMember(t, p.data, "user", nil)
	// The others are down: the door is open for what does not need them.
	services, err := static.Parse("user="+users.at+",car=127.0.0.1:1,trip=127.0.0.1:2,profile=127.0.0.1:3,blob=127.0.0.1:4", callable)
	if err != nil {
		t.Fatal(err)
	}
	gateway := startMember(t, p.data, gatewayName, services)
	rider.base = "http://" + gateway.at
	if got := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "id"); got != account {
		t.Errorf("the session is now that of %s", got)
	}
	down := rider.want(http.StatusServiceUnavailable, http.MethodGet, "/v1/trips", nil)
	if down.code() != "unavailable" || down.header.Get("Retry-After") == "" {
		t.Errorf("a service that is down: %v, %v", down.body, down.header)
	}
}

// TestIPv6 is a service and an operator who meet at an IPv6 address.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6")
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	m := startMember(t, newData(t), "user", nil, "--addr", at)
	c := config{DataDir: m.data, Services: "user=" + at, AdminEmail: defaultAdmin}
	var out bytes.Buffer
	if err := createAdmin(t.Context(), c, func() (string, error) { return "correct horse", nil }, &out); err != nil {
		t.Error(err)
	}
	if got := out.String(); strings.Contains(got, "correct horse") || !strings.Contains(got, "opened the admin account "+defaultAdmin) {
		t.Errorf("said %q", got)
	}
}

func TestOpsAdminCreate(t *testing.T) {
	m := startMember(t, newData(t), "user", nil)
	create := func(stdin string, args ...string) (string, error) {
		return command(t, stdin, nil, append([]string{"ops", "admin", "create", "--data-dir", m.data, "--services", "user=" + m.at}, args...)...)
	}
	for name, tc := range map[string]struct {
		stdin, says string
		args        []string
	}{
		"a short password":         {"short\n", "password", []string{"--password-stdin"}},
		"nothing on stdin":         {"\n", "stdin has no password", []string{"--password-stdin"}},
		"an address that is none":  {"correct horse\n", "email", []string{"--password-stdin", "--admin-email", "x"}},
		"a service that is absent": {"", "names no instance of user", []string{"--services", "car=127.0.0.1:1"}},
		"one that does not answer": {"", "cannot be reached", []string{"--services", "user=127.0.0.1:1"}},
		"keys that are not there":  {"", "there are no keys", []string{"--keys-file", filepath.Join(m.data, "none")}},
	} {
		if out, err := create(tc.stdin, tc.args...); err == nil || !strings.Contains(out, tc.says) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
	out, err := create("", "--admin-email", "grace@example.com")
	_, rest, shown := strings.Cut(out, "password: ")
	password, _, _ := strings.Cut(rest, "  ")
	if err != nil || !shown || len(password) < 20 {
		t.Fatalf("got %v, %s", err, out)
	}
	if out, err := create("another one\n", "--password-stdin"); err == nil || !strings.Contains(out, "there is an admin already") {
		t.Errorf("a second time: %v, %s", err, out)
	}
	users, leave, err := operator(config{DataDir: m.data, Services: "user=" + m.at}, userapi.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	in, err := userapi.SignIn.Call(t.Context(), users, userapi.SignInRequest{Email: "grace@example.com", Password: password})
	if err != nil || !slices.Equal(in.Account.Roles, []string{"admin"}) {
		t.Errorf("got %+v, %v", in.Account, err)
	}
}

func TestGivenPassword(t *testing.T) {
	typed := func(lines ...string) func() ([]byte, error) {
		return func() ([]byte, error) {
			if len(lines) == 0 {
				return nil, errors.New("nobody types any more")
			}
			line := lines[0]
			lines = lines[1:]
			return []byte(line), nil
		}
	}
	var shown bytes.Buffer
	if got, err := typedPassword(&shown, typed("correct horse", "correct horse")); got != "correct horse" || err != nil || strings.Contains(shown.String(), "horse") {
		t.Errorf("got %q, %v, showed %q", got, err, shown.String())
	}
	if got, err := typedPassword(&shown, typed("")); got != "" || err != nil {
		t.Errorf("nothing typed: %q, %v", got, err)
	}
	if _, err := typedPassword(&shown, typed("correct horse", "correct house")); err == nil {
		t.Error("two passwords are one")
	}
	if _, err := typedPassword(&shown, typed("correct horse")); err == nil {
		t.Error("an interrupted prompt gave a password")
	}
	cmd := &cobra.Command{}
	cmd.SetIn(strings.NewReader("from a pipe\r\nand more"))
	if got, err := givenPassword(cmd, config{AdminPassword: "another"}, true); got != "from a pipe" || err != nil {
		t.Errorf("from stdin: %q, %v", got, err)
	}
	if got, err := givenPassword(cmd, config{AdminPassword: "another"}, false); got != "another" || err != nil {
		t.Errorf("from the settings: %q, %v", got, err)
	}
	if got, err := givenPassword(cmd, config{}, false); got != "" || err != nil {
		t.Errorf("from nowhere: %q, %v", got, err)
	}
}

// TestSim is the simulator as a program: it makes its cars and device over the public API,
// and comes back with them.
func TestSim(t *testing.T) {
	const cars = 3
	r := newProcesses(t, 1, 0)
	file := filepath.Join(t.TempDir(), "device.json")
	sim := func(flags ...string) *proc {
		p := startProc(t, append([]string{"sim", "--url", r.base, "--cars", "3", "--device-file", file}, flags...)...)
		t.Cleanup(p.kill)
		p.awaitReady(t)
		return p
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(rigPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := sim("--admin-password-file", password, "--centre", "48.137,11.575")
	rider, _ := r.rider(r.staff)
	near := rider.until("cars in Munich", "/v1/cars?latitude=48.137&longitude=11.575&radius_m=5000", func(a answer) bool {
		items, _ := a.body["items"].([]any)
		return len(items) == cars
	})
	id := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": near.text(t, "items", 0, "id")}).text(t, "id")
	rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
	if err := first.shutDown(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if got := first.said.String(); !strings.Contains(got, "3 cars registered") || !strings.Contains(got, "stopped after") || !strings.Contains(got, "1 commands carried out") {
		t.Errorf("said %s", got)
	}
	sim() // without an admin: the device is kept
	rider.end(id)
	rider.until("the trip is finished", "/v1/trips/"+id, state("finished"))

	for says, flags := range map[string][]string{
		"there is no device":                           {},
		"--device-id and --device-secret belong":       {"--device-id", "x"},
		"must be latitude,longitude":                   {"--centre", "91,0"},
		"signing in as " + rigAdmin:                    {"--admin-password", "a wrong password"},
		"signing in as device 0190a5f0-0000-7000-8000": {"--device-id", "0190a5f0-0000-7000-8000-000000000000", "--device-secret", "wrong"},
		"connection refused":                           {"--url", "http://127.0.0.1:1", "--admin-password", "a wrong password"},
	} {
		refused(t, []string{says}, append([]string{"sim", "--url", r.base}, flags...)...)
	}
}
