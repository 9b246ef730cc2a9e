package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/ids"
)

// world is a company with people in it.
type world struct {
	*rig
	// ada has a trip under way and one that is over, a licence, a wallet and pictures; bea a
	// reservation; bob has a licence and money and nothing else.
	ada, bea, bob *person
	box           client // the device of the fleet
	theirs        things
	tokens        map[auth.Roles]string // of strangers in each role
	credentials   credentials
}

// credentials are texts that not every role has business with.
type credentials struct{ contact, licence, money, issue []string }

// hidden are those that an answer to a role must not hold.
func (s credentials) hidden(role auth.Roles) []string {
	switch role {
	case auth.Admin, auth.Support:
		return nil
	case auth.Fleet:
		return slices.Concat(s.licence, s.money)
	case auth.Finance:
		return slices.Concat(s.licence, s.issue)
	default:
		return slices.Concat(s.contact, s.licence, s.money, s.issue)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{rig: newRig(t, 1, 4), tokens: map[auth.Roles]string{}}
	w.ada, w.bea, w.bob = w.person(), w.person(), w.person()
	for _, p := range []*person{w.ada, w.bea, w.bob} {
		p.submitLicence()
		w.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+p.id+"/approve", nil)
		p.topUp(5000)
	}
	cars := w.ada.cars(4)
	w.theirs = things{account: w.ada.id, car: cars[0], free: cars[3], code: "WORLD-10", plan: "world"}
	w.rent(cars)
	w.papers(t)
	w.employ(t)
	return w
}

// rent gives the riders what they have of cars.
func (w *world) rent(cars []string) {
	start := func(car string) string {
		id := w.ada.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(w.t, "id")
		w.ada.until("the trip is in progress", "/v1/trips/"+id, state("in_progress"))
		return id
	}
	o := &w.theirs
	o.done = start(cars[1])
	w.ada.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+o.done+"/end", nil)
	w.ada.until("the trip is finished", "/v1/trips/"+o.done, state("finished"))
	o.trip = start(cars[0])
	o.reservation = w.bea.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": cars[2]}, "Idempotency-Key", "bea").text(w.t, "id")
}

// papers gives ada what is written and shown of her.
func (w *world) papers(t *testing.T) {
	w.credentials = credentials{contact: []string{w.ada.email, "Lovelace-Byron"}, licence: []string{"LCN4711ADA", "Augusta Ada"},
		money: []string{"Her kind heart."}, issue: []string{"It smells of roses."}}
	w.ada.want(http.StatusOK, http.MethodPatch, "/v1/me", m{"name": "Lovelace-Byron"})
	for _, path := range []string{"/v1/me/avatar", "/v1/me/licence/photo"} {
		up := w.ada.want(http.StatusCreated, http.MethodPost, path, photoOf(60))
		if status := w.put(up, nil, png(60)); status != http.StatusOK {
			t.Fatalf("the upload: %d", status)
		}
		w.theirs.object = up.text(t, "blob_id")
	}
	w.ada.want(http.StatusOK, http.MethodPut, "/v1/me/licence",
		m{"number": "LCN4711ADA", "full_name": "Augusta Ada", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"})
	for _, path := range []string{"/v1/me/avatar", "/v1/me/licence/photo"} {
		w.ada.until("the photo is there", path, func(a answer) bool { return a.status == http.StatusOK })
	}
	issue := w.ada.want(http.StatusCreated, http.MethodPost, "/v1/trips/"+w.theirs.trip+"/issues",
		m{"kind": "other", "text": "It smells of roses.", "photos": []m{photoOf(60)}})
	if status := w.put(issue, []any{"photos", 0}, png(60)); status != http.StatusOK {
		t.Fatalf("the upload: %d", status)
	}
	w.theirs.issue, w.theirs.photo = issue.text(t, "id"), issue.text(t, "photos", 0, "blob_id")
	w.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/accounts/"+w.ada.id+"/adjustments",
		m{"amount": euros(100), "reason": "Her kind heart."}, "Idempotency-Key", "heart")
}

// employ has staff of each role, devices, and what staff work on.
func (w *world) employ(t *testing.T) {
	issuer, err := token.NewIssuer(w.platform.keys.Signing[0].ID, w.platform.keys.Signing[0].Private(), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range everyRole {
		// An account of its own each, of which nobody knows anything.
		bearer, _, err := issuer.Issue(auth.Principal{Subject: ids.NewAccount(), Session: ids.Random{}.New(), Roles: role})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[role] = bearer
	}
	signIn := func(credential m) client {
		return w.as(w.want(http.StatusCreated, http.MethodPost, "/v1/sessions", credential).text(t, "access_token"))
	}
	w.box = signIn(w.device)
	made := w.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/devices", m{"name": "Box", "car_ids": []string{}})
	other := signIn(m{"device_id": made.text(t, "id"), "device_secret": made.text(t, "secret")})
	w.tokens[auth.Rider], w.tokens[auth.Device] = w.bob.token, other.token

	o := &w.theirs
	o.device = w.device["device_id"].(string)
	o.command = w.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars/"+o.car, nil).text(t, "commands", 0, "id")
	w.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", aPlan(o.plan, nil))
	o.promotion = w.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions", m{"code": o.code, "percent_off": 10}).text(t, "id")
}

// picture is all that can be seen of the people and their things, save what time changes.
func (w *world) picture(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	look := func(c client, paths ...string) {
		for _, path := range paths {
			a, err := c.try(http.MethodGet, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			steady(a.body)
			fmt.Fprintln(&all, path, a.status, a.body)
		}
	}
	mine := []string{"/v1/me", "/v1/me/licence", "/v1/me/licence/photo", "/v1/me/avatar", "/v1/me/wallet", "/v1/me/wallet/entries", "/v1/trips",
		"/v1/trips/current", "/v1/reservations/current", "/v1/me/export"}
	look(w.ada.client, append(mine, "/v1/trips/"+w.theirs.done+"/receipt")...)
	look(w.bea.client, mine...)
	look(w.staff, "/v1/ops/accounts/"+w.ada.id, "/v1/ops/accounts/"+w.bea.id, "/v1/ops/licences/"+w.ada.id, "/v1/ops/trips/"+w.theirs.trip,
		"/v1/ops/cars/"+w.theirs.car, "/v1/ops/cars/"+w.theirs.free, "/v1/ops/issues", "/v1/ops/accounts/"+w.ada.id+"/wallet/entries",
		"/v1/ops/pricing-plans", "/v1/ops/promotions", "/v1/ops/devices", "/v1/ops/zones")
	return all.String()
}

// steady takes away what changes by itself: addresses, times of readings, the fare of a
// trip that goes on, and what is of one request.
func steady(v any) {
	switch v := v.(type) {
	case m:
		for _, name := range []string{"url", "expires_at", "exported_at", "last_seen_at", "last_reading", "trace_id"} {
			delete(v, name)
		}
		if v["state"] == "in_progress" {
			delete(v, "fare")
		}
		for _, each := range v {
			steady(each)
		}
	case []any:
		for _, each := range v {
			steady(each)
		}
	}
}
