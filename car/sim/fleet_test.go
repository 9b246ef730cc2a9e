package sim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"freecar/car/carapi"
	"freecar/car/sim"
	"freecar/internal/inproc"
	"freecar/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const device = "0190a000-0000-7000-8000-000000000001"

func lockedCar(id string) carapi.DeviceCar {
	return carapi.DeviceCar{ID: id, Lock: "locked", LastReading: &carapi.LastReading{
		Position: wire.Position{Latitude: 52.52, Longitude: 13.405}, ChargePercent: 80, OdometerKM: 12_345.678,
	}}
}

func unlockedCar(id string) carapi.DeviceCar {
	c := lockedCar(id)
	c.Lock = "unlocked"
	return c
}

// running starts a fleet for a test in a bubble, where time passes only while everybody
// waits, and stops it at the end of the test.
func running(t *testing.T, p *fakePlatform, changes ...func(*sim.Config)) (stop func()) {
	t.Helper()
	network := inproc.NewNetwork()
	network.Listen("platform", p)
	config := sim.Config{
		BaseURL: "http://platform", DeviceID: device, DeviceSecret: "open sesame",
		HTTPClient: &http.Client{Transport: network, Timeout: time.Second}, // which must not cut the stream
		Seed:       1, Delay: func() time.Duration { return 500 * time.Millisecond },
	}
	for _, change := range changes {
		change(&config)
	}
	fleet, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- fleet.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		asked := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if took := time.Since(asked); took > 0 {
			t.Errorf("it took %v to end", took)
		}
		synctest.Wait()
	}
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

// pass lets time pass, to the moment after everybody has acted.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble this only moves the clock
	synctest.Wait()
}

// inBubble is a subtest whose clock is its own.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			t.Cleanup(func() { pass(time.Second) }) // what idles in the network goes by then
			f(t)
		})
	})
}

func expectAcks(t *testing.T, p *fakePlatform, id string, n int, result, reason string) {
	t.Helper()
	acks := p.acksOf(id)
	if len(acks) != n {
		t.Fatalf("%d acknowledgements of %s, want %d", len(acks), id, n)
	}
	for _, a := range acks {
		if a.Result != result || a.Reason != reason {
			t.Errorf("%s: %s %q, want %s %q", id, a.Result, a.Reason, result, reason)
		}
	}
}

func expectNoFaults(t *testing.T, p *fakePlatform) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		t.Errorf("refused readings: %v", p.faults)
	}
}

func TestCommands(t *testing.T) {
	inBubble(t, "an unlock is acknowledged after the delay and the car drives", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		p.tell("k1", "a", "unlock")
		pass(499 * time.Millisecond)
		expectAcks(t, p, "k1", 0, "", "")
		pass(time.Millisecond)
		expectAcks(t, p, "k1", 1, "done", "")
		pass(250 * time.Millisecond)
		if r := p.last("a"); *r.Locked {
			t.Error("the next reading says that it is locked")
		}
		pass(20 * time.Second)
		if r := p.last("a"); *r.SpeedKMH == 0 || *r.OdometerKM <= 12_345.678 {
			t.Errorf("it does not drive: %v km/h, %v km", *r.SpeedKMH, *r.OdometerKM)
		}
		expectNoFaults(t, p)
	})
	inBubble(t, "a command that comes again acts once and is acknowledged again", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p, func(c *sim.Config) { c.Standing = true })
		p.tell("unlock", "a", "unlock")
		p.tell("unlock", "a", "unlock") // while it is under way
		pass(time.Second)
		expectAcks(t, p, "unlock", 1, "done", "")
		p.tell("lock", "a", "lock")
		pass(time.Second)
		p.tell("unlock", "a", "unlock") // late
		pass(time.Second)
		expectAcks(t, p, "unlock", 2, "done", "")
		pass(time.Minute)
		if !*p.last("a").Locked {
			t.Error("the old unlock opened the car again")
		}
	})
	inBubble(t, "a moving car is not locked; asked to stop it stands within 2 s for 30 s, and can be", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		running(t, p)
		pass(20 * time.Second)
		p.tell("k1", "a", "lock")
		pass(time.Second)
		expectAcks(t, p, "k1", 1, "failed", "moving")
		p.tell("k2", "a", "stop_request")
		synctest.Wait()
		expectAcks(t, p, "k2", 1, "done", "")
		pass(2 * time.Second)
		if r := p.last("a"); *r.SpeedKMH != 0 || *r.Locked {
			t.Fatalf("after 2 s: %v km/h", *r.SpeedKMH)
		}
		stood := *p.last("a").OdometerKM
		pass(28 * time.Second)
		if r := p.last("a"); *r.OdometerKM != stood {
			t.Error("it moved")
		}
		p.tell("k3", "a", "lock")
		pass(time.Second)
		expectAcks(t, p, "k3", 1, "done", "")
		pass(5 * time.Minute)
		if r := p.last("a"); *r.OdometerKM != stood || !*r.Locked {
			t.Error("it did not stay")
		}
		expectNoFaults(t, p)
	})
	inBubble(t, "after 30 s the driver goes on", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		running(t, p)
		pass(20 * time.Second)
		p.tell("k1", "a", "stop_request")
		pass(35 * time.Second)
		if *p.last("a").SpeedKMH == 0 {
			t.Error("it stands")
		}
	})
	inBubble(t, "what was driven is reported before a lock is acknowledged", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		running(t, p, func(c *sim.Config) { c.TelemetryEvery = time.Hour })
		pass(20 * time.Second)
		p.tell("stop", "a", "stop_request")
		pass(2 * time.Second)
		p.tell("lock", "a", "lock")
		pass(time.Second)
		known := *p.last("a").OdometerKM
		expectAcks(t, p, "lock", 1, "done", "")
		pass(10 * time.Minute)
		if *p.last("a").OdometerKM != known {
			t.Error("a later reading went further")
		}
	})
	inBubble(t, "a kind that no car knows fails", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		p.tell("k1", "a", "honk")
		pass(time.Second)
		expectAcks(t, p, "k1", 1, "failed", "unknown_kind")
	})
	inBubble(t, "a command for a new car makes the fleet look for it", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		pass(10 * time.Second)
		p.change(func() { p.cars = append(p.cars, lockedCar("b")) })
		p.tell("k1", "b", "unlock")
		pass(time.Second)
		expectAcks(t, p, "k1", 1, "done", "")
	})
	inBubble(t, "a command for somebody else's car is not acknowledged", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		p.tell("k1", "z", "unlock")
		pass(10 * time.Second)
		expectAcks(t, p, "k1", 0, "", "")
	})
	inBubble(t, "an acknowledgement is tried again while the platform is away", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		failures := 0
		p.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/ack") || failures == 3 {
				return false
			}
			failures++
			refuseWith(w, http.StatusServiceUnavailable, "")
			return true
		}
		running(t, p)
		p.tell("k1", "a", "unlock")
		pass(20 * time.Second)
		expectAcks(t, p, "k1", 1, "done", "")
	})
	inBubble(t, "an acknowledgement that is refused for good is not tried again", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		tries := 0
		p.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/ack") {
				return false
			}
			tries++
			refuseWith(w, http.StatusNotFound, "")
			return true
		}
		running(t, p)
		p.tell("k1", "a", "unlock")
		pass(time.Minute)
		if tries != 1 {
			t.Errorf("%d tries", tries)
		}
	})
	inBubble(t, "without delay nothing waits", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p, func(c *sim.Config) { c.Standing = true; c.Delay = func() time.Duration { return 0 } })
		for i := range 50 {
			p.tell(fmt.Sprint("u", i), "a", "unlock")
			p.tell(fmt.Sprint("l", i), "a", "lock")
		}
		synctest.Wait()
		for i := range 50 {
			expectAcks(t, p, fmt.Sprint("u", i), 1, "done", "")
			expectAcks(t, p, fmt.Sprint("l", i), 1, "done", "")
		}
	})
}

func TestStream(t *testing.T) {
	inBubble(t, "it is opened again after it drops, and what waits is done", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		pass(time.Minute)
		p.change(func() { p.waiting = []carapi.DeviceCommand{{ID: "k1", CarID: "a", Kind: "unlock"}} })
		p.dropStreams()
		pass(3 * time.Second)
		expectAcks(t, p, "k1", 1, "done", "")
	})
	inBubble(t, "streams that drop at once are opened ever less often", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		p.refuse = func(w http.ResponseWriter, r *http.Request) bool { return r.URL.Path == "/v1/devices/commands" }
		running(t, p)
		pass(10 * time.Minute)
		if n := p.requests("/v1/devices/commands"); n < 10 || n > 60 {
			t.Errorf("%d streams in 10 minutes", n)
		}
	})
	inBubble(t, "one without a heartbeat is given up", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		p.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/v1/devices/commands" {
				return false
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return true
		}
		running(t, p)
		pass(50 * time.Second)
		if n := p.requests("/v1/devices/commands"); n != 2 {
			t.Errorf("%d streams", n)
		}
	})
	inBubble(t, "one with heartbeats is kept", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		pass(time.Hour)
		if n := p.requests("/v1/devices/commands"); n != 1 {
			t.Errorf("%d streams", n)
		}
	})
	inBubble(t, "an event that is no command does no harm", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		p.tell("", "", "")
		p.tell("k1", "a", "unlock")
		pass(time.Second)
		expectAcks(t, p, "k1", 1, "done", "")
	})
}

func TestSession(t *testing.T) {
	const sessions = "/v1/sessions"
	inBubble(t, "it is renewed before it ends", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		pass(time.Hour)
		if n := p.requests(sessions); n < 4 || n > 6 {
			t.Errorf("%d sign-ins in an hour", n)
		}
		expectNoFaults(t, p)
	})
	inBubble(t, "a session that is refused is replaced at once, once for all", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		p.change(func() { p.revoked = true })
		p.tell("k1", "a", "unlock")
		pass(time.Second)
		expectAcks(t, p, "k1", 1, "done", "")
		if n := p.requests(sessions); n != 2 {
			t.Errorf("%d sign-ins", n)
		}
	})
	inBubble(t, "a wrong secret is not tried often, and a fleet goes on when it is right", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		p.secret = "another"
		running(t, p)
		pass(10 * time.Minute)
		if n := p.requests(sessions); n < 10 || n > 60 {
			t.Errorf("%d sign-ins in 10 minutes", n)
		}
		p.change(func() { p.secret = "open sesame" })
		pass(2 * time.Minute)
		if len(p.of("a")) == 0 {
			t.Error("it does not report")
		}
	})
}

func TestTelemetry(t *testing.T) {
	inBubble(t, "a driving car reports every second, its times rise and its odometer never falls", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		running(t, p)
		pass(10 * time.Minute)
		readings := p.of("a")
		if n := len(readings); n < 590 || n > 610 {
			t.Errorf("%d readings in 10 minutes", n)
		}
		for i, r := range readings[1:] {
			if !r.At.After(readings[i].At.Time) || *r.OdometerKM < *readings[i].OdometerKM {
				t.Fatalf("%+v after %+v", r, readings[i])
			}
		}
		expectNoFaults(t, p)
	})
	inBubble(t, "parked cars report every 30 s, together", func(t *testing.T) {
		p := newFakePlatform()
		for i := range 24 {
			p.cars = append(p.cars, lockedCar(fmt.Sprint("car ", i)))
		}
		running(t, p)
		pass(10*time.Minute + time.Second)
		if n := p.requests("/v1/telemetry"); n != 21 {
			t.Errorf("%d calls", n)
		}
		if n := len(p.of("car 7")); n != 21 {
			t.Errorf("%d readings", n)
		}
	})
	inBubble(t, "a call carries at most 1,000 readings", func(t *testing.T) {
		p := newFakePlatform()
		for i := range 1001 {
			p.cars = append(p.cars, lockedCar(fmt.Sprint("car ", i)))
		}
		running(t, p)
		if len(p.batches) != 2 || p.batches[0] != 1000 || p.batches[1] != 1 {
			t.Errorf("batches of %v", p.batches)
		}
	})
	inBubble(t, "while the platform is away nothing piles up, and the cars go on", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		running(t, p)
		pass(time.Minute)
		before := *p.last("a").OdometerKM
		p.change(func() {
			p.refuse = func(w http.ResponseWriter, _ *http.Request) bool {
				refuseWith(w, http.StatusServiceUnavailable, "")
				return true
			}
		})
		calls := p.requests("/v1/telemetry")
		pass(5 * time.Minute)
		if n := p.requests("/v1/telemetry") - calls; n < 5 || n > 40 {
			t.Errorf("%d calls in 5 minutes", n)
		}
		readings := len(p.of("a"))
		p.change(func() { p.refuse = nil })
		pass(time.Minute)
		if n := len(p.of("a")) - readings; n < 1 || n > 61 {
			t.Errorf("%d readings in the minute after", n)
		}
		if driven := *p.last("a").OdometerKM - before; driven < 1 {
			t.Errorf("%v km in 6 minutes", driven)
		}
		expectNoFaults(t, p)
	})
	for name, header := range map[string]string{"in seconds": "100", "as a date": "Sat, 01 Jan 2000 00:01:40 GMT"} {
		inBubble(t, "Retry-After "+name+" is honoured", func(t *testing.T) { // a bubble begins in 2000
			p := newFakePlatform(unlockedCar("a"))
			p.refuse = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/v1/telemetry" {
					refuseWith(w, http.StatusTooManyRequests, header)
				}
				return r.URL.Path == "/v1/telemetry"
			}
			running(t, p)
			pass(99 * time.Second)
			if n := p.requests("/v1/telemetry"); n != 1 {
				t.Errorf("%d calls before the time", n)
			}
			pass(3250 * time.Millisecond) // and some more, which differs
			// A date that is over asks for no more time: then the device's own pauses count.
			if n := p.requests("/v1/telemetry"); n < 2 || name == "in seconds" && n > 2 {
				t.Errorf("%d calls after it", n)
			}
		})
	}
}

func TestRestart(t *testing.T) {
	inBubble(t, "a car that was driven goes on from where it was seen last", func(t *testing.T) {
		p := newFakePlatform(unlockedCar("a"))
		stop := running(t, p)
		pass(5 * time.Minute)
		stop()
		before := p.last("a")
		pass(time.Minute)
		running(t, p)
		if r := p.last("a"); *r.Position != *before.Position || *r.OdometerKM != *before.OdometerKM || *r.Locked {
			t.Errorf("it begins as %+v", r)
		}
		pass(time.Minute)
		if driven := *p.last("a").OdometerKM - *before.OdometerKM; driven < 0.1 || driven > 1 {
			t.Errorf("%v km in the minute after", driven)
		}
		expectNoFaults(t, p)
	})
	inBubble(t, "a platform that comes back is found", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		p.refuse = func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }
		running(t, p)
		pass(time.Minute)
		p.change(func() { p.refuse = nil })
		pass(90 * time.Second)
		if len(p.of("a")) == 0 || p.requests("/v1/devices/commands") == 0 {
			t.Error("it is not back")
		}
	})
	inBubble(t, "cars that come and go are noticed within a minute", func(t *testing.T) {
		p := newFakePlatform()
		running(t, p)
		p.change(func() { p.cars = append(p.cars, lockedCar("a")) })
		pass(5 * time.Second)
		if len(p.of("a")) == 0 {
			t.Error("the first car is not there soon")
		}
		p.change(func() { p.cars = []carapi.DeviceCar{lockedCar("b")} })
		pass(time.Minute)
		gone := len(p.of("a"))
		pass(5 * time.Minute)
		if len(p.of("a")) != gone || len(p.of("b")) == 0 {
			t.Error("the fleet has the cars of before")
		}
	})
	inBubble(t, "a car never heard of gets a place", func(t *testing.T) {
		p := newFakePlatform(carapi.DeviceCar{ID: "a", Lock: "locked"})
		running(t, p)
		if r := p.last("a"); r.Position == nil || *r.ChargePercent != 80 {
			t.Errorf("%+v", r)
		}
	})
	inBubble(t, "a car that another fleet drove further is taken up there", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		running(t, p)
		pass(10 * time.Second)
		p.change(func() { p.cars[0].LastReading = &carapi.LastReading{ChargePercent: 50, OdometerKM: 20_000} })
		pass(2 * time.Minute)
		if *p.last("a").OdometerKM != 20_000 {
			t.Errorf("%v km", *p.last("a").OdometerKM)
		}
	})
}

func TestNew(t *testing.T) {
	good := sim.Config{BaseURL: "http://platform", DeviceID: device, DeviceSecret: "s"}
	for name, spoil := range map[string]func(*sim.Config){
		"a base URL that is none":   func(c *sim.Config) { c.BaseURL = "http://[" },
		"a base URL without a host": func(c *sim.Config) { c.BaseURL = "/v1" },
		"no device":                 func(c *sim.Config) { c.DeviceID = "" },
		"no secret":                 func(c *sim.Config) { c.DeviceSecret = "" },
		"a negative telemetry time": func(c *sim.Config) { c.TelemetryEvery = -1 },
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			c := good
			spoil(&c)
			if _, err := sim.New(c); err == nil {
				t.Error("it was taken")
			}
		})
	}
	t.Run("the rest has defaults", func(t *testing.T) {
		if _, err := sim.New(good); err != nil {
			t.Error(err)
		}
	})
}

func TestOverASocket(t *testing.T) {
	p := newFakePlatform(lockedCar("a"))
	server := httptest.NewServer(p)
	defer server.Close()
	acked := make(chan struct{}, 1)
	streaming := make(chan struct{}, 1)
	p.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/ack"):
			acked <- struct{}{}
		case r.URL.Path == "/v1/devices/commands":
			p.change(func() { p.waiting = []carapi.DeviceCommand{{ID: "k1", CarID: "a", Kind: "unlock"}} })
			streaming <- struct{}{}
		}
		return false
	}
	fleet, err := sim.New(sim.Config{BaseURL: server.URL + "/", DeviceID: device, DeviceSecret: "open sesame",
		Delay: func() time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- fleet.Run(ctx) }()
	for what, happened := range map[string]chan struct{}{"the stream": streaming, "the acknowledgement": acked} {
		select {
		case <-happened:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s did not come", what)
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it does not end")
	}
}
