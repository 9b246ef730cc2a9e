package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkTrips drives whole trips (start, in progress, end, finished, receipt) through
// the gateway's socket: platform, cars and riders share this process and its cores. The
// cars answer without delay. One op is one trip.
func BenchmarkTrips(b *testing.B) {
	const riders = 128
	r := newRig(b, 1, riders)
	all := make([]client, riders)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { all[i], _ = r.rider(r.staff) })
	}
	wg.Wait()
	all[0].cars(100)
	cars := r.fleet
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for i := range all {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				all[i].wholeTrip(cars[i])
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "trips/s")
}

// wholeTrip looks again every so often, like an app, while it waits for the car.
func (c client) wholeTrip(car string) {
	begun := c.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car})
	id := begun.text(c.t, "id")
	c.every(15*time.Millisecond, "/v1/trips/"+id, state("in_progress"))
	c.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+id+"/end", nil)
	c.every(15*time.Millisecond, "/v1/trips/"+id, state("finished"))
	c.want(http.StatusOK, http.MethodGet, "/v1/trips/"+id+"/receipt", nil)
}

func (c client) every(pause time.Duration, path string, ok func(answer) bool) {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(pause) {
		if a, err := c.try(http.MethodGet, path, nil); err == nil && ok(a) {
			return
		}
	}
	c.t.Fatal("waited too long for " + path)
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
