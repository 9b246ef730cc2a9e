package main

import (
	"net/http"
	"testing"
	"time"
)

// TestAccessBlockedInATrip: who is blocked in the middle of a trip may end it, and does
// nothing else.
func TestAccessBlockedInATrip(t *testing.T) {
	r := newRig(t, 2, 2)
	p := r.person()
	p.submitLicence()
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+p.id+"/approve", nil)
	p.topUp(5000)
	cars := p.cars(2)
	trip := p.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": cars[0]}).text(t, "id")
	p.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
	begin := time.Now()
	r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"status": "blocked", "reason": "A stolen card."})
	p.shutOut(begin)

	in := p.want(http.StatusCreated, http.MethodPost, "/v1/sessions", m{"email": p.email, "password": p.password})
	if in.text(t, "account", "status") != "blocked" {
		t.Errorf("got %v", in.body)
	}
	p.client, p.refresh = p.as(in.text(t, "access_token")), in.text(t, "refresh_token")
	p.renew()
	for _, ask := range [][2]string{{"POST", "/v1/trips/" + trip + "/pause"}, {"POST", "/v1/trips"}, {"POST", "/v1/reservations"}, {"GET", "/v1/me"},
		{"PATCH", "/v1/me"}, {"DELETE", "/v1/me"}, {"GET", "/v1/me/wallet"}, {"GET", "/v1/cars/" + cars[1]}, {"GET", "/v1/trips"}} {
		p.refused(http.StatusForbidden, "denied", ask[0], ask[1], nil)
	}
	p.want(http.StatusOK, http.MethodGet, "/v1/trips/current", nil)
	p.want(http.StatusOK, http.MethodPost, "/v1/trips/"+trip+"/end?dry_run=true", nil)
	p.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
	p.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
	p.refused(http.StatusForbidden, "account_blocked", http.MethodPost, "/v1/sessions", m{"email": p.email, "password": p.password})
	p.refused(http.StatusForbidden, "account_blocked", http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": p.refresh})
}

// TestAccessGuesses: wrong passwords are limited by name and network together, whichever
// instance checks them and whatever a client says of itself.
func TestAccessGuesses(t *testing.T) {
	r := newRig(t, 2, 0, func(o *platformOptions) { o.Limits = true })
	p, other := r.person(), r.person()
	wrong := m{"email": p.email, "password": "wrong horse"}
	for i := range 10 {
		if a := r.want(http.StatusUnauthorized, http.MethodPost, "/v1/sessions", wrong, "Freecar-Client", "198.51.100."+string(rune('0'+i))); a.code() != "bad_credentials" {
			t.Errorf("got %v", a.body)
		}
	}
	for _, password := range []string{"wrong horse", p.password} {
		a := r.want(http.StatusTooManyRequests, http.MethodPost, "/v1/sessions", m{"email": p.email, "password": password}, "Freecar-Client", "198.51.100.99")
		if a.code() != "sign_in_limited" || a.header.Get("Retry-After") == "" {
			t.Errorf("got %v, %v", a.body, a.header)
		}
	}
	other.signIn() // from the same network
	p.renew()      // who is signed in stays so
	p.want(http.StatusOK, http.MethodGet, "/v1/me", nil)
	p.client.http = fromElsewhere(t)
	p.signIn() // the owner from another one
}
