package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stage is a part of a company's life. It may be lived again and again, and whoever dies in
// it, it comes to its end: its riders and staff ask again, with the same keys.
type stage struct {
	name string
	live func(*doomed)
}

// stages are all of them: between them they take every step of every saga.
var stages = []stage{
	{"papers", papers},
	{"a trip", aTrip},
	{"a reservation that is started", startedReservation},
	{"reservations that come to nothing", lapsedReservations},
	{"refused starts", refusedStarts},
	{"a car that does not unlock", noUnlock},
	{"a car that does not lock", noLock},
	{"staff end trips", staffEnd},
	{"money is put right", corrections},
	{"the fleet", fleetChanges},
	{"tariffs", tariffChanges},
	{"access", accessChanges},
	{"an account is erased", erasedAccount},
}

// brisk are settings under which the stages do not have to wait long.
var brisk = map[string][]string{
	"trip": {"--reservation-for", "8s", "--reserve-again", "0s"},
	"car":  {"--command-timeout", "5s"},
}

// key is an idempotency key that nobody used.
func key(what string) string { return fmt.Sprintf("%s-%d", what, accounts.Add(1)) }

// person signs somebody up. That the address is taken says that an earlier request was
// heard.
func (c *doomed) person() (somebody app, id, email string) {
	c.t.Helper()
	nobody := app{doomed: c}
	email = fmt.Sprintf("mortal-%d-%d@example.com", time.Now().UnixNano(), accounts.Add(1))
	credentials := m{"email": email, "password": "correct horse battery"}
	signedUp := nobody.ask(http.MethodPost, "/v1/accounts", m{"email": email, "password": credentials["password"], "name": "Ada Rider"}, "",
		http.StatusCreated, http.StatusConflict)
	if signedUp.status == http.StatusCreated {
		return nobody.as(signedUp.text(c.t, "session", "access_token")), signedUp.text(c.t, "account", "id"), email
	}
	token := nobody.ask(http.MethodPost, "/v1/sessions", credentials, "", http.StatusCreated).text(c.t, "access_token")
	somebody = nobody.as(token)
	return somebody, somebody.ask(http.MethodGet, "/v1/me", nil, "", http.StatusOK).text(c.t, "id"), email
}

func (a app) submitsLicence() {
	a.t.Helper()
	a.ask(http.MethodPut, "/v1/me/licence", m{"number": fmt.Sprintf("M072R%d", accounts.Add(1)), "full_name": "Ada Rider",
		"birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"}, "", http.StatusOK)
}

func (a app) topsUp(cents int) {
	a.t.Helper()
	a.ask(http.MethodPost, "/v1/me/wallet/top-ups", m{"amount": euros(cents)}, key("top-up"), http.StatusCreated)
}

// mayDrive signs somebody up who may drive.
func (c *doomed) mayDrive() (rider app, id string) {
	c.t.Helper()
	rider, id, _ = c.person()
	rider.submitsLicence()
	c.staff.ask(http.MethodPost, "/v1/ops/licences/"+id+"/approve", nil, "", http.StatusOK)
	rider.topsUp(5000)
	return rider, id
}

// isIn waits until a trip is in one of the states.
func (a app) isIn(trip string, states ...string) answer {
	a.t.Helper()
	return a.get("/v1/trips/"+trip, func(got answer) bool { s, _ := got.body["state"].(string); return slices.Contains(states, s) })
}

// drives starts a trip and waits until it is under way. One whose car did not hear of it in
// time is cancelled, and asked for again.
func (a app) drives(request m) (trip string) {
	a.t.Helper()
	for range 5 {
		trip = a.ask(http.MethodPost, "/v1/trips", request, key("start"), http.StatusCreated).text(a.t, "id")
		if a.isIn(trip, "in_progress", "cancelled").body["state"] == "in_progress" {
			return trip
		}
	}
	a.t.Fatal("no trip came about")
	return ""
}

// pauses and resumes until the trip is so: a lock that failed is asked for again.
func (a app) changes(trip, how, state string) {
	a.t.Helper()
	a.until("the trip is "+state, func() bool {
		a.ask(http.MethodPost, "/v1/trips/"+trip+"/"+how, nil, "", http.StatusOK, http.StatusAccepted)
		for range 100 {
			got := a.ask(http.MethodGet, "/v1/trips/"+trip, nil, "", http.StatusOK)
			if got.body["state"] == state {
				return true
			}
			if got.body["reason"] != nil {
				return false
			}
			<-time.After(20 * time.Millisecond) // between two looks
		}
		return false
	})
}

func (a app) ends(trip string) {
	a.t.Helper()
	a.changes(trip, "end", "finished")
	a.ask(http.MethodGet, "/v1/trips/"+trip+"/receipt", nil, "", http.StatusOK)
}

// comesFar has a trip's car drive so that its fare is not the grace's.
func (c *doomed) comesFar(car string) { c.cars.change(car, func(a *answeringCar) { a.km++ }) }

func papers(c *doomed) {
	rider, id, _ := c.person()
	rider.submitsLicence()
	photo := rider.ask(http.MethodPost, "/v1/me/licence/photo", photoOf(100), key("photo"), http.StatusCreated)
	rider.send(photo, nil, png(100))
	c.staff.get("/v1/ops/licences/"+id+"/photo", func(a answer) bool { return a.status == http.StatusOK })
	c.staff.ask(http.MethodPost, "/v1/ops/licences/"+id+"/reject", m{"reason": "blurred"}, "", http.StatusOK)
	again := rider.ask(http.MethodPost, "/v1/me/licence/photo", photoOf(60), key("photo"), http.StatusCreated)
	rider.send(again, nil, png(60))
	rider.submitsLicence()
	c.staff.ask(http.MethodPost, "/v1/ops/licences/"+id+"/approve", nil, "", http.StatusOK)
	avatar := rider.ask(http.MethodPost, "/v1/me/avatar", photoOf(50), "", http.StatusCreated)
	rider.send(avatar, nil, png(50))
	rider.get("/v1/me/avatar", func(a answer) bool { return a.status == http.StatusOK })
	rider.ask(http.MethodDelete, "/v1/me/avatar", nil, "", http.StatusNoContent, http.StatusNotFound)
	rider.topsUp(1000)
}

func aTrip(c *doomed) {
	rider, _ := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	code := fmt.Sprintf("TRIP%d", accounts.Add(1))
	c.staff.ask(http.MethodPost, "/v1/ops/promotions", m{"code": code, "percent_off": 50}, key("promotion"), http.StatusCreated)
	trip := rider.drives(m{"car_id": car, "promo_code": code})
	c.comesFar(car)
	rider.changes(trip, "pause", "paused")
	rider.changes(trip, "resume", "in_progress")
	issue := rider.ask(http.MethodPost, "/v1/trips/"+trip+"/issues", m{"kind": "damage", "text": "A scratch.", "photos": []m{photoOf(100)}}, key("issue"), http.StatusCreated)
	rider.send(issue, []any{"photos", 0}, png(100))
	c.cars.change(car, func(a *answeringCar) { a.kmh = 30 })
	// Refused while the car moves, however often somebody dies meanwhile.
	if refused := rider.ask(http.MethodPost, "/v1/trips/"+trip+"/end", nil, "", http.StatusConflict); refused.code() != "end_refused" {
		c.t.Errorf("ending while the car moves: %v", refused.body)
	}
	c.cars.change(car, func(a *answeringCar) { a.kmh = 0 })
	rider.ends(trip)
	c.staff.ask(http.MethodPost, "/v1/ops/issues/"+issue.text(c.t, "id")+"/close", m{"note": "Seen to."}, "", http.StatusOK)
	held := rider.ask(http.MethodGet, "/v1/me/wallet", nil, "", http.StatusOK)
	if cents(c.t, held, "held") != 0 {
		c.t.Errorf("after the trip: %v", held.body)
	}
}

// reserves reserves a car.
func (a app) reserves(car string) string {
	a.t.Helper()
	return a.ask(http.MethodPost, "/v1/reservations", m{"car_id": car}, key("reserve"), http.StatusCreated).text(a.t, "id")
}

func startedReservation(c *doomed) {
	rider, _ := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	for range 5 {
		id := rider.reserves(car)
		// It may have been over when those who died were back.
		rider.ask(http.MethodPost, "/v1/reservations/"+id+"/extend", nil, "", http.StatusOK, http.StatusConflict)
		started := rider.ask(http.MethodPost, "/v1/trips", m{"reservation_id": id}, key("start"), http.StatusCreated, http.StatusConflict)
		if started.status == http.StatusCreated && rider.isIn(id, "in_progress", "cancelled").body["state"] == "in_progress" {
			rider.ends(id)
			return
		}
	}
	c.t.Error("no reservation became a trip")
}

func lapsedReservations(c *doomed) {
	rider, _ := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	cancelled := rider.reserves(car)
	rider.ask(http.MethodDelete, "/v1/reservations/"+cancelled, nil, "", http.StatusNoContent)
	rider.reserves(car)
	rider.get("/v1/reservations/current", func(a answer) bool { return a.status == http.StatusNotFound })
	c.isFree(car)
}

// isFree waits until nobody has the car.
func (c *doomed) isFree(car string) {
	c.t.Helper()
	c.staff.get("/v1/ops/cars/"+car, func(a answer) bool { return a.status == http.StatusOK && a.body["claim"] == nil })
}

func refusedStarts(c *doomed) {
	car := c.cars.take()
	defer c.cars.give(car)
	poor, id, _ := c.person()
	// Without a licence, then without money, by a reservation and by itself.
	poor.ask(http.MethodPost, "/v1/trips", m{"car_id": car}, key("start"), http.StatusConflict)
	poor.submitsLicence()
	c.staff.ask(http.MethodPost, "/v1/ops/licences/"+id+"/approve", nil, "", http.StatusOK)
	reservation := poor.reserves(car)
	poor.ask(http.MethodPost, "/v1/trips", m{"reservation_id": reservation}, key("start"), http.StatusConflict)
	poor.ask(http.MethodDelete, "/v1/reservations/"+reservation, nil, "", http.StatusNoContent, http.StatusConflict)
	c.isFree(car)
	code := fmt.Sprintf("POOR%d", accounts.Add(1))
	c.staff.ask(http.MethodPost, "/v1/ops/promotions", m{"code": code, "percent_off": 50}, key("promotion"), http.StatusCreated)
	poor.ask(http.MethodPost, "/v1/trips", m{"car_id": car, "promo_code": code}, key("start"), http.StatusConflict)
	c.isFree(car)
	if trips := poor.ask(http.MethodGet, "/v1/trips", nil, "", http.StatusOK); len(trips.at(c.t, "items").([]any)) != 0 {
		c.t.Errorf("refused starts are listed: %v", trips.body)
	}
}

func noUnlock(c *doomed) {
	rider, _ := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	c.cars.change(car, func(a *answeringCar) { a.silent = true })
	trip := rider.ask(http.MethodPost, "/v1/trips", m{"car_id": car}, key("start"), http.StatusCreated).text(c.t, "id")
	if got := rider.isIn(trip, "cancelled", "in_progress"); got.body["state"] != "cancelled" || got.body["reason"] != "unlock_failed" {
		c.t.Errorf("a car that did not unlock: %v", got.body)
	}
	c.isFree(car)
	wallet := rider.ask(http.MethodGet, "/v1/me/wallet", nil, "", http.StatusOK)
	if cents(c.t, wallet, "held") != 0 || cents(c.t, wallet, "balance") != 5000 {
		c.t.Errorf("it was not for nothing: %v", wallet.body)
	}
}

func noLock(c *doomed) {
	rider, _ := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	trip := rider.drives(m{"car_id": car})
	c.cars.change(car, func(a *answeringCar) { a.silent = true })
	for _, what := range []string{"pause", "end"} {
		rider.ask(http.MethodPost, "/v1/trips/"+trip+"/"+what, nil, "", http.StatusOK, http.StatusAccepted)
		rider.get("/v1/trips/"+trip, func(a answer) bool { return a.body["state"] == "in_progress" && a.body["reason"] == "lock_failed" })
	}
	c.cars.change(car, func(a *answeringCar) { a.silent = false })
	rider.ends(trip)
}

func staffEnd(c *doomed) {
	for _, withoutLock := range []bool{false, true} {
		rider, _ := c.mayDrive()
		car := c.cars.take()
		trip := rider.drives(m{"car_id": car})
		c.staff.ask(http.MethodPost, "/v1/ops/trips/"+trip+"/end", m{"reason": "The rider lost the phone.", "without_lock": withoutLock}, "", http.StatusOK, http.StatusAccepted)
		if rider.isIn(trip, "finished", "in_progress").body["state"] == "in_progress" { // its car did not hear of it in time
			rider.ends(trip)
		}
		c.staff.ask(http.MethodPost, "/v1/ops/cars/"+car+"/return", nil, "", http.StatusOK, http.StatusConflict)
		c.cars.change(car, func(a *answeringCar) {})
		c.cars.give(car)
	}
}

func corrections(c *doomed) {
	rider, account := c.mayDrive()
	car := c.cars.take()
	defer c.cars.give(car)
	trip := rider.drives(m{"car_id": car})
	c.comesFar(car)
	rider.ends(trip)
	c.staff.ask(http.MethodPost, "/v1/ops/trips/"+trip+"/refund", m{"amount": euros(50), "reason": "a dirty car"}, key("refund"), http.StatusCreated)
	c.staff.ask(http.MethodPost, "/v1/ops/accounts/"+account+"/adjustments", m{"amount": euros(-100), "reason": "a dent"}, key("adjust"), http.StatusCreated)
	rider.get("/v1/trips/"+trip+"/receipt", func(a answer) bool { return a.status == http.StatusOK && cents(c.t, a, "refunded") == 50 })
	receipt := rider.ask(http.MethodGet, "/v1/trips/"+trip+"/receipt", nil, "", http.StatusOK)
	wallet := rider.ask(http.MethodGet, "/v1/me/wallet", nil, "", http.StatusOK)
	if cents(c.t, wallet, "balance") != 5000-cents(c.t, receipt, "paid")-100 {
		c.t.Errorf("paid %v, wallet %v", receipt.body, wallet.body)
	}
}

func fleetChanges(c *doomed) {
	n := accounts.Add(1)
	made := c.staff.ask(http.MethodPost, "/v1/ops/cars", m{"plate": fmt.Sprintf("B-FL %d", n), "model": "Cupra Born",
		"position": m{"latitude": 52.52, "longitude": 13.41}, "charge_percent": 80, "odometer_km": 1}, key("register"), http.StatusCreated).text(c.t, "id")
	device := c.staff.ask(http.MethodPost, "/v1/ops/devices", m{"name": "another", "car_ids": []string{made}}, "", http.StatusCreated)
	c.staff.get("/v1/ops/cars/"+made, func(a answer) bool { return a.body["device_id"] == device.body["id"] })
	reads := app{doomed: c}.signsIn(m{"device_id": device.text(c.t, "id"), "device_secret": device.text(c.t, "secret")})
	reads.ask(http.MethodPost, "/v1/telemetry", m{"readings": []m{{"car_id": made, "at": time.Now().UTC().Format(time.RFC3339Nano),
		"position": m{"latitude": 52.52, "longitude": 13.41}, "charge_percent": 80, "odometer_km": 1, "speed_kmh": 0, "locked": true, "doors_open": false}}}, "", http.StatusOK)
	one := "/v1/ops/cars/" + made
	c.staff.ask(http.MethodPatch, one, m{"model": "Cupra Tavascan"}, "", http.StatusOK)
	c.staff.ask(http.MethodPost, one+"/service", m{"reason": "tyres"}, "", http.StatusOK)
	c.staff.ask(http.MethodPost, one+"/return", nil, "", http.StatusOK, http.StatusConflict)
	c.staff.ask(http.MethodDelete, "/v1/ops/devices/"+device.text(c.t, "id"), nil, "", http.StatusNoContent, http.StatusNotFound)
	c.staff.ask(http.MethodPost, one+"/retire", nil, "", http.StatusOK, http.StatusConflict)
	c.imports(fmt.Sprintf("plate,model\nB-IM %d,e-Up\nB-IN %d,e-Up\n", n, n))
}

// imports sends a list until its report comes; what an earlier try had taken is unchanged.
func (c *doomed) imports(list string) {
	c.t.Helper()
	c.until("the list is imported", func() bool {
		as := c.staff.client()
		r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, as.base+"/v1/ops/cars/import", strings.NewReader(list))
		if err != nil {
			c.t.Error(err)
			return false
		}
		r.Header.Set("Content-Type", "text/csv")
		r.Header.Set("Authorization", "Bearer "+as.token)
		resp, err := c.http.Do(r)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func tariffChanges(c *doomed) {
	n := accounts.Add(1)
	plan := fmt.Sprintf("plan-%d", n)
	c.staff.ask(http.MethodPost, "/v1/ops/pricing-plans", aPlan(plan, nil), key("plan"), http.StatusCreated)
	c.staff.ask(http.MethodPost, "/v1/ops/pricing-plans/"+plan+"/retire", nil, "", http.StatusOK, http.StatusConflict)
	promotion := c.staff.ask(http.MethodPost, "/v1/ops/promotions", m{"code": fmt.Sprintf("END%d", n), "percent_off": 50}, key("promotion"), http.StatusCreated)
	c.staff.ask(http.MethodPost, "/v1/ops/promotions/"+promotion.text(c.t, "id")+"/end", nil, "", http.StatusOK)
	c.staff.ask(http.MethodPut, "/v1/ops/zones", collection(square("city", true, 13.405, 52.52, 0.5+float64(n%1000)/1000_000)), "", http.StatusOK)
}

func accessChanges(c *doomed) {
	somebody, id, email := c.person()
	credentials := m{"email": email, "password": "correct horse battery"}
	session := app{doomed: c}.ask(http.MethodPost, "/v1/sessions", credentials, "", http.StatusCreated)
	// A refresh whose answer was lost may be repeated for half a minute.
	session = app{doomed: c}.ask(http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": session.text(c.t, "refresh_token")}, "", http.StatusOK)
	somebody.ask(http.MethodPatch, "/v1/me", m{"name": "Ada Lovelace"}, "", http.StatusOK)
	other := somebody.as(session.text(c.t, "access_token"))
	other.ask(http.MethodDelete, "/v1/sessions/current", nil, "", http.StatusNoContent, http.StatusUnauthorized)
	one := "/v1/ops/accounts/" + id
	c.staff.ask(http.MethodPatch, one, m{"status": "blocked", "reason": "a test"}, "", http.StatusOK)
	somebody.get("/v1/me", func(a answer) bool { return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden })
	c.staff.ask(http.MethodPatch, one, m{"status": "active", "reason": "a test"}, "", http.StatusOK)
	c.staff.ask(http.MethodPost, "/v1/ops/cache/purge", m{}, "", http.StatusNoContent, http.StatusOK, http.StatusAccepted, http.StatusBadRequest)
}

func erasedAccount(c *doomed) {
	rider, id, _ := c.person()
	rider.submitsLicence()
	photo := rider.ask(http.MethodPost, "/v1/me/licence/photo", photoOf(100), key("photo"), http.StatusCreated)
	rider.send(photo, nil, png(100))
	c.staff.get("/v1/ops/licences/"+id+"/photo", func(a answer) bool { return a.status == http.StatusOK })
	c.staff.ask(http.MethodPost, "/v1/ops/licences/"+id+"/approve", nil, "", http.StatusOK)
	rider.topsUp(5000)
	car := c.cars.take()
	defer c.cars.give(car)
	rider.ends(rider.drives(m{"car_id": car}))
	rider.ask(http.MethodDelete, "/v1/me", nil, "", http.StatusNoContent, http.StatusUnauthorized)
	rider.get("/v1/me", func(a answer) bool { return a.status == http.StatusUnauthorized })
	c.staff.get("/v1/ops/licences/"+id, func(a answer) bool { return a.status == http.StatusNotFound || a.body["number"] == nil })
}
