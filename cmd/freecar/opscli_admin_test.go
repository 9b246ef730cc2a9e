package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpsAccounts(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	rider, id := r.signUp()
	email := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "email")

	has(t, d.does("accounts", "list", "--role", "rider"), id, email)
	has(t, d.does("accounts", "list", "--search", email[:12]), id)
	if out := d.does("accounts", "list", "--status", "blocked"); out != "" {
		t.Errorf("blocked already:\n%s", out)
	}
	d.fails(2, `"reason" not set`, "accounts", "block", email)
	got := d.fails(1, "1 of 2 accounts failed; the others are done", "accounts", "block", email, "nobody@example.com", "--reason", "a stolen card")
	has(t, got.out, "account "+email+" blocked")
	has(t, d.does("accounts", "show", email), "blocked", "a stolen card")
	has(t, d.does("accounts", "unblock", id), "account "+id+" active")

	d.fails(2, "at least one of the flags in the group", "accounts", "roles", email)
	has(t, d.does("accounts", "roles", email, "--add", "support,finance"), "rider,support,finance")
	has(t, d.does("accounts", "roles", email, "--remove", "finance", "--add", "fleet"), "rider,support,fleet")
	has(t, d.does("accounts", "roles", email, "--set", "rider"), "account "+email+" rider")
	d.fails(1, "roles", "accounts", "roles", email, "--add", "emperor")

	t.Run("what staff did is in the audit", func(t *testing.T) {
		r.staff.until("the audit tells of it", "/v1/ops/audit?subject="+id, func(a answer) bool {
			items, _ := a.body["items"].([]any)
			return len(items) >= 5
		})
		has(t, d.does("audit", "list", "--subject", id), "account_access_changed")
		has(t, d.does("audit", "list", "--actor", rigAdmin, "--from", "2020-01-01", "--json"), `"subject":"`+id+`"`)
		d.fails(2, "RFC 3339", "audit", "list", "--from", "yesterday")
	})
}

func TestOpsOwnPassword(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	d.typing("wrong\na new password\n").fails(1, "(bad_credentials)", "password")
	d.typing(rigPassword+"\nshort\n").fails(1, "new_password: ", "password")
	d.typing(rigPassword + "\na new password\n").does("password")
	d.does("whoami") // the session that changed it lives on
	d.does("logout")
	d.typing(rigPassword+"\n").fails(1, "(bad_credentials)", "login", "--email", rigAdmin)
	d.typing("a new password\n").does("login", "--email", rigAdmin)
}

// TestOpsSignOut holds the gateway to it: the tokens are of no use any more.
func TestOpsSignOut(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "freecar", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	session, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	d.does("logout")
	d.does("logout") // twice does no harm
	if err := os.WriteFile(files[0], session, 0o600); err != nil {
		t.Fatal(err)
	}
	expire(t)
	d.fails(1, "your session has ended", "whoami")
}

func TestOpsTariffs(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	has(t, d.does("plans", "list"), "standard", "20.00 EUR")
	saved := d.does("plans", "show", "standard", "--json")
	if got := d.typing(saved).ops("plans", "put", "-"); got.code != 0 || !strings.Contains(got.err, "Nothing changes") {
		t.Errorf("put back as it was: %+v", got)
	}
	dearer := strings.Replace(saved, `"unlock":{"amount":100`, `"unlock":{"amount":250`, 1)
	d.typing(dearer).fails(2, "~ unlock: 1.00 EUR → 2.50 EUR", "plans", "put", "-")
	has(t, d.typing(dearer).does("plans", "put", "-", "--yes"), "version     2", "unlock      2.50 EUR")
	dearest := strings.Replace(saved, `"unlock":{"amount":100`, `"unlock":{"amount":900`, 1)
	d.typing(dearest).fails(1, "(plan_changed)", "plans", "put", "-", "--yes") // made from version 1, and there is another
	has(t, d.does("plans", "list", "--versions-of", "standard"), "2.50 EUR", "1.00 EUR")
	d.typing(`{"id":"x","colour":"red"}`).fails(1, `stdin is no plan: there is no field "colour"`, "plans", "put", "-")
	d.typing(`{"unlock":{"amount":"x"}}`).fails(1, "unlock.amount has the wrong type", "plans", "put", "-")
	d.typing("{").fails(1, "not well-formed JSON", "plans", "put", "-")
	night := strings.NewReplacer(`"id":"standard"`, `"id":"night"`, `"version":1`, `"version":null`).Replace(saved)
	has(t, d.typing(night).does("plans", "put", "-", "--yes"), "night", "version     1")
	has(t, d.does("plans", "retire", "night", "--yes"), "plan night retired")
	d.fails(1, `there is no plan "day"`, "plans", "show", "day")

	made := d.does("promotions", "create", "--code", "WELCOME", "--percent", "20", "--first-trip", "--until", "2099-01-01", "--limit", "100", "--json")
	has(t, made, `"valid_until":"2099-01-01T00:00:00.000Z"`, `"total_limit":100`)
	has(t, d.does("promotions", "list"), "WELCOME", "20%", "2099-01-01")
	_, rest, _ := strings.Cut(made, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	has(t, d.does("promotions", "end", id, "--yes"), "WELCOME ended")
	d.fails(2, "percent amount", "promotions", "create", "--code", "X")
}

func TestOpsZones(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	set := func(zones ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(zones, ",") + `]}`
	}
	zone := func(id, name, ring string) string {
		return `{"type":"Feature","properties":{"id":"` + id + `","name":"` + name + `","ride_end_allowed":true},"geometry":{"type":"Polygon","coordinates":[[` + ring + `]]}}`
	}
	berlin := zone("berlin", "Berlin", "[13,52],[14,52],[14,53],[13,53],[13,52]")
	bowtie := zone("berlin", "Berlin", "[13,52],[14,53],[14,52],[13,53],[13,52]")

	has(t, d.typing(set(berlin)).does("zones", "validate", "-"), "stdin is right: 1 zones, 1 changes")
	d.typing(set(bowtie)).fails(1, "features[0].geometry", "zones", "validate", "-")
	if got := d.ops("zones", "list"); got.out != "" || got.err != "There are no zones.\n" {
		t.Errorf("validating left %+v", got)
	}
	d.typing(set(berlin)).fails(2, "+ berlin: ", "zones", "put", "-")
	has(t, d.typing(set(berlin)).does("zones", "put", "-", "--yes"), "1 zones, version 1")
	has(t, d.does("zones", "list"), "berlin", "Berlin", "yes", "5")

	saved := d.does("zones", "get")
	renamed := strings.Replace(saved, `"name":"Berlin"`, `"name":"Mitte"`, 1)
	got := d.typing(renamed).ops("zones", "put", "-", "--yes")
	if got.code != 0 || !strings.Contains(got.err, `~ berlin.name: "Berlin" → "Mitte"`) || strings.Contains(got.err, "outline") {
		t.Errorf("%+v", got)
	}
	d.typing(saved).fails(1, "(zones_changed)", "zones", "put", "-", "--yes") // saved before somebody renamed it
	moved := set(zone("berlin", "Mitte", "[13,52],[13.5,52],[13.5,53],[13,53],[13,52]"))
	got = d.typing(moved).ops("zones", "put", "-", "--yes")
	has(t, got.err, "~ berlin.outline: ")
	d.typing(`{"type":"FeatureCollection","features":[],"zones":1}`).fails(1, `there is no field "zones"`, "zones", "put", "-")
}

func TestOpsOversight(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	if got := d.ops("dead-letters", "list"); got.code != 0 || got.err != "There are no dead letters.\n" {
		t.Errorf("%+v", got)
	}
	d.fails(1, "there is no dead letter", "dead-letters", "show", "x")
	d.fails(2, "either ids or --consumer", "dead-letters", "replay")
	d.fails(2, "either ids or --consumer", "dead-letters", "replay", "x", "--consumer", "car")
	d.fails(1, "ids[1]: Take it from the list of dead letters.", "dead-letters", "replay", "x", "y")
	d.fails(0, "There are no dead letters of car.", "dead-letters", "replay", "--consumer", "car")
	has(t, d.does("cache", "purge", "--cache", "cars"), "every instance loads anew: cars")
	d.fails(2, "it is one of cars", "cache", "purge", "--cache", "everything")
}
