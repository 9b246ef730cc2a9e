package main

import (
	"net/http"
	"os"
	"strings"
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

func TestOpsLicencePhoto(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	rider, account := r.signUp()
	rider.submitLicence()
	d.fails(1, "(not_found)", "licences", "photo", account)

	picture := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 92)
	room := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/licence/photo", m{"content_type": "image/png", "size": len(picture)})
	upload, err := http.NewRequestWithContext(t.Context(), http.MethodPut, room.text(t, "upload", "url"), strings.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	upload.Header.Set("Content-Type", "image/png")
	if resp, err := r.http.Do(upload); err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		t.Fatal(resp, err)
	}
	r.staff.until("the photo is there", "/v1/ops/licences/"+account+"/photo", func(a answer) bool { return a.status == http.StatusOK })

	has(t, d.does("licences", "show", account), "pending", "B072R", "same number as  -")
	if got := d.does("licences", "photo", account, "--output", "-"); got != picture {
		t.Errorf("got %d bytes", len(got))
	}
	t.Chdir(t.TempDir())
	d.fails(0, "The photo is in licence-"+account+".png.", "licences", "photo", account)
	if info, err := os.Stat("licence-" + account + ".png"); err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(len(picture)) {
		t.Errorf("%v, %v", info, err)
	}
	d.fails(1, "is there already", "licences", "photo", account)
	has(t, d.does("licences", "photo", account, "--link"), "http://", "signature=")
}

func TestOpsRefund(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	trip, _, account, _ := r.chargedTrip(t)
	part := []string{"trips", "refund", trip, "--amount", "0.40", "--reason", "a late car", "--idempotency-key", "refund-1", "--json", "--yes"}
	first := d.does(part...)
	if again := d.does(part...); again != first || !strings.Contains(first, `"amount":{"amount":40,`) {
		t.Errorf("one key, two answers\n%s%s", first, again)
	}
	has(t, d.does("trips", "refund", trip, "--reason", "all of it", "--yes"), "refund", "all of it", trip)
	d.fails(1, "(", "trips", "refund", trip, "--reason", "once more", "--yes") // nothing is left
	has(t, d.does("wallets", "entries", account), "a late car", "all of it", "0.40 EUR")
}
