package main

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkProcesses measures the platform as six processes: the time until all are ready,
// the resident memory of each after some trips, and what a rider waits for at a trip. One
// op is one platform and 20 trips.
func BenchmarkProcesses(b *testing.B) {
	const trips = 20
	var ready time.Duration
	memory := map[string]float64{}
	waits := map[string][]time.Duration{}
	if _, err := binary(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		begin := time.Now()
		r := newRigProcess(b)
		r.cluster = startCluster(b, 1)
		ready = max(ready, time.Since(begin))
		r.openDoors(b, 1)
		rider, _ := r.rider(r.staff)
		rider.topUp(95_000)
		car := rider.cars(1)[0]
		took := func(what string, do func()) {
			begin := time.Now()
			do()
			waits[what] = append(waits[what], time.Since(begin))
		}
		for range trips {
			var id string
			took("start", func() {
				id = rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(b, "id")
			})
			took("unlocked", func() { rider.until("the trip is in progress", "/v1/trips/current", state("in_progress")) })
			rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+id+"/end", nil)
			took("finished", func() { rider.until("the trip is finished", "/v1/trips/"+id, state("finished")) })
		}
		for _, p := range r.cluster.members {
			memory[p.kind.name] = max(memory[p.kind.name], (&program{proc: p.proc, tb: b}).resident())
		}
		if err := r.process.Stop(); err != nil {
			b.Error(err)
		}
		r.cluster.stop()
	}
	b.ReportMetric(float64(ready.Milliseconds()), "ready-ms")
	for service, mb := range memory {
		b.ReportMetric(mb, service+"-MB")
	}
	for what, all := range waits {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Milliseconds()), what+"-median-ms")
		b.ReportMetric(float64(all[len(all)-1].Milliseconds()), what+"-worst-ms")
	}
}
