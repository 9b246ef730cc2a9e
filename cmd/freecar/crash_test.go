package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestAnyProcessMayDie is kill -9 of one of two instances of each service in turn, while
// riders drive: they go on, and in the end everything adds up.
func TestAnyProcessMayDie(t *testing.T) {
	drivenThrough(t, kinds, func(m *member) { m.kill() })
}

// TestRestartsPassUnnoticed is the orderly restart of one of two instances of each service
// in turn: of what is asked through the other's gateways nothing is refused.
func TestRestartsPassUnnoticed(t *testing.T) {
	behind := slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.name == gatewayName })
	for i, d := range drivenThrough(t, behind, func(m *member) {
		if err := m.shutDown(); err != nil {
			t.Errorf("%s: %v", m.kind.name, err)
		}
	}) {
		if len(d.refused) > 0 {
			t.Errorf("rider %d was refused: %v", i, d.refusals())
		}
	}
}

// drivenThrough takes one of two instances of each service down and up again, while riders
// drive and are never stuck, and checks what they are left with.
func drivenThrough(t *testing.T, services []kind, down func(*member)) []*regular {
	t.Helper()
	if testing.Short() {
		t.Skip("processes take longer")
	}
	const riders = 6
	r := newProcesses(t, 2, riders)
	all := make([]*regular, riders)
	for i := range all {
		c, _ := r.rider(r.staff)
		c.topUp(95_000)
		all[i] = &regular{client: c, car: r.fleet[i]}
	}
	all[0].cars(riders)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	end := sync.OnceFunc(func() { close(stop); wg.Wait() })
	defer end() // before the processes, also when it fails
	for _, d := range all {
		wg.Go(func() { d.drive(stop) })
	}
	for _, k := range services {
		victim := r.cluster.of(k.name)[1]
		another(t, all, "before "+k.name+" goes")
		down(victim)
		another(t, all, "without one "+k.name)
		r.cluster.start(victim)
		victim.awaitReady(t)
	}
	another(t, all, "after all have come back")
	end()
	for _, d := range all {
		d.adds(t)
		t.Logf("%d trips; refused on the way: %v", d.trips.Load(), d.refusals())
	}
	for _, car := range r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars?limit=100", nil).at(t, "items").([]any) {
		if c := car.(m); c["state"] != "available" || c["claim"] != nil || c["lock"] != "locked" {
			t.Errorf("a car is left as %v, %v, claimed by %v", c["state"], c["lock"], c["claim"])
		}
	}
	checkInvariants(t, r)
	return all
}

// another waits until every rider has made another whole trip.
func another(t *testing.T, riders []*regular, when string) {
	t.Helper()
	begin := time.Now()
	defer func() { t.Logf("%s: two trips each took %v", when, time.Since(begin).Round(time.Millisecond)) }()
	want := make([]int64, len(riders))
	for i, d := range riders {
		want[i] = d.trips.Load() + 2 // the one under way began before now
	}
	deadline := time.Now().Add(60 * time.Second)
	for i, d := range riders {
		for d.trips.Load() < want[i] {
			if time.Now().After(deadline) {
				t.Fatalf("%s: rider %d made no other trip; refused on the way: %v", when, i, d.refusals())
			}
			<-time.After(5 * time.Millisecond) // between two looks
		}
	}
}

// regular is a rider who takes the same car again and again, and asks again when the
// platform could not answer, as an app would.
type regular struct {
	client
	car   string
	trips atomic.Int64

	mu      sync.Mutex
	refused map[string]int
}

func (d *regular) drive(stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		key := fmt.Sprintf("%s-%d", d.car, n)
		started, ok := d.insistOn(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": d.car}, key)
		if !ok {
			return
		}
		id := started.text(d.t, "id")
		if _, ok := d.insistOn(http.StatusAccepted, http.MethodPost, "/v1/trips/"+id+"/end", nil, ""); !ok {
			return
		}
		if _, ok := d.insistOn(http.StatusOK, http.MethodGet, "/v1/trips/"+id+"/receipt", nil, ""); !ok {
			return
		}
		d.trips.Add(1)
	}
}

// insistOn asks until the answer has the status. What may come before: the platform cannot
// answer, or the car has not answered yet.
func (d *regular) insistOn(status int, method, path string, body any, key string) (answer, bool) {
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		var headers []string
		if key != "" {
			headers = []string{"Idempotency-Key", key}
		}
		a, err := d.try(method, path, body, headers...)
		switch {
		case err == nil && (a.status == status || status == http.StatusAccepted && a.status == http.StatusOK):
			return a, true
		case err != nil:
			d.note("no connection")
		case a.status == http.StatusInternalServerError || a.status < http.StatusInternalServerError && !expected[a.code()]:
			d.t.Errorf("%s %s: %d %v", method, path, a.status, a.body)
			return a, false
		case a.status >= http.StatusInternalServerError:
			d.note(fmt.Sprintf("%s %d %s", method, a.status, a.code()))
		}
		<-time.After(20 * time.Millisecond) // an app's pause
	}
	d.t.Errorf("%s %s: no success; refused on the way: %v", method, path, d.refusals())
	return answer{}, false
}

// expected are refusals that pass by themselves.
var expected = map[string]bool{"end_refused": true, "not_found": true, "idempotency_in_progress": true}

func (d *regular) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused == nil {
		d.refused = map[string]int{}
	}
	d.refused[what]++
}

func (d *regular) refusals() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.refused)
}

// adds checks what a rider is left with: each start made one trip, each trip was paid
// once, and nothing is held.
func (d *regular) adds(t *testing.T) {
	t.Helper()
	paid, trips := 0, d.want(http.StatusOK, http.MethodGet, "/v1/trips?limit=100", nil)
	list := trips.at(t, "items").([]any)
	for i := range list {
		paid += cents(t, trips, "items", i, "fare", "total")
		if s := trips.text(t, "items", i, "state"); s != "finished" {
			t.Errorf("a trip is left %s", s)
		}
	}
	if len(list) != int(d.trips.Load()) {
		t.Errorf("%d trips are listed, %d were made", len(list), d.trips.Load())
	}
	wallet := d.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
	if balance := cents(t, wallet, "balance"); balance != 100_000-paid || cents(t, wallet, "held") != 0 {
		t.Errorf("paid %d, wallet %v", paid, wallet.body)
	}
	captures := map[string]int{}
	sum := 0
	for path := "/v1/me/wallet/entries?limit=100"; path != ""; {
		page := d.want(http.StatusOK, http.MethodGet, path, nil)
		for i := range page.at(t, "items").([]any) {
			switch page.text(t, "items", i, "kind") {
			case "hold", "release":
				continue
			case "capture":
				captures[page.text(t, "items", i, "trip_id")]++
			}
			sum += cents(t, page, "items", i, "amount")
		}
		path = ""
		if next, more := page.body["next_cursor"].(string); more {
			path = "/v1/me/wallet/entries?limit=100&cursor=" + next
		}
	}
	for trip, n := range captures {
		if n != 1 {
			t.Errorf("trip %s was paid %d times", trip, n)
		}
	}
	if sum != 100_000-paid {
		t.Errorf("the entries sum to %d after paying %d", sum, paid)
	}
}
