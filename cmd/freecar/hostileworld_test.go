package main

import (
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"freecar/internal/auth"
	"freecar/internal/hostile"
)

// hostileWorld puts people of every role, rentals and prices on a platform, for whoever
// wants to harm them.
func hostileWorld(t *testing.T, r *rig) hostile.World {
	t.Helper()
	w := hostile.World{
		Host:    strings.TrimPrefix(r.base, "http://"),
		Forged:  []string{"x", "v4.public.x", "v4.public." + strings.Repeat("A", 400), "v2.local.AAAA", "null", strings.Repeat("t", 5_000)},
		Foreign: map[string]hostile.Foreign{},
		Callers: []hostile.Caller{{Name: "nobody"}},
	}
	ada, adaID := r.rider(r.staff)
	bob, bobID := r.rider(r.staff)
	ada.cars(len(r.fleet))
	theirs := bob.finishedTrip(t, r.fleet[1])
	ada.finishedTrip(t, r.fleet[0])
	ada.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": r.fleet[2]})
	kept := bob.want(http.StatusCreated, http.MethodPost, "/v1/reservations", m{"car_id": r.fleet[3]}).text(t, "id")
	caller := func(c client, id string, role auth.Roles) hostile.Caller {
		h := hostile.Caller{Name: role.String(), Token: c.token, Principal: auth.Principal{Subject: id, Roles: role}}
		w.Callers = append(w.Callers, h)
		return h
	}
	rider := caller(ada, adaID, auth.Rider)
	for _, role := range []auth.Roles{auth.Support, auth.Fleet, auth.Finance} {
		c, id := r.employee(t, role.String())
		caller(c, id, role)
	}
	caller(r.staff, "admin", auth.Admin)
	caller(r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", r.device).text(t, "access_token")), r.device["device_id"].(string), auth.Device)
	forged := []byte(ada.token)
	forged[len(forged)/2] ^= 1
	w.Forged = append(w.Forged, string(forged), ada.token[:len(ada.token)-8], ada.token+"A")
	for _, op := range []string{"trip.Get", "trip.Pause", "trip.Resume", "trip.End", "trip.Receipt", "trip.ReportIssue"} {
		w.Foreign[op] = hostile.Foreign{Caller: rider, IDs: []string{theirs}}
	}
	for _, op := range []string{"trip.Extend", "trip.CancelReservation"} {
		w.Foreign[op] = hostile.Foreign{Caller: rider, IDs: []string{kept}}
	}
	w.Values = map[string][]any{
		"car_id": {r.fleet[4], hostile.Nobody}, "car_ids": {[]any{}, []any{r.fleet[4]}}, "account_id": {adaID, bobID},
		"coordinates":     {[]any{[]any{[]any{13, 52}, []any{14, 52}, []any{14, 53}, []any{13, 52}}}},
		"properties":      {m{"id": "a", "name": "A", "ride_end_allowed": true}},
		"geometry":        {m{"type": "Polygon", "coordinates": []any{[]any{[]any{13, 52}, []any{14, 52}, []any{14, 53}, []any{13, 52}}}}},
		"car.Search bbox": {"13,52,14,53"},
		"car.List bbox":   {"13,52,14,53"},
		"latitude":        {52.52}, "longitude": {13.405},
		"content_type": {"image/png"}, "pricing_plan_id": {"standard"},
		"expires": {int64(1), time.Now().Add(time.Hour).UnixMilli()},
	}
	return w
}

// employee is somebody of the staff, signed in.
func (r *rig) employee(t *testing.T, role string) (client, string) {
	t.Helper()
	email := fmt.Sprintf("%s-%d@example.com", role, time.Now().UnixNano())
	id := r.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": email, "password": "correct horse battery", "name": role}).text(t, "account", "id")
	r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+id, m{"roles": []string{role}})
	return r.as(r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", m{"email": email, "password": "correct horse battery"}).text(t, "access_token")), id
}

// finishedTrip drives a car nowhere and comes back with the id of the trip.
func (c client) finishedTrip(t *testing.T, car string) string {
	t.Helper()
	id := c.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
	state := func(want string) {
		c.until("the trip "+want, "/v1/trips/"+id, func(a answer) bool { return a.body["state"] == want })
	}
	state("in_progress")
	if a, err := c.try(http.MethodPost, "/v1/trips/"+id+"/end", nil); err != nil || a.status >= http.StatusBadRequest {
		t.Fatalf("ending: %v %d %v", err, a.status, a.body)
	}
	state("finished")
	return id
}

// telling is what changes without anybody's request: cars report, and rows tell how far
// the news of changes has come.
var telling = map[string]bool{"readings": true, "goose_db_version": true}

// digest is all that the services keep, in one number and, for who wants to know what has
// changed, a number for each table.
func digest(t *testing.T, folder string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, service := range callable {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, service+".db")+"?mode=ro&_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
			if !telling[table] {
				rows := column(t, db, `SELECT * FROM "`+table+`"`)
				slices.Sort(rows)
				sum := sha256.Sum256([]byte(strings.Join(rows, "\n")))
				sums[service+"."+table] = fmt.Sprintf("%d rows, %s", len(rows), hex.EncodeToString(sum[:8]))
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return sums
}

// column is the rows of a query, each in one text.
func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, cell := range cells {
			if b, ok := cell.([]byte); ok {
				cell = string(b)
			}
			fmt.Fprintf(&text, "%v\t", cell)
		}
		all = append(all, strings.TrimSuffix(text.String(), "\t"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// settled is the digest once nothing of the past changes it any more.
func settled(t *testing.T, folder string) map[string]string {
	t.Helper()
	last := digest(t, folder)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		<-time.After(time.Second) // the relays' news have come by then, or the next look tells
		next := digest(t, folder)
		if fmt.Sprint(next) == fmt.Sprint(last) {
			return next
		}
		last = next
	}
	t.Fatal("the stores do not come to rest")
	return nil
}

// sameStores says which tables changed.
func sameStores(t *testing.T, before, after map[string]string) {
	t.Helper()
	for _, table := range slices.SortedFunc(func(yield func(string) bool) {
		for name := range after {
			if !yield(name) {
				return
			}
		}
	}, cmp.Compare[string]) {
		if before[table] != after[table] {
			t.Errorf("%s has changed: %s, now %s", table, before[table], after[table])
		}
	}
}
