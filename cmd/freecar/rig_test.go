package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/go-kit/log"

	"freecar/car/sim"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
	"freecar/user/userapi"
)

// rig is a platform behind real sockets: in the test's process with so many instances of
// each service, or as processes of their own.
type rig struct {
	client
	staff client
	fleet []string // the ids of its cars
	// device is what the fleet signs in with.
	device m
	// process stops what the test's process runs: in-process all, else the fleet.
	process *serve.Process
	// platform is there in-process alone, cluster otherwise.
	platform *platform
	cluster  *cluster
	// showing is what it shows of itself; nil where that is measured.
	showing *shown
}

const rigAdmin, rigPassword = "admin@freecar.local", "an admin's password"

// newRig starts a platform in this process, on fresh data. cars is the size of its fleet,
// which answers without delay and stands still. with changes what it is wired from.
func newRig(tb testing.TB, instances, cars int, with ...func(*platformOptions)) *rig {
	tb.Helper()
	r := newRigProcess(tb)
	data := tb.TempDir()
	door := &door{}
	address, err := r.process.Serve("http", "127.0.0.1:0", door)
	if err != nil {
		tb.Fatal(err)
	}
	health := &serve.Health{}
	options := platformOptions{
		DataDir: data, PublicURL: "http://" + address, Instances: instances,
		Keys: keys.New(), Obs: r.shows(), Clock: clock.System{}, Health: health,
	}
	for _, change := range with {
		change(&options)
	}
	r.platform, err = newPlatform(tb.Context(), options, r.process)
	if err != nil {
		tb.Fatal(err)
	}
	r.openAdmin(tb)
	door.open(r.platform.gateway.Handler())
	r.process.StopFirst("http")
	r.process.OnStop("streams", func(context.Context) error { r.platform.gateway.Drain(); return nil })
	health.SetReady(true)
	r.enter(tb, &http.Client{Transport: listening(tb, transport())}, address, cars)
	return r
}

// openAdmin opens the first admin's account. Where many tests run at once a password may be
// hashed for longer than a request may take.
func (r *rig) openAdmin(tb testing.TB) {
	tb.Helper()
	var err error
	for range 5 {
		_, err = userapi.OpenFirstAdmin.Call(tb.Context(), r.platform.peer(opsName, userapi.Name), userapi.FirstAdminRequest{Email: rigAdmin, Password: rigPassword})
		switch code := errs.CodeOf(err); {
		case err == nil || code == "admin_exists":
			return
		case code != "timeout":
			tb.Fatal(err)
		}
	}
	tb.Fatal(err)
}

func newRigProcess(tb testing.TB) *rig {
	tb.TempDir() // the first one is removed last: when all that writes there has stopped
	r := &rig{process: serve.NewProcess(log.NewNopLogger(), 20*time.Second), showing: newShown(tb)}
	tb.Cleanup(func() {
		if err := r.process.Stop(); err != nil {
			tb.Error(err)
		}
		r.checkShown()
	})
	return r
}

// shows is how the rig's platform shows itself.
func (r *rig) shows() *obs.Platform {
	if r.showing == nil {
		return obs.Discard()
	}
	return r.showing.platform()
}

// checkShown fails the test if its platform has shown a secret.
func (r *rig) checkShown() {
	if r.showing == nil {
		return
	}
	if r.platform != nil {
		rememberKeys(r.platform.keys)
		r.showing.metrics(r.platform.options.Obs.Registry)
	}
	r.showing.check()
}

// enter makes the rig a client of its gateway, with a member of staff and a fleet.
func (r *rig) enter(tb testing.TB, c *http.Client, gateway string, cars int) {
	tb.Helper()
	r.client = client{t: tb, base: "http://" + gateway, http: c}
	r.staff = r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions",
		m{"email": rigAdmin, "password": rigPassword}).text(tb, "access_token"))
	if cars > 0 {
		r.drive(tb, cars)
	}
}

// transport keeps enough connections for parallel riders, and goes with the test.
func transport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 256, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
}

// both runs a test over both ways to run the platform, with one and with two instances of
// every service each: in this process, and as six and twelve processes. In the latter
// r.platform is nil.
func both(t *testing.T, cars int, test func(t *testing.T, r *rig)) {
	inProcess(t, cars, test)
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d processes", instances*len(kinds)), func(t *testing.T) {
			if testing.Short() {
				t.Skip("processes take longer")
			}
			test(t, newProcesses(t, instances, cars))
		})
	}
}

// inProcess is for what needs the inside: a clock, a policy, a peer.
func inProcess(t *testing.T, cars int, test func(t *testing.T, r *rig)) {
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d of each service", instances), func(t *testing.T) { test(t, newRig(t, instances, cars)) })
	}
}

// city is where the demo cars are.
const city = "latitude=52.52&longitude=13.405&radius_m=20000"

// cars waits until n cars can be rented, not one more that another instance has not heard
// of yet, and returns their ids, nearest first.
func (c client) cars(n int) []string {
	c.t.Helper()
	var ids []string
	c.until(fmt.Sprintf("%d cars in the search", n), "/v1/cars?"+city+"&limit=100", func(a answer) bool {
		items, _ := a.body["items"].([]any)
		ids = ids[:0]
		for i := range items {
			ids = append(ids, a.text(c.t, "items", i, "id"))
		}
		return len(ids) == n
	})
	return ids
}

// inside is an operator's way to a service, past the gateway.
func (r *rig) inside(tb testing.TB, service string) kitx.Peer {
	tb.Helper()
	if r.platform != nil {
		return r.platform.peer(opsName, service)
	}
	p, leave, err := operator(config{DataDir: r.cluster.data, Services: r.cluster.services.String()}, service)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(leave)
	return p
}

// drive registers cars and a device for them, and lets a fleet answer for it.
func (r *rig) drive(tb testing.TB, n int, with ...func(*sim.Config)) simDevice {
	tb.Helper()
	api, err := newPublicAPI(r.base, r.http)
	if err != nil {
		tb.Fatal(err)
	}
	api.use(r.staff.token)
	if r.fleet, err = ensureCars(tb.Context(), api, sim.DemoFleet(n, demoSeed), silent); err != nil {
		tb.Fatal(err)
	}
	device, err := ensureDevice(tb.Context(), api, "", r.fleet)
	if err != nil {
		tb.Fatal(err)
	}
	if err := device.begin(tb.Context(), api, startPatience{}); err != nil {
		tb.Fatal(err)
	}
	r.device = m{"device_id": device.ID, "device_secret": device.Secret}
	config := sim.Config{BaseURL: r.base, DeviceID: device.ID, DeviceSecret: device.Secret, HTTPClient: r.http,
		Delay: func() time.Duration { return 0 }, Standing: true}
	for _, change := range with {
		change(&config)
	}
	fleet, err := sim.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	r.process.Go("fleet", fleet.Run)
	return device
}
