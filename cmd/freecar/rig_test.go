package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-kit/log"

	"freecar/car/carapi"
	"freecar/car/sim"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/obs"
	"freecar/internal/serve"
	"freecar/user/userapi"
)

// rig is the platform in the test's process, with so many instances of each service,
// behind a real socket.
type rig struct {
	client
	platform *platform
	process  *serve.Process
	staff    client
	admin    firstAdmin
	fleet    []string // the ids of its cars
}

// newRig starts a platform on fresh data. cars is the size of its fleet, which answers
// without delay and stands still.
func newRig(tb testing.TB, instances, cars int) *rig {
	tb.Helper()
	c := config{DataDir: tb.TempDir(), AdminEmail: "admin@freecar.local", AdminPassword: "an admin's password"}
	r := &rig{process: serve.NewProcess(log.NewNopLogger(), 20*time.Second)}
	tb.Cleanup(func() {
		if err := r.process.Stop(); err != nil {
			tb.Error(err)
		}
	})
	door := &door{}
	address, err := r.process.Serve("http", "127.0.0.1:0", door)
	if err != nil {
		tb.Fatal(err)
	}
	health := &serve.Health{}
	r.platform, err = newPlatform(tb.Context(), platformOptions{
		DataDir: c.DataDir, PublicURL: "http://" + address, Instances: instances,
		Obs: obs.Discard(), Clock: clock.System{}, Health: health,
	}, r.process)
	if err != nil {
		tb.Fatal(err)
	}
	if r.admin, err = ensureAdmin(tb.Context(), r.platform, c); err != nil {
		tb.Fatal(err)
	}
	door.open(r.platform.gateway.Handler())
	r.process.StopFirst("http")
	r.process.OnStop("streams", func(context.Context) error { r.platform.gateway.CloseStreams(); return nil })
	health.SetReady(true)
	r.client = client{t: tb, base: "http://" + address, http: &http.Client{Transport: transport()}}
	r.staff = r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions",
		m{"email": c.AdminEmail, "password": c.AdminPassword}).text(tb, "access_token"))
	if cars > 0 {
		r.drive(tb, cars)
	}
	return r
}

// transport keeps enough connections for parallel riders, and goes with the test.
func transport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 256, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
}

// both runs a test with one and with two instances of every service.
func both(t *testing.T, cars int, test func(t *testing.T, r *rig)) {
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d of each service", instances), func(t *testing.T) { test(t, newRig(t, instances, cars)) })
	}
}

// city is where the demo cars are.
const city = "latitude=52.52&longitude=13.405&radius_m=20000"

// cars waits until n cars can be rented and returns their ids, nearest first.
func (c client) cars(n int) []string {
	c.t.Helper()
	var ids []string
	c.until(fmt.Sprintf("%d cars in the search", n), "/v1/cars?"+city+"&limit=100", func(a answer) bool {
		items, _ := a.body["items"].([]any)
		ids = ids[:0]
		for i := range items {
			ids = append(ids, a.text(c.t, "items", i, "id"))
		}
		return len(ids) >= n
	})
	return ids
}

// drive registers cars and a device for them, and lets a fleet answer for it.
func (r *rig) drive(tb testing.TB, n int) {
	tb.Helper()
	staff := auth.With(tb.Context(), auth.Principal{Subject: "test", Roles: auth.Fleet | auth.Admin})
	var err error
	if r.fleet, err = ensureCars(staff, r.platform.peer("test", carapi.Name), sim.DemoFleet(n, demoSeed)); err != nil {
		tb.Fatal(err)
	}
	device, err := ensureDevice(staff, r.platform.peer("test", userapi.Name), filepath.Join(tb.TempDir(), "device.json"), r.fleet)
	if err != nil {
		tb.Fatal(err)
	}
	fleet, err := sim.New(sim.Config{BaseURL: r.base, DeviceID: device.ID, DeviceSecret: device.Secret,
		Delay: func() time.Duration { return 0 }, Standing: true})
	if err != nil {
		tb.Fatal(err)
	}
	r.process.Go("fleet", fleet.Run)
}
