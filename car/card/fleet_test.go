package card_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car/carapi"
	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

func (w *world) show(id string) carapi.ShownCar {
	w.t.Helper()
	return must[carapi.ShownCar](w.t)(carapi.Show.Call(w.as(staff), w.gateway(0), carapi.CarRequest{ID: id}))
}

func TestRunningTheFleet(t *testing.T) {
	t.Run("what staff do is in the search of every instance within a second", func(t *testing.T) {
		w := newWorld(t, 2)
		id := w.park("B-FC 1", 0)
		both := func(what string, want int) {
			t.Helper()
			w.eventually(what+": the instance that did it shows it at once", func() bool { return len(w.nearest(0)) == want })
			begin := time.Now()
			w.eventually(what+": the other shows it", func() bool { return len(w.nearest(1)) == want })
			if took := time.Since(begin); took > time.Second {
				t.Errorf("%s: it took %v", what, took)
			}
		}
		both("registered", 1)
		act := func(do func() (carapi.ShownCar, error), want int) {
			t.Helper()
			car := must[carapi.ShownCar](t)(do())
			if got := len(w.nearest(0)); got != want {
				t.Errorf("%s: %d in the search", car.State, got)
			}
			both(car.State, want)
		}
		act(func() (carapi.ShownCar, error) {
			return carapi.TakeOut.Call(w.as(staff), w.gateway(0), carapi.ServiceRequest{ID: id, Reason: "brakes"})
		}, 0)
		act(func() (carapi.ShownCar, error) {
			return carapi.Return.Call(w.as(staff), w.gateway(0), carapi.CarRequest{ID: id})
		}, 1)
		act(func() (carapi.ShownCar, error) {
			return carapi.Retire.Call(w.as(staff), w.gateway(0), carapi.CarRequest{ID: id})
		}, 0)
	})
	t.Run("a command of staff comes to the device on another instance, again until it is answered", func(t *testing.T) {
		w := newWorld(t, 2)
		id := w.park("B-FC 1", 0)
		must[carapi.ShownCar](t)(carapi.TakeOut.Call(w.as(staff), w.gateway(0), carapi.ServiceRequest{ID: id, Reason: "washing"}))
		commands, stop := w.stream(1)
		defer stop()
		ordered := must[carapi.FleetCommand](t)(carapi.Unlock.Call(w.as(staff), w.gateway(0), carapi.StaffCommandRequest{ID: id}))
		for range 2 {
			if got := <-commands; got != ordered.ID {
				t.Errorf("the device got %s, want %s", got, ordered.ID)
			}
		}
		must[carapi.CommandAnswer](t)(carapi.Acknowledge.Call(w.as(device), w.gateway(1), carapi.AcknowledgeRequest{ID: ordered.ID, Result: "failed", Reason: "jammed"}))
		if k := w.show(id).Commands[0]; k.State != "failed" || k.Reason != "jammed" || k.By != "staff" || k.SettledAt == nil {
			t.Errorf("got %+v", k)
		}
	})
	t.Run("the cars of a revoked device are nobody's", func(t *testing.T) {
		w := newWorld(t, 1)
		id := w.park("B-FC 1", 0)
		data := must[[]byte](t)(json.Marshal(userapi.DeviceEvent{DeviceID: device.Subject}))
		e := events.Event{Type: "freecar.user.device_revoked.v1", Subject: device.Subject, Version: 2, Time: time.Now(), Data: data}
		if err := w.bus.Publish(t.Context(), []events.Event{e}); err != nil {
			t.Fatal(err)
		}
		w.eventually("the car has no device", func() bool { return w.show(id).DeviceID == nil })
		if answer := w.report(0, id, time.Now(), 0, 2, 0); answer.Accepted != 0 {
			t.Errorf("its reading was taken: %+v", answer)
		}
		if got := w.show(id); got.State != "non_contactable" || len(w.nearest(0)) != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a device's cars come in pages", func(t *testing.T) {
		w := newWorld(t, 1)
		want := map[string]bool{w.park("B-FC 1", 0): true, w.park("B-FC 2", 10_000): true, w.park("B-FC 3", 20_000): true}
		got := map[string]bool{}
		for request, pages := (carapi.DeviceCarsRequest{Limit: 1}), 1; ; pages++ {
			page := must[wire.Page[carapi.DeviceCar]](t)(carapi.DeviceCars.Call(w.as(device), w.gateway(0), request))
			for _, c := range page.Items {
				got[c.ID] = true
			}
			if page.NextCursor == nil {
				if pages != 3 || len(got) != 3 {
					t.Errorf("%d pages with %v", pages, got)
				}
				break
			}
			request.Cursor = *page.NextCursor
		}
		for id := range want {
			if !got[id] {
				t.Errorf("%s is missing", id)
			}
		}
		stranger := auth.Principal{Subject: "01900000-0000-7000-8000-00000000d002", Roles: auth.Device}
		if page := must[wire.Page[carapi.DeviceCar]](t)(carapi.DeviceCars.Call(w.as(stranger), w.gateway(0), carapi.DeviceCarsRequest{Limit: 10})); len(page.Items) != 0 {
			t.Errorf("another device sees %v", page.Items)
		}
	})
}
