package card_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"freecar/car/carapi"
	"freecar/car/card"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/ids"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	rider  = auth.Principal{Subject: "4503599627370497", Roles: auth.Rider}
	staff  = auth.Principal{Subject: "4503599627370498", Roles: auth.Fleet}
	device = auth.Principal{Subject: "01900000-0000-7000-8000-00000000d001", Roles: auth.Device}
	centre = wire.Position{Latitude: 52.52, Longitude: 13.405}
)

// world is the car service on some instances, and a bus to speak to them.
type world struct {
	t         *testing.T
	bus       events.Bus
	authority *assertion.Authority
	network   *inproc.Network
	services  []*card.Service
}

func newWorld(t *testing.T, instances int) *world {
	t.Helper()
	dir := t.TempDir()
	bus, err := sqlitebus.Open(t.Context(), filepath.Join(dir, "bus.db"), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, bus: bus, network: inproc.NewNetwork(), authority: assertion.NewAuthority(bytes.Repeat([]byte("k"), 32), clock.System{})}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for i := range instances {
		s, err := card.New(t.Context(), card.Config{
			Path: filepath.Join(dir, "car.db"), Obs: obs.Discard().For(carapi.Name), Clock: clock.System{}, IDs: ids.Random{}, Bus: bus, Authority: w.authority,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.services = append(w.services, s)
		w.network.Listen(host(i), s.Handler())
		running.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
		for _, s := range w.services {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	w.eventually("every instance is ready", func() bool {
		for _, s := range w.services {
			if !s.Ready() {
				return false
			}
		}
		return true
	})
	return w
}

func host(instance int) string { return fmt.Sprint("car-", instance) }

// eventually waits for what comes over the bus.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			w.t.Fatalf("it never happened that %s", what)
		case <-tick.C:
		}
	}
}

// caller is a way to one instance in the name of a service.
type caller struct {
	w        *world
	instance int
	service  string
}

func (c caller) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	text, err := c.w.authority.Mint(auth.From(ctx), c.service, carapi.Name, "test")
	if err != nil {
		return nil, err
	}
	r.URL.Host = host(c.instance)
	r.Header.Set(kitx.AssertionHeader, text)
	return c.w.network.RoundTrip(r)
}

func (w *world) gateway(instance int) caller { return caller{w, instance, "gateway"} }
func (w *world) trip(instance int) caller    { return caller{w, instance, "trip"} }

func (w *world) as(p auth.Principal) context.Context { return auth.With(w.t.Context(), p) }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// park registers a car, binds it to the device by an event and has it heard of.
func (w *world) park(plate string, version int64) string {
	w.t.Helper()
	c := must[carapi.FleetCar](w.t)(carapi.Register.Call(w.as(staff), w.gateway(0), carapi.RegisterRequest{
		Plate: plate, Model: "e-Up", Position: &centre, ChargePercent: new(81.5), OdometerKM: new(1.234)}))
	data := must[[]byte](w.t)(json.Marshal(userapi.DeviceEvent{DeviceID: device.Subject, CarIDs: []string{c.ID}}))
	w.eventually("the car is bound", func() bool {
		// Until the consumer has begun, events pass it by.
		version++
		e := events.Event{Type: userapi.DeviceRegistered, Subject: device.Subject + plate, Version: version, Time: time.Now(), Data: data}
		if err := w.bus.Publish(w.t.Context(), []events.Event{e}); err != nil {
			w.t.Fatal(err)
		}
		cars := must[wire.Page[carapi.DeviceCar]](w.t)(carapi.DeviceCars.Call(w.as(device), w.gateway(0), carapi.DeviceCarsRequest{Limit: 1000}))
		for _, bound := range cars.Items {
			if bound.ID == c.ID {
				return true
			}
		}
		return false
	})
	if answer := w.say(0, c.ID, time.Now().Add(-time.Second), 0, 1.234, 0, 81.5); answer.Accepted != 1 {
		w.t.Fatalf("its first word: %+v", answer)
	}
	return c.ID
}

func (w *world) nearest(instance int) []carapi.Car {
	w.t.Helper()
	return must[wire.Page[carapi.Car]](w.t)(carapi.Search.Call(w.as(rider), w.gateway(instance), carapi.SearchRequest{
		Latitude: &centre.Latitude, Longitude: &centre.Longitude, RadiusM: 1000, Limit: 20})).Items
}

func (w *world) report(instance int, id string, at time.Time, northM, km, speed float64) carapi.TelemetryAnswer {
	w.t.Helper()
	return w.say(instance, id, at, northM, km, speed, 80)
}

func (w *world) say(instance int, id string, at time.Time, northM, km, speed, charge float64) carapi.TelemetryAnswer {
	w.t.Helper()
	position := centre
	position.Latitude += northM / 111_195
	return must[carapi.TelemetryAnswer](w.t)(carapi.Telemetry.Call(w.as(device), w.gateway(instance), carapi.TelemetryRequest{Readings: []carapi.Reading{{
		CarID: id, At: new(wire.FromTime(at)), Position: &position, ChargePercent: &charge, OdometerKM: &km, SpeedKMH: &speed, Locked: new(true), DoorsOpen: new(false),
	}}}))
}

func claimRequest(id string, trip string) carapi.ClaimRequest {
	return carapi.ClaimRequest{ID: id, Kind: "trip", ClaimID: trip, AccountID: rider.Subject}
}

// stream connects the device and gives the ids of the commands that come.
func (w *world) stream(instance int) (commands <-chan string, stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.as(device))
	request := must[*http.Request](w.t)(http.NewRequestWithContext(ctx, http.MethodGet, "http://car"+carapi.Commands.Spec().Path, nil))
	answer := must[*http.Response](w.t)(w.gateway(instance).Do(ctx, carapi.Commands.Spec(), request))
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("the stream answers %s", answer.Status)
	}
	came := make(chan string, 100)
	go func() {
		defer close(came)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				came <- id
			}
		}
	}()
	return came, func() {
		cancel()
		_ = answer.Body.Close()
		for range came {
		}
	}
}

func TestJourney(t *testing.T) {
	w := newWorld(t, 2)
	id := w.park("b-fc 1", 0)
	trip := ids.Random{}.New()

	c := w.nearest(0)[0]
	if c.ID != id || c.Plate != "B-FC 1" || c.ChargePercent != 81.5 || c.RangeKM != 260 || c.DistanceM == nil || *c.DistanceM != 0 || c.State != "available" || c.PricingPlanID != "standard" {
		t.Fatalf("found %+v", c)
	}
	w.eventually("the other instance finds it", func() bool { return len(w.nearest(1)) == 1 })

	claimed := must[carapi.ClaimedCar](t)(carapi.Claim.Call(w.as(rider), w.trip(0), claimRequest(id, trip)))
	if claimed.OdometerM != 1234 || claimed.State != "stopped" || claimed.Position == nil {
		t.Errorf("claimed %+v", claimed)
	}
	if again := must[carapi.ClaimedCar](t)(carapi.Claim.Call(w.as(rider), w.trip(1), claimRequest(id, trip))); again.Version != claimed.Version {
		t.Errorf("claiming again changed the car to %+v", again)
	}
	if found := w.nearest(0); len(found) != 0 {
		t.Errorf("a claimed car is found: %v", found)
	}
	w.eventually("the other instance knows that it is taken", func() bool { return len(w.nearest(1)) == 0 })

	commands, stop := w.stream(1) // the command is given at the other instance
	defer stop()
	unlock := must[carapi.CommandAnswer](t)(carapi.Command.Call(w.as(rider), w.trip(0), carapi.CommandRequest{ID: id, ClaimID: trip, Step: "unlock", Kind: "unlock"}))
	if came := <-commands; came != unlock.ID || unlock.State != "waiting" {
		t.Errorf("command %s came, want %+v", came, unlock)
	}
	for range 2 { // twice does no harm
		done := must[carapi.CommandAnswer](t)(carapi.Acknowledge.Call(w.as(device), w.gateway(1), carapi.AcknowledgeRequest{ID: unlock.ID, Result: "done"}))
		if done.State != "done" {
			t.Errorf("acknowledged: %+v", done)
		}
	}

	if answer := w.report(1, id, time.Now(), 500, 1.734, 30); answer.Accepted != 1 {
		t.Errorf("telemetry: %+v", answer)
	}
	seen := must[carapi.InspectedCar](t)(carapi.Inspect.Call(w.as(rider), w.trip(0), carapi.CarRequest{ID: id}))
	if seen.State != "on_trip" || seen.Lock != "unlocked" || seen.Claim == nil || seen.Claim.ID != trip || seen.Reading == nil || seen.Reading.OdometerM != 1734 || seen.Reading.SpeedKMH != 30 {
		t.Errorf("inspected %+v, %+v", seen, seen.Reading)
	}
	lock := carapi.CommandRequest{ID: id, ClaimID: trip, Step: "lock", Kind: "lock"}
	if _, err := carapi.Command.Call(w.as(rider), w.trip(0), lock); errs.CodeOf(err) != "car_moving" || errs.KindOf(err) != errs.Conflict {
		t.Errorf("locking a moving car: %v", err)
	}
	w.report(0, id, time.Now().Add(time.Millisecond), 501, 1.735, 0)
	locking := must[carapi.CommandAnswer](t)(carapi.Command.Call(w.as(rider), w.trip(0), lock))
	if came := <-commands; came != locking.ID {
		t.Errorf("command %s came, want %+v", came, locking)
	}
	must[carapi.CommandAnswer](t)(carapi.Acknowledge.Call(w.as(device), w.gateway(0), carapi.AcknowledgeRequest{ID: locking.ID, Result: "done"}))

	release := carapi.ReleaseRequest{ID: id, Kind: "trip", ClaimID: trip}
	wrong := carapi.ReleaseRequest{ID: id, Kind: "reservation", ClaimID: trip}
	if still := must[carapi.ClaimedCar](t)(carapi.Release.Call(w.as(rider), w.trip(1), wrong)); still.State != "stopped" {
		t.Errorf("releasing a reservation that it has not made the car %+v", still)
	}
	released := must[carapi.ClaimedCar](t)(carapi.Release.Call(w.as(rider), w.trip(0), release))
	if again := must[carapi.ClaimedCar](t)(carapi.Release.Call(w.as(rider), w.trip(1), release)); again.Version != released.Version {
		t.Errorf("releasing again changed the car to %+v", again)
	}
	for i := range 2 {
		w.eventually("the car is found where it was left", func() bool {
			found := w.nearest(i)
			return len(found) == 1 && *found[0].DistanceM == 501
		})
	}
	w.report(1, id, time.Now().Add(2*time.Millisecond), 600, 1.735, 0) // towed
	w.eventually("the other instance hears that it moved", func() bool {
		found := w.nearest(0)
		return len(found) == 1 && *found[0].DistanceM == 600
	})
}

func TestRace(t *testing.T) {
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprintf("64 riders, %d instances, one car", instances), func(t *testing.T) {
			w := newWorld(t, instances)
			id := w.park("B-FC 1", 0)
			var won atomic.Int64
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					_, err := carapi.Claim.Call(w.as(rider), w.trip(i%instances), claimRequest(id, ids.Random{}.New()))
					switch {
					case err == nil:
						won.Add(1)
					case errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "car_unavailable":
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Errorf("%d won", won.Load())
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	w := newWorld(t, 1)
	id := w.park("B-FC 1", 0)
	trip := ids.Random{}.New()
	must[carapi.ClaimedCar](t)(carapi.Claim.Call(w.as(rider), w.trip(0), claimRequest(id, trip)))
	k := must[carapi.CommandAnswer](t)(carapi.Command.Call(w.as(rider), w.trip(0), carapi.CommandRequest{ID: id, ClaimID: trip, Step: "unlock", Kind: "unlock"}))
	t.Run("where a rider is with a car the others do not see", func(t *testing.T) {
		for account, sees := range map[string]bool{rider.Subject: true, "4503599627370499": false} {
			c := must[carapi.Car](t)(carapi.Get.Call(w.as(auth.Principal{Subject: account, Roles: auth.Rider}), w.gateway(0), carapi.CarRequest{ID: id}))
			if (c.Position != nil) != sees {
				t.Errorf("account %s: %+v", account, c.Position)
			}
		}
	})
	t.Run("another device's command is not there", func(t *testing.T) {
		stranger := auth.Principal{Subject: "01900000-0000-7000-8000-00000000d002", Roles: auth.Device}
		_, err := carapi.Acknowledge.Call(w.as(stranger), w.gateway(0), carapi.AcknowledgeRequest{ID: k.ID, Result: "done"})
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("each route is for whom it is", func(t *testing.T) {
		for _, spec := range []kitx.Spec{
			carapi.Search.Spec(), carapi.Get.Spec(), carapi.Telemetry.Spec(), carapi.Commands.Spec(), carapi.Acknowledge.Spec(), carapi.DeviceCars.Spec(),
			carapi.List.Spec(), carapi.Register.Spec(), carapi.Claim.Spec(), carapi.Release.Spec(), carapi.Command.Spec(), carapi.Inspect.Spec(),
			carapi.Show.Spec(), carapi.Change.Spec(), carapi.TakeOut.Spec(), carapi.Return.Spec(), carapi.Retire.Spec(), carapi.Lock.Spec(), carapi.Unlock.Spec(), carapi.Import.Spec(),
		} {
			for _, p := range []auth.Principal{{}, rider, staff, device} {
				if spec.Who.Check(p) == nil {
					continue
				}
				r := must[*http.Request](t)(http.NewRequest(spec.Method, "http://car"+strings.ReplaceAll(spec.Path, "{id}", id), nil))
				answer := must[*http.Response](t)(w.gateway(0).Do(w.as(p), spec, r))
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusForbidden && answer.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s for %s answers %s", spec.Op, p.Roles, answer.Status)
				}
			}
		}
	})
}

func TestBadInput(t *testing.T) {
	w := newWorld(t, 1)
	id := w.park("B-FC 1", 0)
	reading := `{"car_id":"` + id + `","at":"2026-03-01T12:00:00Z","position":{"latitude":1,"longitude":2},"charge_percent":50,"odometer_km":9,"speed_kmh":0,"locked":true}`
	for _, c := range []struct {
		who          auth.Principal
		method, path string
		body         string
		status       int
		says         string
	}{
		{rider, "GET", "/v1/cars", "", 400, `"field":"latitude"`},
		{rider, "GET", "/v1/cars?latitude=1", "", 400, `"field":"longitude"`},
		{rider, "GET", "/v1/cars?latitude=91&longitude=1", "", 400, `"field":"latitude"`},
		{rider, "GET", "/v1/cars?latitude=NaN&longitude=1", "", 400, `"field":"latitude"`},
		{rider, "GET", "/v1/cars?latitude=1&longitude=1&radius_m=0", "", 400, `"field":"radius_m"`},
		{rider, "GET", "/v1/cars?latitude=1&longitude=1&radius_m=50001", "", 400, `"field":"radius_m"`},
		{rider, "GET", "/v1/cars?latitude=1&longitude=1&limit=101", "", 400, `"field":"limit"`},
		{rider, "GET", "/v1/cars?latitude=1&longitude=1&colour=red", "", 400, `"field":"colour"`},
		{rider, "GET", "/v1/cars?latitude=1&longitude=1&bbox=1,1,2,2", "", 400, `"field":"bbox"`},
		{rider, "GET", "/v1/cars?bbox=1,2,3", "", 400, `"field":"bbox"`},
		{rider, "GET", "/v1/cars?bbox=1,9,2,3", "", 400, `"field":"bbox"`},
		{rider, "GET", "/v1/cars?bbox=1,2,NaN,3", "", 400, `"field":"bbox"`},
		{rider, "GET", "/v1/cars?bbox=13,52,14,53&min_charge=101", "", 400, `"field":"min_charge"`},
		{rider, "GET", "/v1/cars?bbox=13,52,14,53&min_charge=81.5", "", 200, id},
		{rider, "GET", "/v1/cars?bbox=13,52,14,53&min_charge=81.6", "", 200, `"items":[],"next_cursor":null`},
		{rider, "GET", "/v1/cars/nothing", "", 400, `"field":"id"`},
		{rider, "GET", "/v1/cars/01900000-0000-7000-8000-000000000000", "", 404, `"code":"not_found"`},
		{device, "POST", "/v1/telemetry", `{}`, 400, `"field":"readings"`},
		{device, "POST", "/v1/telemetry", `{"readings":[` + strings.Repeat("{},", 1000) + `{}]}`, 400, `"field":"readings"`},
		{device, "POST", "/v1/telemetry", `{"readings":[` + reading + `]}`, 200, `{"accepted":0,"refused":[{"index":0,"code":"invalid"}]}`},
		{device, "POST", "/v1/telemetry", `{"readings":[{"at":"now"}]}`, 400, `"field":"readings[0].at"`},
		{device, "POST", "/v1/devices/commands/x/ack", `{"result":"done"}`, 400, `"field":"id"`},
		{device, "POST", "/v1/devices/commands/" + id + "/ack", `{"result":"maybe"}`, 400, `"field":"result"`},
		{device, "POST", "/v1/devices/commands/" + id + "/ack", `{"result":"done"}`, 404, `"code":"not_found"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"?","model":"e-Up"}`, 400, `"field":"plate"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"B-FC 2"}`, 400, `"field":"model"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"B-FC 2","model":" "}`, 400, `"field":"model"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"B-FC 2","model":"e-Up","charge_percent":50}`, 400, `"field":"position"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"B-FC 2","model":"e-Up","position":{"latitude":91,"longitude":0}}`, 400, `"field":"position.latitude"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"B-FC 2","model":"e-Up","position":{"latitude":1,"longitude":0},"charge_percent":101}`, 400, `"field":"charge_percent"`},
		{staff, "POST", "/v1/ops/cars", `{"plate":"b-fc  1","model":"e-Up"}`, 409, `"code":"plate_exists"`},
		{staff, "GET", "/v1/ops/cars?state=flying", "", 400, `"field":"state"`},
		{staff, "GET", "/v1/ops/cars?cursor=x", "", 400, `"field":"cursor"`},
		{staff, "GET", "/v1/ops/cars?plate=b-fc%201&state=available", "", 200, id},
	} {
		t.Run(c.method+" "+c.path[:min(len(c.path), 60)]+" "+c.body[:min(len(c.body), 60)], func(t *testing.T) {
			r := must[*http.Request](t)(http.NewRequest(c.method, "http://car"+c.path, strings.NewReader(c.body)))
			answer := must[*http.Response](t)(w.gateway(0).Do(w.as(c.who), kitx.Spec{}, r))
			defer answer.Body.Close()
			body := string(must[[]byte](t)(io.ReadAll(answer.Body)))
			if answer.StatusCode != c.status || !strings.Contains(body, c.says) {
				t.Errorf("got %d %s", answer.StatusCode, body)
			}
		})
	}
}

func TestKeysAndTags(t *testing.T) {
	w := newWorld(t, 1)
	t.Run("a key registers one car", func(t *testing.T) {
		request := carapi.RegisterRequest{Keyed: kitx.Keyed{IdempotencyKey: "k"}, Plate: "B-FC 7", Model: "e-Up"}
		first := must[carapi.FleetCar](t)(carapi.Register.Call(w.as(staff), w.gateway(0), request))
		if again := must[carapi.FleetCar](t)(carapi.Register.Call(w.as(staff), w.gateway(0), request)); again.ID != first.ID || first.State != "non_contactable" {
			t.Errorf("got %+v after %+v", again, first)
		}
		request.Plate = "B-FC 8"
		if _, err := carapi.Register.Call(w.as(staff), w.gateway(0), request); errs.KindOf(err) != errs.KeyReused {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an unchanged car is not sent again", func(t *testing.T) {
		id := w.park("B-FC 1", 0)
		get := func(tag string) (int, string) {
			r := must[*http.Request](t)(http.NewRequest(http.MethodGet, "http://car/v1/cars/"+id, nil))
			r.Header.Set("If-None-Match", tag)
			answer := must[*http.Response](t)(w.gateway(0).Do(w.as(rider), carapi.Get.Spec(), r))
			_ = answer.Body.Close()
			return answer.StatusCode, answer.Header.Get("ETag")
		}
		_, tag := get("")
		if status, _ := get(tag); status != http.StatusNotModified {
			t.Errorf("got %d for %s", status, tag)
		}
		w.report(0, id, time.Now(), 300, 2, 0)
		if status, _ := get(tag); status != http.StatusOK {
			t.Errorf("got %d after it moved", status)
		}
	})
}

func TestDrain(t *testing.T) {
	w := newWorld(t, 1)
	commands, stop := w.stream(0)
	defer stop()
	w.services[0].Drain()
	if id, open := <-commands; open {
		t.Errorf("command %s came after the drain", id)
	}
}
