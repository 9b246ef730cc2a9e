package main

import (
	"net/http"
	"sync"
	"testing"
)

func TestJourney(t *testing.T) {
	both(t, 4, func(t *testing.T, r *rig) {
		rider, account := r.signUp()
		car := rider.cars(4)[0]
		start := m{"car_id": car}

		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", start); a.code() != "licence_not_verified" {
			t.Errorf("without a licence: %v", a.body)
		}
		rider.submitLicence()
		if got := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/licences?status=pending", nil).text(t, "items", 0, "account_id"); got != account {
			t.Errorf("pending licence of %s, want %s", got, account)
		}
		r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+account+"/approve", nil)
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", start); a.code() != "insufficient_funds" {
			t.Errorf("without money: %v", a.body)
		}
		rider.topUp(5000)

		begun := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", start, "Idempotency-Key", "first-trip")
		id := begun.text(t, "id")
		if state := begun.text(t, "state"); state != "starting" {
			t.Errorf("begun as %s", state)
		}
		again := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", start, "Idempotency-Key", "first-trip")
		if again.text(t, "id") != id || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("the same key again: %v", again.body)
		}
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		if w := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil); cents(t, w, "held") != 2000 || cents(t, w, "available") != 3000 || cents(t, w, "balance") != 5000 {
			t.Errorf("wallet during the trip: %v", w.body)
		}
		if a := rider.want(http.StatusConflict, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(3)[0]}); a.code() != "account_busy" {
			t.Errorf("a second trip: %v", a.body)
		}
		rider.inSearch(car, false) // the index of the other instance follows
		rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+id+"/end", nil)
		done := rider.until("the trip is finished", "/v1/trips/"+id, state("finished"))
		receipt := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/"+id+"/receipt", nil)
		total := cents(t, receipt, "fare", "total")
		if receipt.text(t, "number") == "" || total != cents(t, done, "fare", "total") {
			t.Errorf("receipt: %v", receipt.body)
		}
		rider.want(http.StatusOK, http.MethodPost, "/v1/trips/"+id+"/end", nil) // ending again changes nothing
		w := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
		if cents(t, w, "held") != 0 || cents(t, w, "balance") != 5000-total || cents(t, w, "available") != 5000-total {
			t.Errorf("wallet after a fare of %d: %v", total, w.body)
		}
		if sum := sumOfEntries(t, rider); sum != 5000-total {
			t.Errorf("the entries sum to %d, want %d", sum, 5000-total)
		}
		if got := rider.want(http.StatusOK, http.MethodGet, "/v1/trips", nil).text(t, "items", 0, "id"); got != id {
			t.Errorf("listed %s, want %s", got, id)
		}
		rider.cars(4) // the car can be rented again
		r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars", nil).text(t, "items", 3, "id")
		r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts", nil).text(t, "items", 0, "id")
	})
}

func state(want string) func(answer) bool {
	return func(a answer) bool { return a.body["state"] == want }
}

func cents(t testing.TB, a answer, path ...any) int {
	t.Helper()
	n, ok := a.at(t, append(path, "amount")...).(float64)
	if !ok {
		t.Fatalf("no amount at %v in %v", path, a.body)
	}
	return int(n)
}

// sumOfEntries adds up what moves the balance; holds and releases move what is held.
func sumOfEntries(t *testing.T, rider client) (sum int) {
	t.Helper()
	a := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet/entries?limit=100", nil)
	for i := range a.at(t, "items").([]any) {
		if kind := a.text(t, "items", i, "kind"); kind != "hold" && kind != "release" {
			sum += cents(t, a, "items", i, "amount")
		}
	}
	return sum
}

// TestOneCar is the promise that matters most: one car, one rider.
func TestOneCar(t *testing.T) {
	const riders = 64
	both(t, 1, func(t *testing.T, r *rig) {
		all := make([]client, riders)
		for i := range all {
			all[i], _ = r.rider(r.staff)
		}
		car := all[0].cars(1)[0]
		answers := make([]answer, riders)
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				<-begin
				a, err := all[i].try(http.MethodPost, "/v1/trips", m{"car_id": car})
				if err != nil {
					t.Error(err)
				}
				answers[i] = a
			})
		}
		close(begin)
		wg.Wait()
		winners := 0
		for i, a := range answers {
			wallet := all[i].want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
			trips := all[i].want(http.StatusOK, http.MethodGet, "/v1/trips", nil).at(t, "items").([]any)
			switch {
			case a.status == http.StatusCreated:
				winners++
				if cents(t, wallet, "held") != 2000 || len(trips) != 1 {
					t.Errorf("the winner: held %d, %d trips", cents(t, wallet, "held"), len(trips))
				}
			case a.status != http.StatusConflict || a.code() != "car_unavailable":
				t.Errorf("rider %d: %d %v", i, a.status, a.body)
			case cents(t, wallet, "held") != 0 || cents(t, wallet, "balance") != 5000 || len(trips) != 0:
				t.Errorf("rider %d lost and has %v, %d trips", i, wallet.body, len(trips))
			}
		}
		if winners != 1 {
			t.Errorf("%d riders got the car", winners)
		}
		checkInvariants(t, r)
	})
}
