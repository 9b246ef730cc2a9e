package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTrips drives whole trips (start, end, receipt) through the gateway's socket.
// Platform, cars and riders share this process and its cores; the cars answer without
// delay. One op is tripsPerOp trips.
func BenchmarkTrips(b *testing.B) {
	const riders, tripsPerOp = 256, 4000
	if os.Getenv("GOGC") == "" { // as the program does
		defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	}
	r := newRig(b, 1, riders)
	all := make([]client, riders)
	for i := range all { // one by one: passwords are hashed two at a time at most
		all[i], _ = r.rider(r.staff)
		all[i].topUp(95_000)
	}
	all[0].cars(100)
	before := cpu(b)
	for b.Loop() {
		var left atomic.Int64
		left.Store(tripsPerOp)
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					all[i].wholeTrip(r.fleet[i])
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(b.N*tripsPerOp)/b.Elapsed().Seconds(), "trips/s")
	b.ReportMetric(float64(asked.Load())/float64(b.N*tripsPerOp), "asked/trip")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N*tripsPerOp), "cpu-ms/trip")
}

// cpu is what the process has used: user and system.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// wholeTrip asks for the end until the car is unlocked, and for the receipt until it is
// there; between two tries it waits as long as an app would.
func (c client) wholeTrip(car string) {
	id := c.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(c.t, "id")
	c.insist(http.StatusAccepted, http.MethodPost, "/v1/trips/"+id+"/end")
	c.insist(http.StatusOK, http.MethodGet, "/v1/trips/"+id+"/receipt")
}

var asked atomic.Int64

func (c client) insist(status int, method, path string) {
	const pause = 150 * time.Millisecond
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		time.Sleep(pause)
		asked.Add(1)
		if a, err := c.try(method, path, nil); err == nil && a.status == status {
			return
		}
	}
	c.t.Error("waited too long for " + path)
}

// BenchmarkStart measures the program as users start it: the time until it is ready, and
// its resident memory ten seconds later and after 100 sign-ups. One op is one start.
func BenchmarkStart(b *testing.B) {
	var ready time.Duration
	var settled, signedUp float64
	for b.Loop() {
		p := run(b, b.TempDir(), "--limits", "off")
		ready = max(ready, p.took)
		time.Sleep(10 * time.Second)
		settled = max(settled, p.resident())
		for range 100 {
			p.signUp()
		}
		signedUp = max(signedUp, p.resident())
		p.kill()
	}
	b.ReportMetric(float64(ready.Milliseconds()), "ready-ms")
	b.ReportMetric(settled, "resident-MB-after-10s")
	b.ReportMetric(signedUp, "resident-MB-after-100-sign-ups")
}

// resident is the program's memory in megabytes, as the kernel counts it.
func (p *program) resident() float64 {
	p.tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.tb.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				p.tb.Fatal(err)
			}
			return kb / 1000
		}
	}
	p.tb.Fatal("no VmRSS")
	return 0
}
