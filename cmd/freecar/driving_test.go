package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"freecar/car/sim"
)

// TestDrivenRental has a simulated driver at the wheel, who knows nothing of trips: the
// car drives while it is unlocked, stops when asked to, and stands while it is locked.
func TestDrivenRental(t *testing.T) {
	r := newRig(t, 1, 0)
	r.drive(t, 1, func(c *sim.Config) { c.Standing = false })
	rider, _ := r.rider(r.staff)
	trip := "/v1/trips/" + rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(1)[0]}).text(t, "id")
	far := func(from float64) func(answer) bool {
		return func(a answer) bool {
			d, ok := a.body["distance_m"].(float64)
			return ok && d > from+60
		}
	}
	rider.until("the car drives", trip, far(0))
	refused := rider.want(http.StatusConflict, http.MethodPost, trip+"/pause", nil)
	if refused.code() != "pause_refused" || !strings.Contains(fmt.Sprint(refused.body["errors"]), "code:moving") {
		t.Errorf("pausing while moving: %v", refused.body)
	}
	allowed(t, rider, trip+"/pause?dry_run=true") // the driver was asked to stop
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/pause", nil)
	paused := rider.until("the trip is paused", trip, state("paused"))
	stood, _ := paused.body["distance_m"].(float64)
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/resume", nil)
	rider.until("the trip goes on, and so does the driver", trip, far(stood))
	if a := rider.want(http.StatusConflict, http.MethodPost, trip+"/end", nil); a.code() != "end_refused" {
		t.Errorf("ending while moving: %v", a.body)
	}
	allowed(t, rider, trip+"/end?dry_run=true")
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/end", nil)
	rider.until("the trip is finished", trip, state("finished"))
}

// allowed asks a dry run until it is.
func allowed(t *testing.T, c client, path string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		if a := c.want(http.StatusOK, http.MethodPost, path, nil); a.body["allowed"] == true {
			return
		}
	}
	t.Fatalf("%s was never allowed", path)
}

// TestDroveOff drives a car that its paused trip has locked: from that reading on the trip
// goes on.
func TestDroveOff(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		car := rider.cars(1)[0]
		trip := "/v1/trips/" + rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		rider.until("the trip is in progress", trip, state("in_progress"))
		rider.want(http.StatusAccepted, http.MethodPost, trip+"/pause", nil)
		rider.until("the trip is paused", trip, state("paused"))

		device := r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", r.device).text(t, "access_token"))
		known := device.want(http.StatusOK, http.MethodGet, "/v1/devices/cars", nil)
		odometer, _ := known.at(t, "items", 0, "last_reading", "odometer_km").(float64)
		report := func(km float64) {
			t.Helper()
			reading := m{"car_id": car, "at": time.Now().Add(time.Second).UTC(), "position": m{"latitude": 52.52, "longitude": 13.405},
				"charge_percent": 80, "odometer_km": odometer + km, "speed_kmh": 0, "locked": true, "doors_open": false}
			if a := device.want(http.StatusOK, http.MethodPost, "/v1/telemetry", m{"readings": []m{reading}}); a.body["accepted"] != 1.0 {
				t.Fatalf("telemetry: %v", a.body)
			}
		}
		report(0.05) // it rolled
		if a := rider.want(http.StatusOK, http.MethodGet, trip, nil); a.body["state"] != "paused" {
			t.Errorf("after 50 m: %v", a.body)
		}
		<-time.After(5 * time.Millisecond) // times of readings rise
		report(0.2)
		rider.until("the trip goes on", trip, state("in_progress"))
		rider.want(http.StatusAccepted, http.MethodPost, trip+"/end", nil)
		done := rider.until("the trip is finished", trip, state("finished"))
		if done.body["distance_m"] != 200.0 {
			t.Errorf("driven %v", done.body["distance_m"])
		}
	})
}
