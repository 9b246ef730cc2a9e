package main

import (
	"net/http"
	"testing"
)

func TestOpsTripsAndWallets(t *testing.T) {
	inProcess(t, 2, func(t *testing.T, r *rig) {
		d := signedIn(t, r)
		rider, account := r.rider(r.staff)
		email := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts/"+account, nil).text(t, "email")
		has(t, d.does("wallets", "show", email), "balance    50.00 EUR", "available  50.00 EUR")

		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(2)[0]}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		has(t, d.does("trips", "list", "--state", "in_progress", "--account", email), trip, account, "in_progress")
		d.fails(2, "Nobody is here to be asked", "trips", "end", trip, "--reason", "lost the phone")
		d.does("trips", "end", trip, "--reason", "lost the phone", "--yes")
		rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
		has(t, d.does("trips", "show", trip), "finished", "staff", "lost the phone")

		d.fails(1, "(nothing_captured)", "trips", "refund", trip, "--reason", "a late car", "--yes") // it was free: the car stood
		d.fails(2, "This gives back 3.50 EUR of trip "+trip, "trips", "refund", trip, "--amount", "3.5", "--reason", "a late car")

		fine := []string{"wallets", "adjust", email, "--amount=-12.50", "--reason", "a parking fine", "--idempotency-key", "fine-1", "--json", "--yes"}
		first := d.does(fine...)
		if again := d.does(fine...); again != first {
			t.Errorf("one key, two answers\n%s%s", first, again)
		}
		has(t, d.does("wallets", "show", email), "balance    37.50 EUR")
		entries := d.does("wallets", "entries", account)
		has(t, entries, "adjustment", "-12.50 EUR", "a parking fine", "top_up", trip)
		d.fails(2, "an amount is 12.50", "wallets", "adjust", email, "--amount", "12.345", "--reason", "x")
		d.fails(1, `There is no account with the address "nobody@example.com"`, "wallets", "show", "nobody@example.com")
	})
}
