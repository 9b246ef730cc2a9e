package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/trip/tripd"
)

// TestReservation is the way of a rider who plans: reserve, start, pause, go on, end.
func TestReservation(t *testing.T) {
	both(t, 2, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		other, _ := r.rider(r.staff)
		cars := rider.cars(2)
		car, spare := cars[0], cars[1]
		reserve := m{"car_id": car}

		kept := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", reserve, "Idempotency-Key", "mine")
		id := kept.text(t, "id")
		if kept.body["state"] != "active" || kept.body["car_id"] != car || kept.body["extendable"] != true || kept.body["plan_id"] != "standard" {
			t.Errorf("reserved: %v", kept.body)
		}
		again := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", reserve, "Idempotency-Key", "mine")
		if again.text(t, "id") != id || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("the same key again: %v", again.body)
		}
		rider.want(http.StatusUnprocessableEntity, http.MethodPost, "/v1/reservations", m{"car_id": spare}, "Idempotency-Key", "mine")
		if w := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil); cents(t, w, "held") != 0 {
			t.Errorf("a reservation holds money: %v", w.body)
		}
		rider.until("the reserved car is not in the search", "/v1/cars?"+city, func(a answer) bool { return !strings.Contains(fmt.Sprint(a.body), car) })
		for _, tc := range []struct {
			who  client
			path string
			body m
			code string
		}{
			{other, "/v1/reservations", reserve, "car_unavailable"},
			{other, "/v1/trips", reserve, "car_unavailable"},
			{rider, "/v1/reservations", m{"car_id": spare}, "account_busy"},
			{rider, "/v1/trips", m{"car_id": spare}, "account_busy"},
		} {
			if a := tc.who.want(http.StatusConflict, http.MethodPost, tc.path, tc.body); a.code() != tc.code {
				t.Errorf("%s %v: %v", tc.path, tc.body, a.body)
			}
		}
		other.want(http.StatusNotFound, http.MethodGet, "/v1/reservations/current", nil)
		other.want(http.StatusNotFound, http.MethodPost, "/v1/reservations/"+id+"/extend", nil)
		other.want(http.StatusNotFound, http.MethodDelete, "/v1/reservations/"+id, nil)
		other.want(http.StatusNotFound, http.MethodPost, "/v1/trips", m{"reservation_id": id})
		rider.want(http.StatusNotFound, http.MethodGet, "/v1/trips/"+id, nil) // no trip yet
		rider.want(http.StatusNotFound, http.MethodGet, "/v1/trips/current", nil)

		extended := rider.want(http.StatusOK, http.MethodPost, "/v1/reservations/"+id+"/extend", nil)
		if extended.text(t, "expires_at") <= kept.text(t, "expires_at") || extended.body["extendable"] != false {
			t.Errorf("extended: %v", extended.body)
		}
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/reservations/"+id+"/extend", nil); a.code() != "reservation_extended" {
			t.Errorf("extended twice: %v", a.body)
		}
		if a := rider.want(http.StatusOK, http.MethodGet, "/v1/reservations/current", nil); a.text(t, "expires_at") != extended.text(t, "expires_at") {
			t.Errorf("current: %v", a.body)
		}

		begun := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"reservation_id": id}, "Idempotency-Key", "go")
		if begun.text(t, "id") != id || begun.body["state"] != "starting" {
			t.Errorf("begun: %v", begun.body)
		}
		rider.want(http.StatusNotFound, http.MethodGet, "/v1/reservations/current", nil)
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		if a := rider.want(http.StatusConflict, http.MethodDelete, "/v1/reservations/"+id, nil); a.code() != "reservation_over" {
			t.Errorf("cancelling a trip: %v", a.body)
		}
		if a := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"reservation_id": id}, "Idempotency-Key", "go"); a.text(t, "id") != id {
			t.Errorf("the same key again: %v", a.body)
		}
		pauseAndEnd(t, rider, other, id)
		rider.cars(2) // the car can be rented again
	})
}

// pauseAndEnd takes a trip in progress through a pause to its receipt.
func pauseAndEnd(t *testing.T, rider, other client, id string) {
	t.Helper()
	trip := "/v1/trips/" + id
	for _, path := range []string{"/pause", "/resume", "/end", "/pause?dry_run=true", "/end?dry_run=true"} {
		other.want(http.StatusNotFound, http.MethodPost, trip+path, nil)
	}
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/pause", nil)
	paused := rider.until("the trip is paused", trip, state("paused"))
	paused.text(t, "paused_at")
	rider.want(http.StatusOK, http.MethodPost, trip+"/pause", nil)
	if a := rider.want(http.StatusOK, http.MethodGet, "/v1/trips?state=paused", nil); a.text(t, "items", 0, "id") != id {
		t.Errorf("paused trips: %v", a.body)
	}
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/resume", nil)
	rider.until("the trip goes on", trip, state("in_progress"))
	rider.want(http.StatusOK, http.MethodPost, trip+"/resume", nil)
	for _, what := range []string{"/pause", "/end"} {
		dry := rider.want(http.StatusOK, http.MethodPost, trip+what+"?dry_run=true", nil)
		if dry.body["allowed"] != true || len(dry.at(t, "reasons").([]any)) != 0 || len(dry.body) != 2 {
			t.Errorf("a dry %s: %v", what, dry.body)
		}
	}
	rider.want(http.StatusAccepted, http.MethodPost, trip+"/pause", nil)
	rider.until("the trip is paused again", trip, state("paused"))
	if ended := rider.want(http.StatusOK, http.MethodPost, trip+"/end", nil); ended.body["state"] != "finished" {
		t.Errorf("ending a locked car's trip: %v", ended.body)
	}
	receipt := rider.want(http.StatusOK, http.MethodGet, trip+"/receipt", nil)
	wallet := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
	if cents(t, wallet, "held") != 0 || cents(t, wallet, "balance") != 5000-cents(t, receipt, "fare", "total") {
		t.Errorf("receipt %v, wallet %v", receipt.body, wallet.body)
	}
	for _, what := range []string{"/pause", "/resume"} {
		if a := rider.want(http.StatusConflict, http.MethodPost, trip+what, nil); a.code() != what[1:]+"_refused" {
			t.Errorf("%s of a finished trip: %v", what, a.body)
		}
	}
}

func TestReservationCancelled(t *testing.T) {
	both(t, 2, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		cars := rider.cars(2)
		id := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": cars[0]}).text(t, "id")
		for range 2 {
			rider.want(http.StatusNoContent, http.MethodDelete, "/v1/reservations/"+id, nil)
		}
		rider.want(http.StatusNotFound, http.MethodGet, "/v1/reservations/current", nil)
		rider.cars(2)
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", m{"reservation_id": id}); a.code() != "reservation_over" {
			t.Errorf("starting it: %v", a.body)
		}
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/reservations", m{"car_id": cars[0]}); a.code() != "reserved_recently" || a.header.Get("Retry-After") == "" {
			t.Errorf("reserving it again: %v", a.body)
		}
		rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": cars[1]})
		if a := rider.want(http.StatusOK, http.MethodGet, "/v1/trips", nil); len(a.at(t, "items").([]any)) != 0 {
			t.Errorf("reservations are in the list of trips: %v", a.body)
		}
	})
}

func TestReservationNeedsALicence(t *testing.T) {
	r := newRig(t, 1, 1)
	rider, account := r.signUp()
	car := rider.cars(1)[0]
	if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/reservations", m{"car_id": car}); a.code() != "licence_not_verified" {
		t.Errorf("without a licence: %v", a.body)
	}
	rider.submitLicence()
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+account+"/approve", nil)
	id := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": car}).text(t, "id")
	if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", m{"reservation_id": id}); a.code() != "insufficient_funds" {
		t.Errorf("without money: %v", a.body)
	}
	if a := rider.want(http.StatusOK, http.MethodGet, "/v1/reservations/current", nil); a.text(t, "id") != id {
		t.Errorf("a refused start took the reservation: %v", a.body)
	}
	rider.topUp(5000)
	rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car})
	rider.until("the reserved car is on a trip", "/v1/trips/"+id, state("in_progress"))
}

// brief makes reservations short, and lets riders reserve the same car again.
func brief(d time.Duration) func(*platformOptions) {
	return func(o *platformOptions) {
		policy := tripd.DefaultPolicy()
		policy.ReservationFor, policy.ReserveAgain = d, 0
		o.Rentals = &policy
	}
}

func TestReservationExpires(t *testing.T) {
	for instances := 1; instances <= 2; instances++ {
		r := newRig(t, instances, 1, brief(time.Second))
		rider, _ := r.rider(r.staff)
		id := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": rider.cars(1)[0]}).text(t, "id")
		rider.until("it has expired", "/v1/reservations/current", func(a answer) bool { return a.status == http.StatusNotFound })
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", m{"reservation_id": id}); a.code() != "reservation_expired" {
			t.Errorf("starting it: %v", a.body)
		}
		rider.cars(1)
	}
}

// TestReservationRace starts reservations at about the moment when they expire, many at
// once: each becomes a trip or comes to nothing, and never both.
func TestReservationRace(t *testing.T) {
	const (
		riders = 16
		rounds = 4
		lasts  = 300 * time.Millisecond
	)
	for instances := 1; instances <= 2; instances++ {
		t.Run(fmt.Sprintf("%d of each service", instances), func(t *testing.T) {
			r := newRig(t, instances, riders, brief(lasts))
			cars := r.free(riders)
			all := make([]client, riders)
			for i := range all {
				all[i], _ = r.rider(r.staff)
			}
			var started, expired atomic.Int64
			var wg sync.WaitGroup
			for i, rider := range all {
				wg.Go(func() {
					for round := range rounds {
						// From well before the end to well after it.
						early := time.Duration(i*rounds+round-riders*rounds/2) * time.Millisecond
						switch raceOnce(t, rider, cars[i], early) {
						case "started":
							started.Add(1)
						case "expired":
							expired.Add(1)
						}
					}
				})
			}
			wg.Wait()
			t.Logf("%d started, %d expired", started.Load(), expired.Load())
			if started.Load()+expired.Load() != riders*rounds {
				t.Errorf("%d started and %d expired of %d", started.Load(), expired.Load(), riders*rounds)
			}
			r.free(riders) // all are free again
			for _, rider := range all {
				w := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
				if cents(t, w, "held") != 0 || sumOfEntries(t, rider) != cents(t, w, "balance") {
					t.Errorf("left behind: %v", w.body)
				}
			}
			checkInvariants(t, r)
		})
	}
}

// free is cars, as somebody who may search.
func (r *rig) free(n int) []string {
	rider, _ := r.signUp()
	return rider.cars(n)
}

// raceOnce reserves, starts some time after the reservation ends (or before, if negative),
// and cleans up.
func raceOnce(t *testing.T, rider client, car string, after time.Duration) string {
	a, err := rider.try(http.MethodPost, "/v1/reservations", m{"car_id": car})
	if err != nil || a.status != http.StatusCreated {
		t.Errorf("reserving: %v, %v", a.body, err)
		return ""
	}
	id, _ := a.body["id"].(string)
	expires, err := time.Parse(time.RFC3339, fmt.Sprint(a.body["expires_at"]))
	if err != nil {
		t.Error(err)
	}
	<-time.After(time.Until(expires) + after)
	start, err := rider.try(http.MethodPost, "/v1/trips", m{"reservation_id": id})
	switch {
	case err == nil && start.status == http.StatusCreated:
		settle(t, rider, "/v1/trips/"+id, func(a answer) bool { return a.body["state"] == "in_progress" })
		if end, err := rider.try(http.MethodPost, "/v1/trips/"+id+"/end", nil); err != nil || end.status >= 300 {
			t.Errorf("ending: %v, %v", end.body, err)
		}
		settle(t, rider, "/v1/trips/"+id, func(a answer) bool { return a.body["state"] == "finished" })
		return "started"
	case err == nil && start.status == http.StatusConflict && start.code() == "reservation_expired":
		settle(t, rider, "/v1/cars/"+car, func(a answer) bool { return a.body["state"] == "available" })
		if a, err := rider.try(http.MethodGet, "/v1/trips/"+id, nil); err != nil || a.status != http.StatusNotFound {
			t.Errorf("an expired reservation is a trip: %v, %v", a.body, err)
		}
		return "expired"
	}
	t.Errorf("starting: %d %v, %v", start.status, start.body, err)
	return ""
}

// settle waits in a goroutine of the test's, where until must not fail it at once.
func settle(t *testing.T, c client, path string, ok func(answer) bool) {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if a, err := c.try(http.MethodGet, path, nil); err == nil && ok(a) {
			return
		}
	}
	t.Errorf("%s did not settle", path)
}

// TestStaffTrips is how support helps riders.
func TestStaffTrips(t *testing.T) {
	both(t, 3, func(t *testing.T, r *rig) {
		var ids, accounts, cars []string
		for i := range 3 {
			rider, account := r.rider(r.staff)
			car := rider.cars(3 - i)[0]
			id := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
			rider.until("the trip is in progress", "/v1/trips/"+id, state("in_progress"))
			ids, accounts, cars = append(ids, id), append(accounts, account), append(cars, car)
			rider.want(http.StatusForbidden, http.MethodGet, "/v1/ops/trips", nil)
		}
		listed := func(query string) (got []string) {
			for cursor := ""; ; {
				page := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/trips?limit=2"+query+cursor, nil)
				for i := range page.at(t, "items").([]any) {
					got = append(got, page.text(t, "items", i, "id"))
				}
				next, more := page.body["next_cursor"].(string)
				if !more {
					return got
				}
				cursor = "&cursor=" + next
			}
		}
		for query, want := range map[string][]string{
			"":                                     {ids[2], ids[1], ids[0]},
			"&state=in_progress":                   {ids[2], ids[1], ids[0]},
			"&state=paused":                        nil,
			"&account_id=" + accounts[1]:           {ids[1]},
			"&car_id=" + cars[2]:                   {ids[2]},
			"&account_id=1&car_id=" + cars[2]:      nil,
			"&state=in_progress&car_id=" + cars[0]: {ids[0]},
		} {
			if got := listed(query); !slices.Equal(got, want) {
				t.Errorf("%q: got %v, want %v", query, got, want)
			}
		}
		one := "/v1/ops/trips/" + ids[0]
		if a := r.staff.want(http.StatusOK, http.MethodGet, one, nil); a.text(t, "account_id") != accounts[0] || a.body["ended_by"] != nil {
			t.Errorf("got %v", a.body)
		}
		r.staff.want(http.StatusAccepted, http.MethodPost, one+"/end", m{"reason": "the rider has lost the phone"})
		a := r.staff.until("staff have ended the trip", one, state("finished"))
		if a.text(t, "ended_by") != "staff" || a.text(t, "end_note") != "the rider has lost the phone" {
			t.Errorf("ended: %v", a.body)
		}
		two := "/v1/ops/trips/" + ids[1]
		if a := r.staff.want(http.StatusOK, http.MethodPost, two+"/end", m{"reason": "no answer", "without_lock": true}); a.body["state"] != "finished" || a.body["unlocked"] != true {
			t.Errorf("ended without a lock: %v", a.body)
		}
		r.staff.want(http.StatusOK, http.MethodPost, two+"/end", m{"reason": "again"})
		fleet := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars?state=non_operational", nil)
		if fleet.text(t, "items", 0, "id") != cars[1] || len(fleet.at(t, "items").([]any)) != 1 {
			t.Errorf("out of service: %v", fleet.body)
		}
		r.staff.want(http.StatusNotFound, http.MethodPost, "/v1/ops/trips/0190a5f0-0000-7000-8000-000000000000/end", m{"reason": "x"})
	})
}

// TestRentalsBadInput sends what breaks a rule of these routes.
func TestRentalsBadInput(t *testing.T) {
	r := newRig(t, 1, 1)
	rider, _ := r.rider(r.staff)
	const nobody = "0190a5f0-0000-7000-8000-000000000000"
	for _, tc := range []struct {
		who          client
		method, path string
		body         any
		field        string
	}{
		{rider, "POST", "/v1/reservations", m{}, "car_id"},
		{rider, "POST", "/v1/reservations", m{"car_id": "1"}, "car_id"},
		{rider, "POST", "/v1/reservations", m{"car_id": nobody, "minutes": 60}, "minutes"},
		{rider, "POST", "/v1/reservations/x/extend", nil, "id"},
		{rider, "POST", "/v1/reservations/" + nobody + "/extend", m{"minutes": 60}, "minutes"},
		{rider, "DELETE", "/v1/reservations/x", nil, "id"},
		{rider, "POST", "/v1/trips", m{}, "car_id"},
		{rider, "POST", "/v1/trips", m{"car_id": nobody, "reservation_id": nobody}, "car_id"},
		{rider, "POST", "/v1/trips", m{"reservation_id": "1"}, "reservation_id"},
		{rider, "POST", "/v1/trips/x/pause", nil, "id"},
		{rider, "POST", "/v1/trips/x/resume", nil, "id"},
		{rider, "POST", "/v1/trips/" + nobody + "/end?dry_run=maybe", nil, "dry_run"},
		{rider, "POST", "/v1/trips/" + nobody + "/pause?dry_run=", nil, "dry_run"},
		{rider, "GET", "/v1/trips?state=reserved", nil, "state"},
		{r.staff, "GET", "/v1/ops/trips?state=maybe", nil, "state"},
		{r.staff, "GET", "/v1/ops/trips?account_id=me", nil, "account_id"},
		{r.staff, "GET", "/v1/ops/trips?car_id=1", nil, "car_id"},
		{r.staff, "GET", "/v1/ops/trips?cursor=" + nobody, nil, "cursor"},
		{r.staff, "GET", "/v1/ops/trips/x", nil, "id"},
		{r.staff, "POST", "/v1/ops/trips/" + nobody + "/end", m{}, "reason"},
		{r.staff, "POST", "/v1/ops/trips/" + nobody + "/end", m{"reason": "a\u0000b"}, "reason"},
		{r.staff, "POST", "/v1/ops/trips/" + nobody + "/end", m{"reason": strings.Repeat("x", 501)}, "reason"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			a, err := tc.who.try(tc.method, tc.path, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusBadRequest || !strings.Contains(fmt.Sprint(a.body["errors"]), "field:"+tc.field+"]") || a.code() == "" {
				t.Errorf("got %d %v", a.status, a.body)
			}
		})
	}
	rider.want(http.StatusNotFound, http.MethodPost, "/v1/reservations", m{"car_id": nobody})
	rider.want(http.StatusNotFound, http.MethodGet, "/v1/reservations/current", nil)
}
