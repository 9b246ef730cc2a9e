package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stalled is a connection whose client sends half a request and waits.
func stalled(t *testing.T, address, token string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_, err = fmt.Fprintf(conn, "POST /v1/me/wallet/top-ups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: half\r\n"+
			"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"amount\":", token)
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestToldToStop is the real process that is told to stop while everybody is busy.
func TestToldToStop(t *testing.T) {
	data := t.TempDir()
	p := run(t, data, "--demo-cars", "4", "--limits", "off")
	staff := p.admin()
	riders := make([]client, 2)
	for i := range riders {
		riders[i], _ = p.rider(staff)
	}
	cars := riders[0].cars(4)
	defer stalled(t, p.at, riders[0].token).Close()

	type made struct {
		rider client
		id    string
	}
	var (
		mu    sync.Mutex
		trips []made
		load  sync.WaitGroup
		begun = make([]chan struct{}, len(riders))
	)
	for i, rider := range riders {
		begun[i] = make(chan struct{})
		begins := sync.OnceFunc(func() { close(begun[i]) })
		load.Go(func() { // until the door is shut
			for {
				a, err := rider.try(http.MethodPost, "/v1/trips", m{"car_id": cars[i]})
				if err != nil {
					return
				}
				if a.status == http.StatusCreated {
					mu.Lock()
					trips = append(trips, made{rider, a.text(t, "id")})
					mu.Unlock()
					begins()
				}
				if a, err = rider.try(http.MethodGet, "/v1/trips/current", nil); err != nil {
					return
				}
				if id, ok := a.body["id"].(string); ok {
					_, _ = rider.try(http.MethodPost, "/v1/trips/"+id+"/end", nil)
				}
			}
		})
	}
	for i := range riders {
		select {
		case <-begun[i]:
		case <-time.After(time.Minute):
			t.Fatalf("rider %d has begun no trip", i)
		}
	}
	begin := time.Now()
	if err := p.shutDown(); err != nil {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
	load.Wait()

	again := run(t, data, "--demo-cars", "4", "--limits", "off")
	for _, trip := range trips {
		trip.rider.base = again.base
		trip.rider.want(http.StatusOK, http.MethodGet, "/v1/trips/"+trip.id, nil) // what was promised is there
	}
	t.Run("twice, it does not wait", func(t *testing.T) {
		defer stalled(t, again.at, riders[0].token).Close()
		for range 2 {
			if err := again.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(5 * time.Second); status("http://"+again.ops+"/readyz") == http.StatusOK && time.Now().Before(deadline); {
				<-time.After(5 * time.Millisecond) // between two looks
			}
		}
		err := again.awaitEnd(2 * time.Second)
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
			t.Errorf("ended with %v", err)
		}
		if err := run(t, data, "--demo-cars", "0").shutDown(); err != nil {
			t.Errorf("after that: %v", err)
		}
	})
}

// TestInterruptedStart is Ctrl-C at some moment of the start: it ends at once, and the next
// start finds nothing in its way.
func TestInterruptedStart(t *testing.T) {
	// A shell that runs the tests in the background has them ignore it, and children inherit that.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt)
	defer signal.Stop(heard)
	data := t.TempDir()
	for after := time.Duration(0); after <= 600*time.Millisecond; after += 200 * time.Millisecond {
		p := startProc(t, "dev", "--data-dir", data, "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--demo-cars", "3")
		<-time.After(after) // some moment
		if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		err := p.awaitEnd(10 * time.Second)
		exit, failed := errors.AsType[*exec.ExitError](err)
		// Before it has a say, the signal ends it by itself.
		if err != nil && (!failed || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT) {
			t.Errorf("after %v: %v\n%s", after, err, p.said.String())
		}
	}
	if err := run(t, data, "--demo-cars", "3").shutDown(); err != nil {
		t.Error(err)
	}
}

// TestNobodyReadsTheLog is a log collector that went away: cars drive on.
func TestNobodyReadsTheLog(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "dev", "--data-dir", t.TempDir(), "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--demo-cars", "0", "--log-level", "debug")
	cmd.SysProcAttr, cmd.Stdout = diesWithUs(), write
	said, err := cmd.StderrPipe()
	if err == nil {
		err = errors.Join(cmd.Start(), write.Close(), read.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	var api, ops string
	lines := bufio.NewScanner(said)
	for ops == "" && lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "API        "); ok {
			api, _, _ = strings.Cut(at, "/v1")
		}
		if _, at, ok := strings.Cut(lines.Text(), "Operators  "); ok {
			ops, _, _ = strings.Cut(at, "/metrics")
		}
	}
	for range 3 { // each is a line in the log
		if got := status(api + "/v1/me"); got != http.StatusUnauthorized {
			t.Errorf("answered %d", got)
		}
	}
	if resp, err := http.Get(ops + "/metrics"); err != nil {
		t.Error(err)
	} else {
		metrics, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil || strings.Contains(string(metrics), "freecar_log_lines_lost_total 0\n") ||
			!strings.Contains(string(metrics), "freecar_log_lines_lost_total") {
			t.Errorf("no metric says that lines are lost, %v", err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, said)
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
