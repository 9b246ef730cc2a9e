package endpoint_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"freecar/car"
	"freecar/car/internal/endpoint"
	"freecar/internal/geo"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func first() *car.Reading {
	return &car.Reading{CarID: "c", At: start, ReceivedAt: start, Position: geo.Position{Latitude: 52.5, Longitude: 13.4}, ChargePercent: 81.5, OdometerM: 1234, Locked: true}
}

func TestEvents(t *testing.T) {
	c := car.New(car.Registration{ID: "c", Plate: "B-FC 1", Model: "e-Up", First: first()}, start)
	steps := []func(){
		func() { c.Bind("device", start, car.DefaultPolicy(), start) },
		func() { c.Last.DeviceID = "device"; c.RegainContact(car.DefaultPolicy(), start) },
		func() {
			_ = c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: "trip", AccountID: "4503599627370497"}, car.DefaultPolicy(), start)
		},
		func() {
			_, _ = c.Order(car.Order{ID: "k", ClaimID: "trip", Step: "unlock", Kind: car.CommandUnlock}, car.DefaultPolicy(), start)
		},
		func() {
			_, _ = c.Acknowledge(car.Acknowledgement{DeviceID: "device", CommandID: "k", Reason: "jammed"}, "s", car.DefaultPolicy(), start)
		},
		func() { _ = c.TakeOut("brakes", true, start) },
		func() { c.Bind("device-2", start.Add(time.Second), car.DefaultPolicy(), start) },
		func() {
			c.Release(car.Releasing{Kind: car.ForTrip, ID: "trip", Spare: "s"}, car.DefaultPolicy(), start)
		},
		func() { _ = c.Describe(car.Details{Plate: new("B-FC 2"), PricingPlanID: new("night")}, start) },
		func() { _ = c.Return("s", car.DefaultPolicy(), start) },
		func() { c.Unbind("device-2", start) },
		func() { _ = c.TakeOut("tyres", false, start) },
		func() { _ = c.Retire(start) },
	}
	for i := 0; ; i++ {
		recorded, ok := c.Recorded()
		if !ok {
			t.Fatalf("step %d recorded nothing", i)
		}
		e, err := endpoint.Event(t.Context(), recorded)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(e.Type, func(t *testing.T) { replays(t, c, e.Data, recorded) })
		if i == len(steps) {
			return
		}
		c = c.Clone()
		steps[i]()
	}
}

func replays(t *testing.T, c car.Car, data []byte, recorded car.Event) {
	e, err := endpoint.Event(t.Context(), recorded)
	if err != nil || string(e.Data) != string(data) || e.Subject != c.ID || e.Version != c.Version || !e.Time.Equal(start) {
		t.Fatalf("got %+v, %v", e, err)
	}
	got, err := endpoint.CarOf(e)
	if err != nil {
		t.Fatal(err)
	}
	want := c.Clone()
	if tells := strings.Contains(string(data), "latitude"); tells != (c.Claim == nil) {
		t.Errorf("a car claimed by %v tells its place: %t", c.Claim, tells)
	}
	if c.Claim == nil && got.Listing() != want.Listing() {
		t.Errorf("got  %+v\nwant %+v", got.Listing(), want.Listing())
	}
	got.Last, want.Last = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMoved(t *testing.T) {
	for name, s := range map[string]car.Sighting{
		"seen by a device": first().Sighting(),
		"said by staff":    {Known: true, Position: geo.Position{Latitude: -1, Longitude: 2}, ChargePercent: 3},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := endpoint.Moved(t.Context(), "c", s, start)
			if err != nil || e.Type != "freecar.car.moved.v1" {
				t.Fatalf("%+v, %v", e, err)
			}
			if id, got, err := endpoint.MovedOf(e); err != nil || id != "c" || got != s {
				t.Errorf("got %s %+v, %v", id, got, err)
			}
		})
	}
}
