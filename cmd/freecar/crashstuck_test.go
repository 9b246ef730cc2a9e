package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/invariants"
	"freecar/trip/tripd"
)

// ahead of the system's clock, by as much as a test wants.
type hurried struct{ by atomic.Int64 }

func (c *hurried) Now() time.Time { return clock.Trim(time.Now().Add(time.Duration(c.by.Load()))) }

// TestCrashStuck: the ledger is restored from a copy that is older than a trip's hold. The
// trip can never be paid; staff see it, and end it.
func TestCrashStuck(t *testing.T) {
	for _, instances := range []int{1, 2} {
		c := &hurried{}
		r := newRig(t, instances, 1, func(o *platformOptions) { o.Clock = c })
		d := signedIn(t, r)
		rider, account := r.rider(r.staff)
		car := rider.cars(1)[0]
		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		forgets(t, filepath.Join(r.data(), "user.db"), trip)
		rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
		r.eventually("its fare is due", func() bool {
			return stored(t, filepath.Join(r.data(), "trip.db"), `SELECT json_extract(CAST(doc AS TEXT), '$.step') FROM trips WHERE id = ?`, trip) == "settling"
		})
		writeOff := "/v1/ops/trips/" + trip + "/write-off"
		if a := r.staff.want(http.StatusConflict, http.MethodPost, writeOff, m{"reason": "too early"}); a.code() != "trip_not_stuck" {
			t.Errorf("too early: %v", a.body)
		}
		rider.want(http.StatusForbidden, http.MethodPost, writeOff, m{"reason": "mine"})
		r.staff.want(http.StatusBadRequest, http.MethodPost, writeOff, m{})
		c.by.Store(int64(tripd.StuckAfter + 10*time.Second))
		has(t, d.does("trips", "list", "--stuck"), trip, account, "ending")
		has(t, d.does("trips", "write-off", trip, "--reason", "restored from a copy", "--yes"), "finished")
		if got := d.does("trips", "list", "--stuck"); strings.Contains(got, trip) {
			t.Errorf("it is stuck still: %s", got)
		}
		receipt := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/"+trip+"/receipt", nil)
		if cents(t, receipt, "fare", "total") != 0 || cents(t, receipt, "paid") != 0 {
			t.Errorf("the receipt: %v", receipt.body)
		}
		r.staff.until("the car is free", "/v1/ops/cars/"+car, func(a answer) bool { return a.body["claim"] == nil })
		staff := r.staffID(t)
		r.staff.until("the audit knows", "/v1/ops/audit?limit=100&actor="+staff, func(a answer) bool {
			items, _ := a.body["items"].([]any)
			for _, i := range items {
				if i.(m)["action"] == "freecar.trip.written_off.v1" && i.(m)["subject"] == trip {
					return true
				}
			}
			return false
		})
		for _, v := range invariants.Open(t, r.data()).Load(t).Violations() {
			if strings.Contains(v.About, trip) { // the rest is what the copy of the ledger lost
				t.Error(v)
			}
		}
	}
}

// stored is what a query finds in a store.
func stored(t *testing.T, path, query string, args ...any) (text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// forgets takes a trip's money out of a ledger, as an older copy of it would not have it.
func forgets(t *testing.T, path, trip string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		`UPDATE balances SET amount = amount - (SELECT coalesce(sum(p.amount), 0) FROM postings p JOIN entries e ON e.id = p.entry_id
			WHERE e.trip_id = ?1 AND p.ledger_account = balances.ledger_account)`,
		`DELETE FROM postings WHERE entry_id IN (SELECT id FROM entries WHERE trip_id = ?1)`,
		`DELETE FROM entries WHERE trip_id = ?1`,
		`DELETE FROM holds WHERE trip_id = ?1`,
		`DELETE FROM events WHERE subject = ?1`,
	} {
		if _, err := db.Exec(statement, trip); err != nil {
			t.Fatal(err)
		}
	}
}
