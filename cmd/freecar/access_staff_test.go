package main

import (
	"net/http"
	"testing"
)

// TestAccessOwnAccount: what staff may do for a rider, they may not do for themselves.
func TestAccessOwnAccount(t *testing.T) {
	r := newRig(t, 2, 0)
	// Somebody who drives and works here, with more than one role.
	trip, driver, id, _ := r.chargedTrip(t)
	clerk := &person{client: driver, id: id, password: "correct horse battery", email: driver.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "email")}
	clerk.submitLicence() // to be decided on once more
	r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+clerk.id, m{"roles": []string{"rider", "support", "finance"}})
	clerk = clerk.signIn()

	before := clerk.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
	for _, ask := range []struct {
		path string
		body m
	}{
		{"/v1/ops/accounts/" + clerk.id + "/adjustments", m{"amount": euros(500), "reason": "A present."}},
		{"/v1/ops/accounts/" + clerk.id + "/adjustments", m{"amount": euros(-1), "reason": "A fine."}},
		{"/v1/ops/trips/" + trip + "/refund", m{"reason": "It was cold."}},
		{"/v1/ops/licences/" + clerk.id + "/approve", nil},
		{"/v1/ops/licences/" + clerk.id + "/reject", m{"reason": "Mine."}},
	} {
		var body any
		if ask.body != nil {
			body = ask.body
		}
		if a := clerk.want(http.StatusConflict, http.MethodPost, ask.path, body, "Idempotency-Key", "own-1"); a.code() != "own_account" {
			t.Errorf("%s: got %v", ask.path, a.body)
		}
	}
	if after := clerk.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil); after.header.Get("ETag") != before.header.Get("ETag") {
		t.Errorf("the wallet was %v and is %v", before.body, after.body)
	}
	if licence := clerk.want(http.StatusOK, http.MethodGet, "/v1/me/licence", nil); licence.text(t, "status") != "pending" {
		t.Errorf("the licence: %v", licence.body)
	}
	// A colleague may, under the same key, too: it was never spent.
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+clerk.id+"/approve", nil)
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/trips/"+trip+"/refund", m{"reason": "It was cold."}, "Idempotency-Key", "own-1")
	// And the clerk for others.
	rider, other := r.signUp()
	rider.submitLicence()
	clerk.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+other+"/approve", nil)
	clerk.want(http.StatusCreated, http.MethodPost, "/v1/ops/accounts/"+other+"/adjustments", m{"amount": euros(500), "reason": "A present."}, "Idempotency-Key", "own-1")
}
