package main

import (
	"database/sql"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"freecar/internal/invariants"
)

// TestInvariantsCanBreak damages copies of a platform's stores, a row or two each, and
// wants those checks to complain that are about it, and no others.
func TestInvariantsCanBreak(t *testing.T) {
	r := newRig(t, 1, 4)
	x := r.busy(t)
	checkInvariants(t, r)
	whole := filepath.Join(t.TempDir(), "whole")
	copyStores(t, r.data(), whole)
	if found := invariants.Open(t, whole).Load(t).Violations(); len(found) > 0 {
		t.Fatalf("the copy is damaged: %v", found)
	}
	complained := map[string]bool{}
	for _, d := range x.damages() {
		t.Run(d.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			d.do(t, folder)
			got := map[string]bool{}
			found := invariants.Open(t, folder).Load(t).Violations()
			for _, v := range found {
				got[v.Check], complained[v.Check] = true, true
			}
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(slices.Values(d.wants))) {
				t.Errorf("these complain: %q\nwant: %q\n%v", names, d.wants, found)
			}
		})
	}
	t.Run("the platform contradicts its stores", func(t *testing.T) {
		for store, lie := range map[string][2]string{
			"car":  {"what staff see", doc("cars", x.reservedCar, "'$.claim.id'", "'"+x.paid+"'")},
			"trip": {"what staff see", doc("trips", x.driving, "'$.state'", "'paused'")},
			"user": {"what riders see", `UPDATE balances SET amount = amount + 1 WHERE ledger_account = 'wallet:` + x.rider + `'`},
		} {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			execute(t, filepath.Join(folder, store+".db"), lie[1])
			found := r.contradictions(t, invariants.Open(t, folder).Load(t))
			if len(found) == 0 || slices.ContainsFunc(found, func(v invariants.Violation) bool { return v.Check != lie[0] }) {
				t.Errorf("%s: got %v, want %s to complain", store, found, lie[0])
			}
		}
	})
	for _, name := range invariants.Names() {
		if !complained[name] {
			t.Errorf("nothing makes %q complain", name)
		}
	}
}

// busy is a platform in which everything happens that leaves a trace.
type busy struct {
	reserved, driving, paid string // rentals
	reservedCar, drivingCar string
	rider                   string // the account of the trip that is paid
	avatar                  string // an object
}

func (r *rig) busy(t *testing.T) busy {
	t.Helper()
	var x busy
	cars := r.free(4)
	keeper, _ := r.rider(r.staff)
	x.reservedCar = cars[0]
	x.reserved = keeper.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": cars[0]}, "Idempotency-Key", "keep").text(t, "id")

	driver, _ := r.rider(r.staff)
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions", m{"code": "hello", "percent_off": 50, "total_limit": 1}, "Idempotency-Key", "promo")
	x.drivingCar = cars[1]
	x.driving = driver.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": cars[1], "promo_code": "hello"}, "Idempotency-Key", "drive").text(t, "id")
	driver.until("the trip is in progress", "/v1/trips/"+x.driving, state("in_progress"))

	// One that came to something, after one that did not.
	rider, account := r.rider(r.staff)
	x.rider = account
	lapsed := rider.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": cars[2]}).text(t, "id")
	rider.want(http.StatusNoContent, http.MethodDelete, "/v1/reservations/"+lapsed, nil)
	x.paid = rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": cars[2]}, "Idempotency-Key", "pay").text(t, "id")
	rider.until("the trip is in progress", "/v1/trips/"+x.paid, state("in_progress"))
	rider.end(x.paid)
	rider.until("the trip is finished", "/v1/trips/"+x.paid, state("finished"))
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/trips/"+x.paid+"/refund", m{"amount": euros(1), "reason": "a kindness"}, "Idempotency-Key", "back")
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/accounts/"+account+"/adjustments", m{"amount": euros(100), "reason": "another"}, "Idempotency-Key", "more")
	picture := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/avatar", m{"content_type": "image/png", "size": 100})
	if got := r.put(picture, nil, png(100)); got != http.StatusOK {
		t.Fatalf("the upload: %d", got)
	}
	x.avatar = picture.text(t, "blob_id")
	rider.until("the avatar is there", "/v1/me/avatar", func(a answer) bool { return a.status == http.StatusOK })
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/cars/"+cars[3]+"/service", m{"reason": "a wheel"})
	return x
}

// copyStores copies each store as it is at one moment, beside who writes it.
func copyStores(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	stores, err := filepath.Glob(filepath.Join(from, "*.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, store := range stores {
		execute(t, store, `VACUUM INTO ?`, filepath.Join(to, filepath.Base(store)))
	}
	if err := os.CopyFS(filepath.Join(to, "objects"), os.DirFS(filepath.Join(from, "objects"))); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, store, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", store)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := db.Exec(statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 && !strings.HasPrefix(statement, "VACUUM") {
		t.Fatalf("%s changes %d rows, %v", statement, n, err)
	}
}

// damage is what is done to a copy, and who has to complain.
type damage struct {
	name  string
	wants []string
	do    func(t *testing.T, folder string)
}

// sqlOn damages one store by statements.
func sqlOn(store string, statements ...string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		for _, statement := range statements {
			execute(t, filepath.Join(folder, store+".db"), statement)
		}
	}
}

// doc changes a document; a path and a value, as in json_set.
func doc(table, id string, sets ...string) string {
	return `UPDATE ` + table + ` SET doc = CAST(json_set(CAST(doc AS TEXT), ` + strings.Join(sets, ", ") + `) AS BLOB) WHERE id = '` + id + `'`
}

// lastEvent changes what the latest event of an aggregate tells.
func lastEvent(subject string, sets ...string) string {
	return `UPDATE events SET data = CAST(json_set(CAST(data AS TEXT), ` + strings.Join(sets, ", ") + `) AS BLOB)
		WHERE subject = '` + subject + `' AND version = (SELECT max(version) FROM events WHERE subject = '` + subject + `')`
}

func (x busy) damages() []damage {
	claim := func(value string) []string {
		return []string{doc("cars", x.reservedCar, "'$.claim.id'", value), lastEvent(x.reservedCar, "'$.claim.id'", value)}
	}
	return []damage{
		{"a claim of another rental", []string{"a claim has its rental", "a rental has its claim", "claims change hands by release"},
			sqlOn("car", claim("'"+x.paid+"'")...)},
		{"a claim that the store lost", []string{"a rental has its claim", "the last event is the state", "columns repeat the document"},
			sqlOn("car", `UPDATE cars SET doc = CAST(json_remove(CAST(doc AS TEXT), '$.claim') AS BLOB) WHERE id = '`+x.reservedCar+`'`)},
		{"a claim that goes from hand to hand", []string{"claims change hands by release", "legal steps of cars"},
			sqlOn("car", `UPDATE events SET data = CAST(json_set(CAST(data AS TEXT), '$.claim.account_id', 'other') AS BLOB)
				WHERE subject = '`+x.drivingCar+`' AND type = 'freecar.car.unlocking.v1'`)},
		{"two rentals of one account", []string{"one rental per account and car", "slots", "the last event is the state", "columns repeat the document",
			"a claim has its rental", "a key has its effect", "a trip is paid as it ended", "claims change hands by release", "promotions count their trips"},
			sqlOn("trip", doc("trips", x.driving, "'$.account'", "(SELECT account FROM trips WHERE id = '"+x.reserved+"')"))},
		{"two rentals of one account, one after the other", []string{"one rental per account, always"},
			sqlOn("trip", `UPDATE events SET data = CAST(json_set(CAST(data AS TEXT), '$.account_id', (SELECT account FROM trips WHERE id = '`+x.driving+`')) AS BLOB)
				WHERE subject = '`+x.reserved+`' AND version = 1`)},
		{"a slot that is free", []string{"slots"}, sqlOn("trip", `UPDATE trips SET rental_slot = id WHERE id = '`+x.driving+`'`)},

		{"an event is missing", []string{"versions without gaps", "legal steps of cars"},
			sqlOn("car", `DELETE FROM events WHERE subject = '`+x.drivingCar+`' AND type = 'freecar.car.unlocking.v1'`)},
		{"an account's event is missing", []string{"versions without gaps"},
			sqlOn("user", `DELETE FROM events WHERE subject = '`+x.rider+`' AND version = 1`)},
		{"a car that is another than its events say", []string{"the last event is the state"}, sqlOn("car", doc("cars", x.drivingCar, "'$.model'", "'Isetta'"))},
		{"a rental that is another than its events say", []string{"the last event is the state"}, sqlOn("trip", doc("trips", x.driving, "'$.start_odometer_m'", "4711"))},
		{"a car that is claimed while it is out of service", []string{"legal steps of cars"},
			sqlOn("car", `UPDATE events SET data = CAST(json_set(CAST(data AS TEXT), '$.state', 'non_operational', '$.outage', json('{"reason":"x"}')) AS BLOB)
				WHERE subject = '`+x.drivingCar+`' AND version = (SELECT version - 1 FROM events WHERE subject = '`+x.drivingCar+`' AND type = 'freecar.car.claimed.v1')`)},
		{"a trip that starts without being accepted", []string{"legal steps of rentals"},
			sqlOn("trip", `UPDATE events SET type = 'freecar.trip.paused.v1' WHERE subject = '`+x.driving+`' AND type = 'freecar.trip.accepted.v1'`)},
		{"a finished trip that goes on", []string{"versions without gaps", "the last event is the state", "the end is the end", "legal steps of rentals", "all is published"},
			sqlOn("trip", `INSERT INTO events (subject, version, type, at, trace, data) SELECT subject, version + 1, 'freecar.trip.finished.v1', at, trace,
				CAST(json_set(CAST(data AS TEXT), '$.version', version + 1) AS BLOB) FROM events WHERE subject = '`+x.paid+`' AND type = 'freecar.trip.finished.v1'`)},
		{"a column that says something else", []string{"columns repeat the document"}, sqlOn("trip", `UPDATE trips SET state = 'paused' WHERE id = '`+x.driving+`'`)},
		{"a reservation that does not expire", []string{"nothing past its deadline", "the last event is the state"},
			sqlOn("trip", doc("trips", x.reserved, "'$.term.expires_at'", "1000"))},

		{"money from nowhere", []string{"postings sum to zero", "balances are sums of postings", "entries say what their postings do"},
			sqlOn("user", `UPDATE postings SET amount = amount + 1 WHERE ledger_account = 'wallet:`+x.rider+`' AND entry_id = (SELECT id FROM entries WHERE account_id = '`+x.rider+`' AND kind = 'top_up')`)},
		{"a balance that nothing explains", []string{"balances are sums of postings"}, sqlOn("user", `UPDATE balances SET amount = amount + 1 WHERE ledger_account = 'wallet:`+x.rider+`'`)},
		{"an entry that says too much", []string{"entries say what their postings do"},
			sqlOn("user", `UPDATE entries SET amount = amount + 1 WHERE account_id = '`+x.rider+`' AND kind = 'adjustment'`)},
		{"a hold that is released twice", []string{"a hold is captured or released once"},
			sqlOn("user", `UPDATE entries SET trip_id = '`+x.paid+`', kind = 'capture' WHERE account_id = '`+x.rider+`' AND kind = 'adjustment'`)},
		{"a hold that nobody settled", []string{"a hold is captured or released once", "held is what holds hold", "a trip is paid as it ended"},
			sqlOn("user", `UPDATE holds SET state = 'placed' WHERE trip_id = '`+x.paid+`'`)},
		{"more held than there are holds", []string{"held is what holds hold", "balances are sums of postings"},
			sqlOn("user", `UPDATE balances SET amount = amount + 1 WHERE ledger_account = 'held:`+x.rider+`'`)},
		{"a refund that the receipt does not know", []string{"refunds are at most captures"}, sqlOn("trip", `DELETE FROM refunds WHERE trip_id = '`+x.paid+`'`)},
		{"a fare that was not paid", []string{"a trip is paid as it ended", "the last event is the state"}, sqlOn("trip", doc("trips", x.paid, "'$.fare.total'", "1"))},
		{"a charge that nobody asked for", []string{"top-ups are charged once"}, sqlOn("sandbox-payments", `INSERT INTO charges (id, amount) VALUES ('x', 100)`)},
		{"a top-up that was not charged", []string{"top-ups are charged once"}, sqlOn("sandbox-payments", `DELETE FROM charges WHERE id = (SELECT max(id) FROM charges)`)},

		{"an event that stays in its outbox", []string{"all is published"}, sqlOn("trip", `UPDATE relayed SET seq = seq - 1`)},
		{"an event that the bus never got", []string{"all is published"}, sqlOn("bus", `DELETE FROM events WHERE id LIKE 'trip/%' AND actor <> ''`)},
		{"an event that nobody handles", []string{"all is handled"}, sqlOn("bus", `INSERT INTO deliveries (consumer, seq, due) SELECT 'user.audit', max(seq), 0 FROM events`)},
		{"a dead letter", []string{"all is handled"}, sqlOn("bus", `INSERT INTO dead_letters (consumer, seq, at, reason) SELECT 'user.audit', max(seq), 0, 'x' FROM events`)},
		{"a deed that is not on record", []string{"deeds of staff are on record"}, sqlOn("user", `DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)`)},

		{"a key without its effect", []string{"a key has its effect"}, sqlOn("trip", `UPDATE idempotency SET trip = 'x' WHERE key = 'keep'`)},
		{"a key that two have", []string{"a key has its effect"},
			sqlOn("user", `INSERT INTO idempotency_keys SELECT principal, operation, 'again', body_hash, at, effect_id FROM idempotency_keys WHERE value = 'more'`)},
		{"an effect without its key", []string{"a key has its effect"}, sqlOn("trip", `DELETE FROM idempotency WHERE key = 'pay'`)},
		{"a promotion that counts wrongly", []string{"promotions count their trips"}, sqlOn("trip", `UPDATE promotions SET redeemed = 0`)},
		{"a promotion given back by who has it", []string{"promotions count their trips"}, sqlOn("trip", `UPDATE redemptions SET given_back = 1 WHERE given_back IS NULL`)},

		{"a file without a row", []string{"rows and files"}, func(t *testing.T, folder string) {
			if err := os.WriteFile(filepath.Join(folder, "objects", "nobodys"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a row without its file", []string{"rows and files"}, func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, "objects", x.avatar[len(x.avatar)-2:], x.avatar)); err != nil {
				t.Fatal(err)
			}
		}},
		{"an avatar that is gone", []string{"pictures are there"}, sqlOn("user", `UPDATE avatars SET blob_id = 'x' WHERE blob_id <> ''`)},
	}
}
