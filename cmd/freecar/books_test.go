package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// TestBooks: staff correct a rider's money, the books add up, and the audit knows who did it.
func TestBooks(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		trip, rider, account, fare := r.chargedTrip(t)
		staff := r.staffID(t)
		refund, adjust := "/v1/ops/trips/"+trip+"/refund", "/v1/ops/accounts/"+account+"/adjustments"

		part := r.staff.want(http.StatusCreated, http.MethodPost, refund, m{"amount": euros(40), "reason": "a dirty car"}, "Idempotency-Key", "part")
		again := r.staff.want(http.StatusCreated, http.MethodPost, refund, m{"amount": euros(40), "reason": "a dirty car"}, "Idempotency-Key", "part")
		if part.text(t, "id") != again.text(t, "id") || again.header.Get("Idempotency-Replayed") != "true" || part.text(t, "kind") != "refund" ||
			part.text(t, "trip_id") != trip || part.text(t, "booked_by") != staff {
			t.Errorf("refunded %v, and again %v", part.body, again.body)
		}
		if a := r.staff.want(http.StatusConflict, http.MethodPost, refund, m{"amount": euros(fare - 39), "reason": "too much"}, "Idempotency-Key", "over"); a.code() != "refund_too_much" {
			t.Errorf("more than was charged: %v", a.body)
		}
		r.staff.want(http.StatusUnprocessableEntity, http.MethodPost, refund, m{"reason": "another"}, "Idempotency-Key", "part")
		r.staff.want(http.StatusCreated, http.MethodPost, refund, m{"reason": "all of it"}, "Idempotency-Key", "over") // a refused key may be used again
		if a := r.staff.want(http.StatusConflict, http.MethodPost, refund, m{"reason": "once more"}, "Idempotency-Key", "more"); a.code() != "refund_too_much" {
			t.Errorf("after all was refunded: %v", a.body)
		}
		rider.expectMoney(t, 5000)
		rider.until("the receipt knows of the refund", "/v1/trips/"+trip+"/receipt", func(a answer) bool {
			return cents(t, a, "refunded") == fare && cents(t, a, "paid") == 0 && cents(t, a, "fare", "total") == fare
		})

		r.staff.want(http.StatusCreated, http.MethodPost, adjust, m{"amount": euros(-6000), "reason": "a dent"}, "Idempotency-Key", "dent")
		rider.expectMoney(t, -1000)
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", m{"car_id": r.fleet[0]}); a.code() != "insufficient_funds" {
			t.Errorf("with a debt: %v", a.body)
		}
		r.staff.want(http.StatusCreated, http.MethodPost, adjust, m{"amount": euros(1500), "reason": "a kindness"}, "Idempotency-Key", "kind")
		rider.expectMoney(t, 500)

		kinds := ""
		entries := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts/"+account+"/wallet/entries?limit=100", nil)
		for i := range entries.at(t, "items").([]any) {
			kinds += entries.text(t, "items", i, "kind") + " "
		}
		if kinds != "adjustment adjustment refund refund capture release hold top_up " || entries.text(t, "items", 1, "reason") != "a dent" || entries.at(t, "items", 7, "booked_by") != nil {
			t.Errorf("staff see %v", entries.body)
		}
		if seen := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet/entries?limit=100", nil); strings.Contains(fmt.Sprint(seen.body), "dent") || len(seen.at(t, "items").([]any)) != 8 {
			t.Errorf("the rider sees %v", seen.body)
		}
		r.expectBalanced(t)

		audit := r.staff.until("the audit has it all", "/v1/ops/audit?limit=100&actor="+staff, func(a answer) bool {
			text := fmt.Sprint(a.body)
			return strings.Count(text, "freecar.user.wallet_adjusted.v1") == 2 && strings.Count(text, "freecar.user.hold_refunded.v1") == 2 && strings.Contains(text, "freecar.profile.licence_approved.v1")
		})
		first := audit.at(t, "items", 0).(m)
		if first["actor"] != staff || first["action"] != "freecar.user.wallet_adjusted.v1" || first["detail"].(m)["account_id"] != account || first["detail"].(m)["amount"] != "15.00 EUR" {
			t.Errorf("the last deed is %v", first)
		}
		if text := fmt.Sprint(audit.body); strings.Contains(text, "dent") || strings.Contains(text, "freecar.trip.") {
			t.Errorf("the audit tells too much: %v", text)
		}
		about := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/audit?subject="+account, nil)
		if got := about.text(t, "items", 0, "action"); got != "freecar.profile.licence_approved.v1" {
			t.Errorf("about the rider: %v", about.body)
		}
	})
}

// chargedTrip is a finished trip that cost something, with the rider who has 50.00 less it.
func (r *rig) chargedTrip(t *testing.T) (trip string, rider client, account string, fare int) {
	t.Helper()
	credential := r.drive(t, 1)
	device := r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", m{"device_id": credential.ID, "device_secret": credential.Secret}).text(t, "access_token"))
	rider, account = r.rider(r.staff)
	car := rider.cars(1)[0]
	trip = rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
	rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
	// The car says itself that it has come a long way.
	device.until("the car's word is taken", "/v1/devices/cars", func(known answer) bool {
		last := known.at(t, "items", 0, "last_reading").(m)
		reading := m{"car_id": car, "at": time.Now().UTC().Format(time.RFC3339Nano), "position": last["position"], "charge_percent": 50,
			"odometer_km": last["odometer_km"].(float64) + 5, "speed_kmh": 0, "locked": false, "doors_open": false}
		said := device.want(http.StatusOK, http.MethodPost, "/v1/telemetry", m{"readings": []m{reading}})
		return said.at(t, "accepted") == 1.0
	})
	rider.until("the trip has come far", "/v1/trips/"+trip, func(a answer) bool { return a.at(t, "distance_m").(float64) > 4000 })
	if a, err := rider.try(http.MethodPost, "/v1/trips/"+trip+"/end", nil); err != nil || a.status/100 != 2 {
		t.Fatalf("ending: %v, %v", a.body, err)
	}
	done := rider.until("the trip is finished", "/v1/trips/"+trip, func(a answer) bool { return a.body["state"] == "finished" })
	if fare = cents(t, done, "fare", "total"); fare < 100 {
		t.Fatalf("a fare of %d", fare)
	}
	rider.expectMoney(t, 5000-fare)
	return trip, rider, account, fare
}

func (r *rig) staffID(t *testing.T) string {
	t.Helper()
	return r.staff.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "id")
}

// expectMoney holds a rider's wallet to a balance that its entries explain.
func (c client) expectMoney(t *testing.T, balance int) {
	t.Helper()
	w := c.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
	if cents(t, w, "balance") != balance || cents(t, w, "available") != balance || cents(t, w, "held") != 0 {
		t.Errorf("wallet %v, want %d", w.body, balance)
	}
	if sum := sumOfEntries(t, c); sum != balance {
		t.Errorf("the entries sum to %d, want %d", sum, balance)
	}
}

// expectBalanced adds up the whole ledger.
func (r *rig) expectBalanced(t *testing.T) {
	t.Helper()
	if b, err := userapi.CheckBooks.Call(t.Context(), r.inside(t, userapi.Name), kitx.None{}); err != nil || !b.Balanced {
		t.Errorf("got %+v, %v", b, err)
	}
}

// TestRefundRace: however many refund a trip at once, it is refunded once.
func TestRefundRace(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		trip, rider, _, fare := r.chargedTrip(t)
		var wg sync.WaitGroup
		statuses := make([]int, 32)
		begin := make(chan struct{})
		for i := range statuses {
			wg.Go(func() {
				<-begin
				a, err := r.staff.try(http.MethodPost, "/v1/ops/trips/"+trip+"/refund", m{"amount": euros(fare), "reason": "all of it"}, "Idempotency-Key", fmt.Sprint("race-", i))
				if err != nil {
					t.Error(err)
				}
				statuses[i] = a.status
			})
		}
		close(begin)
		wg.Wait()
		won := 0
		for _, status := range statuses {
			switch status {
			case http.StatusCreated:
				won++
			case http.StatusConflict:
			default:
				t.Errorf("got %d", status)
			}
		}
		if won != 1 {
			t.Errorf("%d refunds of the whole fare", won)
		}
		rider.expectMoney(t, 5000)
		r.expectBalanced(t)
	})
}

// TestOversight: what admins do to the platform works and is on record.
func TestOversight(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		rider, _ := r.signUp()
		rider.cars(1)
		r.staff.want(http.StatusAccepted, http.MethodPost, "/v1/ops/cache/purge", m{})
		r.staff.want(http.StatusAccepted, http.MethodPost, "/v1/ops/cache/purge", m{"cache": "cars"})
		r.staff.until("the purges are on record", "/v1/ops/audit?action=freecar.user.cache_purged.v1", func(a answer) bool {
			items := a.at(t, "items").([]any)
			return len(items) == 2 && items[0].(m)["detail"].(m)["cache"] == "cars"
		})
		rider.cars(1) // it is still found
		if a := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/dead-letters", nil); len(a.at(t, "items").([]any)) != 0 {
			t.Errorf("dead letters: %v", a.body)
		}
		for range 2 {
			if a := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/dead-letters", m{"consumer": "car"}); a.at(t, "replayed") != 0.0 {
				t.Errorf("replayed %v", a.body)
			}
		}
		r.staff.want(http.StatusBadRequest, http.MethodPost, "/v1/ops/dead-letters", m{"ids": []string{"nonsense"}})
		if a := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/dead-letters", m{"ids": []string{"car:4711"}}); a.at(t, "replayed") != 0.0 {
			t.Errorf("replayed %v", a.body)
		}
	})
}

// TestBooksBadInput: each answer is 400 and names the field, and no money moves.
func TestBooksBadInput(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, account := r.signUp()
	rider.topUp(1000)
	const nowhere = "0190a5f0-0000-7000-8000-000000000000"
	adjust, refund := "/v1/ops/accounts/"+account+"/adjustments", "/v1/ops/trips/"+nowhere+"/refund"
	for _, tc := range []struct {
		method, path string
		body         any
		field        string
	}{
		{"POST", adjust, m{"reason": "x"}, "amount.currency"},
		{"POST", adjust, m{"amount": euros(0), "reason": "x"}, "amount.amount"},
		{"POST", adjust, m{"amount": euros(500_001), "reason": "x"}, "amount.amount"},
		{"POST", adjust, m{"amount": m{"amount": 1 << 53, "currency": "EUR"}, "reason": "x"}, "amount.amount"},
		{"POST", adjust, m{"amount": m{"amount": 1.5, "currency": "EUR"}, "reason": "x"}, "amount.amount"},
		{"POST", adjust, m{"amount": m{"amount": 100, "currency": "USD"}, "reason": "x"}, "amount.currency"},
		{"POST", adjust, m{"amount": euros(100)}, "reason"},
		{"POST", adjust, m{"amount": euros(100), "reason": strings.Repeat("x", 201)}, "reason"},
		{"POST", adjust, m{"amount": euros(100), "reason": "x", "by": "me"}, "by"},
		{"POST", "/v1/ops/accounts/x/adjustments", m{"amount": euros(100), "reason": "x"}, "id"},
		{"POST", refund, m{}, "reason"},
		{"POST", refund, m{"amount": euros(0), "reason": "x"}, "amount.amount"},
		{"POST", "/v1/ops/trips/1/refund", m{"reason": "x"}, "id"},
		{"GET", "/v1/ops/accounts/x/wallet", nil, "id"},
		{"GET", "/v1/ops/accounts/" + account + "/wallet/entries?cursor=x", nil, "cursor"},
		{"GET", "/v1/ops/audit?actor=ada", nil, "actor"},
		{"GET", "/v1/ops/audit?to=today", nil, "to"},
		{"GET", "/v1/ops/audit?cursor=x", nil, "cursor"},
		{"GET", "/v1/ops/audit?who=1", nil, "who"},
		{"GET", "/v1/ops/dead-letters?cursor=x", nil, "cursor"},
		{"POST", "/v1/ops/dead-letters", m{}, "ids"},
		{"POST", "/v1/ops/dead-letters", m{"ids": []string{"x"}, "consumer": "car"}, "consumer"},
		{"POST", "/v1/ops/dead-letters", m{"ids": []string{"x"}}, "ids[0]"},
		{"POST", "/v1/ops/cache/purge", m{"cache": "everything"}, "cache"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			a, err := r.staff.try(tc.method, tc.path, tc.body, "Idempotency-Key", "k")
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusBadRequest || !strings.Contains(fmt.Sprint(a.body["errors"]), "field:"+tc.field+"]") {
				t.Errorf("got %d %v", a.status, a.body)
			}
		})
	}
	for _, path := range []string{adjust, refund} {
		if a := r.staff.want(http.StatusBadRequest, http.MethodPost, path, m{"amount": euros(100), "reason": "x"}); !strings.Contains(fmt.Sprint(a.body["errors"]), "field:Idempotency-Key") {
			t.Errorf("without a key: %v", a.body)
		}
	}
	r.staff.want(http.StatusNotFound, http.MethodPost, refund, m{"reason": "x"}, "Idempotency-Key", "k")
	r.staff.want(http.StatusNotFound, http.MethodPost, "/v1/ops/accounts/1/adjustments", m{"amount": euros(100), "reason": "x"}, "Idempotency-Key", "k")
	rider.expectMoney(t, 1000)
	r.expectBalanced(t)
}
