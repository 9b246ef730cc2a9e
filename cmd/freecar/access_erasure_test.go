package main

import (
	"bytes"
	"database/sql"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAccessErasure looks for a person in every byte that is kept: before, all of it is
// there and in the export; after, nothing is.
func TestAccessErasure(t *testing.T) {
	r := newRig(t, 2, 1)
	data := r.platform.options.DataDir
	p := r.person()
	first := p.email
	p.email = "zqx-mail-1@example.com"
	p.want(http.StatusOK, http.MethodPatch, "/v1/me", m{"name": "Zqx-Name-2", "email": p.email, "phone": "+493099887766", "password": p.password})
	told := p.tell(t, r)
	told.gone["the first address"] = first
	for name, needle := range told.kept {
		if len(holding(t, data, needle)) == 0 {
			t.Errorf("%s is nowhere: does the test look for it?", name)
		}
	}
	if told.trip == "" {
		t.Fatal("no trip")
	}
	export := p.hearAll(t, r)
	for name, needle := range told.exported {
		if !strings.Contains(export, needle) {
			t.Errorf("the export lacks %s: %s", name, export)
		}
	}
	p.want(http.StatusNoContent, http.MethodDelete, "/v1/me", nil)
	deadline := time.Now().Add(30 * time.Second)
	maps.Copy(told.gone, told.kept)
	for name, needle := range told.gone {
		for {
			left := holding(t, data, needle)
			if len(left) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("%s is still in %v", name, left)
				break
			}
			<-time.After(50 * time.Millisecond) // between two looks
		}
	}
	if a := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/trips/"+told.trip, nil); a.text(t, "state") != "finished" || a.body["end_note"] != nil {
		t.Errorf("the trip: %v", a.body)
	}
	r.expectBalanced(t)
}

// biography is what was said of a person.
type biography struct {
	kept, exported map[string]string // texts by what they are
	gone           map[string]string // those that something else has replaced: in the end they are nowhere either
	trip           string
}

// tell writes everything of a person that can be written.
func (p *person) tell(t *testing.T, r *rig) biography {
	t.Helper()
	all := map[string]string{"the address": p.email, "the name": "Zqx-Name-2", "the number": "+493099887766", "the licence's number": "ZQXLICENCE3",
		"the licence's name": "Zqx-Licence-4", "the birth date": "1983-07-19", "why staff corrected": "Zqx-Correction-5", "the issue": "Zqx-Issue-6", "what was done about it": "Zqx-Note-7",
		"why staff ended the trip": "Zqx-End-8"}
	licence := m{"number": all["the licence's number"], "full_name": all["the licence's name"], "birth_date": all["the birth date"], "expires_on": "2040-01-31", "country": "DE"}
	p.want(http.StatusOK, http.MethodPut, "/v1/me/licence", licence)
	gone := map[string]string{"why staff rejected": "Zqx-Reject-9"}
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+p.id+"/reject", m{"reason": gone["why staff rejected"]})
	p.want(http.StatusOK, http.MethodPut, "/v1/me/licence", licence)
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+p.id+"/approve", nil)
	pictures := []string{"Zqx-Avatar-10", "Zqx-Photo-11", "Zqx-Damage-12"}
	for i, path := range []string{"/v1/me/avatar", "/v1/me/licence/photo"} {
		up := p.want(http.StatusCreated, http.MethodPost, path, photoOf(200), "Idempotency-Key", "Zqx-Key-13")
		if status := p.put(up, nil, append(png(100), strings.Repeat(pictures[i], 10)[:100]...)); status != http.StatusOK {
			t.Fatalf("the upload: %d", status)
		}
	}
	p.want(http.StatusCreated, http.MethodPost, "/v1/me/wallet/top-ups", m{"amount": euros(5000)}, "Idempotency-Key", "Zqx-Key-13")
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/accounts/"+p.id+"/adjustments",
		m{"amount": euros(5), "reason": all["why staff corrected"]}, "Idempotency-Key", "correction")
	trip := p.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": p.cars(1)[0]}, "Idempotency-Key", "Zqx-Key-13").text(t, "id")
	p.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
	issue := p.want(http.StatusCreated, http.MethodPost, "/v1/trips/"+trip+"/issues",
		m{"kind": "other", "text": all["the issue"], "photos": []m{photoOf(200)}}, "Idempotency-Key", "Zqx-Key-13")
	if status := p.put(issue, []any{"photos", 0}, append(png(100), strings.Repeat(pictures[2], 10)[:100]...)); status != http.StatusOK {
		t.Fatalf("the upload: %d", status)
	}
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/issues/"+issue.text(t, "id")+"/close", m{"note": all["what was done about it"]})
	r.staff.want(http.StatusAccepted, http.MethodPost, "/v1/ops/trips/"+trip+"/end", m{"reason": all["why staff ended the trip"]})
	p.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
	kept := map[string]string{"a picture of the person": pictures[0], "a photo of the licence": pictures[1], "a photo of the issue": pictures[2], "a key": "Zqx-Key-13"}
	for name, needle := range all {
		kept[name] = needle
	}
	return biography{kept: kept, exported: all, gone: gone, trip: trip}
}

// hearAll is the export as it comes.
func (p *person) hearAll(t *testing.T, r *rig) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+"/v1/me/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	return r.hear(t, request).body
}

// holding are the files that hold a text, once the logs of the stores are in their files:
// what a page was before is gone by that, too.
func holding(t *testing.T, data, needle string) (files []string) {
	t.Helper()
	stores, err := filepath.Glob(filepath.Join(data, "*.db"))
	if err != nil || len(stores) < 5 {
		t.Fatalf("%v, %v", stores, err)
	}
	for _, store := range stores {
		db, err := sql.Open("sqlite", "file:"+store+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	err = filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // it went meanwhile
		}
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if bytes.Contains(raw, []byte(needle)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}
