package main

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/invariants"
)

const (
	// restWithin is how long a platform may take to come to rest. What takes longest is a
	// claim that came after its release: it is questioned when it is two minutes old, once a
	// minute.
	restWithin = 4 * time.Minute
	// violationsShown keeps a broken invariant from drowning the log.
	violationsShown = 40
)

// checkInvariants waits until the platform is at rest and reports everything that
// contradicts its invariants, in its stores and from the outside. Whoever drives and
// reports has stopped before; the fleet may go on answering.
func checkInvariants(t *testing.T, r *rig) {
	t.Helper()
	begin := time.Now()
	w := invariants.Open(t, r.data()).AtRest(t, restWithin)
	found := append(w.Violations(), r.contradictions(t, w)...)
	for i, v := range found {
		if i == violationsShown {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Error(v)
	}
	t.Logf("invariants of %d rentals, %d cars, %d entries, %d events (%v)", len(w.Rentals), len(w.Cars), len(w.Entries),
		w.Events(), time.Since(begin).Round(time.Millisecond))
}

// data is the folder of the rig's stores.
func (r *rig) data() string {
	if r.platform != nil {
		return r.platform.options.DataDir
	}
	return r.cluster.data
}

// contradictions are where the platform says something else than its stores.
func (r *rig) contradictions(t *testing.T, w *invariants.World) []invariants.Violation {
	t.Helper()
	staff, riders := invariants.For("what staff see"), invariants.For("what riders see")
	r.compareFleet(t, w, staff)
	r.compareTrips(t, w, staff)
	r.compareRiders(t, w, riders)
	return append(staff.Found, riders.Found...)
}

func (r *rig) compareFleet(t *testing.T, w *invariants.World, f *invariants.Findings) {
	t.Helper()
	seen := 0
	r.staff.pages(t, "/v1/ops/cars?limit=100", func(page answer, i int) {
		seen++
		id := page.text(t, "items", i, "id")
		c, known := w.Cars[id]
		if !known {
			f.Add("car "+id, "is in no store")
			return
		}
		claim, _ := page.at(t, "items", i, "claim").(m)
		switch {
		case (claim == nil) != (c.Claim == nil):
			f.Add("car "+id, "is claimed as %v, and stored as %+v", claim, c.Claim)
		case claim != nil:
			f.Expect(claim["id"] == c.Claim.ID && claim["kind"] == c.Claim.Kind,
				"car "+id, "is claimed as %v, and stored as %+v", claim, *c.Claim)
		}
		// Contact comes and goes by itself.
		if s := page.text(t, "items", i, "state"); s != "non_contactable" && c.State != "non_contactable" {
			f.Expect(s == c.State, "car "+id, "is %s, and stored as %s", s, c.State)
		}
	})
	f.Expect(seen == len(w.Cars), "the fleet", "has %d cars, and %d are stored", seen, len(w.Cars))
}

func (r *rig) compareTrips(t *testing.T, w *invariants.World, f *invariants.Findings) {
	t.Helper()
	accepted := 0
	for _, stored := range w.Rentals {
		if stored.Accepted {
			accepted++
		}
	}
	seen := map[string]bool{}
	r.staff.pages(t, "/v1/ops/trips?limit=100", func(page answer, i int) {
		id := page.text(t, "items", i, "id")
		stored, about := w.Rentals[id], "trip "+id
		f.Expect(!seen[id], about, "is listed twice")
		seen[id] = true
		f.Expect(stored.Accepted, about, "is listed and was never accepted")
		f.Expect(page.at(t, "items", i, "state") == stored.State, about, "is %v, and stored as %s", page.at(t, "items", i, "state"), stored.State)
		f.Expect(page.at(t, "items", i, "account_id") == stored.Account, about, "is of %v, and stored as of %s", page.at(t, "items", i, "account_id"), stored.Account)
		if stored.Terminal() {
			f.Expect(cents(t, page, "items", i, "fare", "total") == int(stored.Fare.Total), about, "costs %d, and is stored with %d",
				cents(t, page, "items", i, "fare", "total"), stored.Fare.Total)
		}
	})
	f.Expect(len(seen) == accepted, "the list of trips", "has %d, and %d are stored", len(seen), accepted)
}

// compareRiders looks as those riders themselves who have money or trips.
func (r *rig) compareRiders(t *testing.T, w *invariants.World, f *invariants.Findings) {
	t.Helper()
	trips := map[string][]invariants.Rental{}
	for _, stored := range w.Rentals {
		if stored.Accepted {
			trips[stored.Account] = append(trips[stored.Account], stored)
		}
	}
	for account := range w.Riders() {
		if w.Accounts[account].Status != "active" {
			continue
		}
		rider, about := r.as(r.tokenOf(t, account, w.Accounts[account].Version)), "account "+account
		wallet := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil)
		available, held := w.Balances["wallet:"+account], w.Balances["held:"+account]
		f.Expect(int64(cents(t, wallet, "available")) == available && int64(cents(t, wallet, "held")) == held && int64(cents(t, wallet, "balance")) == available+held,
			about, "has %v, and stored are %d and %d", wallet.body, available, held)
		var sum, moved int64
		rider.pages(t, "/v1/me/wallet/entries?limit=100", func(page answer, i int) {
			amount := int64(cents(t, page, "items", i, "amount"))
			if kind := page.text(t, "items", i, "kind"); kind == "hold" || kind == "release" {
				moved += amount
			} else {
				sum += amount
			}
		})
		f.Expect(sum == available+held && moved == held, about, "sees entries of %d and %d, and stored are %d and %d", sum, moved, available+held, held)
		for _, trip := range trips[account] {
			r.compareReceipt(t, w, f, rider, trip)
		}
	}
}

// compareReceipt holds a receipt against what its trip's entries come to (17).
func (r *rig) compareReceipt(t *testing.T, w *invariants.World, f *invariants.Findings, rider client, trip invariants.Rental) {
	t.Helper()
	about := "the receipt of " + trip.ID
	a, err := rider.try(http.MethodGet, "/v1/trips/"+trip.ID+"/receipt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if (a.status == http.StatusOK) != (trip.State == "finished") {
		f.Add(about, "is answered with %d though the trip is %s", a.status, trip.State)
	}
	if a.status != http.StatusOK {
		return
	}
	net := int64(0)
	for _, e := range w.EntriesOf[trip.ID] {
		if e.Kind == "capture" || e.Kind == "refund" {
			net -= e.Amount
		}
	}
	f.Expect(int64(cents(t, a, "paid")) == net, about, "says %d, and the entries come to %d", cents(t, a, "paid"), net)
}

// pages walks through a list.
func (c client) pages(t *testing.T, path string, each func(page answer, i int)) {
	t.Helper()
	for cursor := ""; ; {
		page := c.want(http.StatusOK, http.MethodGet, path+cursor, nil)
		items, _ := page.at(t, "items").([]any)
		for i := range items {
			each(page, i)
		}
		next, more := page.body["next_cursor"].(string)
		if !more {
			return
		}
		cursor = "&cursor=" + next
	}
}

// tokenOf is an access token of an account, as a session of it would get one.
func (r *rig) tokenOf(tb testing.TB, account string, version int64) string {
	tb.Helper()
	var set keys.Set
	if r.platform != nil {
		set = r.platform.keys
	} else {
		loaded, err := keys.Load(filepath.Join(r.cluster.data, "keys", "keys.json"))
		if err != nil {
			tb.Fatal(err)
		}
		set = loaded
	}
	issuer, err := token.NewIssuer(set.Signing[0].ID, set.Signing[0].Private(), clock.System{})
	if err != nil {
		tb.Fatal(err)
	}
	text, _, err := issuer.Issue(auth.Principal{Subject: account, Roles: auth.Rider, Session: "invariants", Version: version})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
