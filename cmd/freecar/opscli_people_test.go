package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestOpsSecondFactor(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	d.typing("wrong horse\n").fails(1, "(bad_credentials)", "totp", "enrol")
	d.typing(rigPassword+"\n").fails(1, "no code, no second factor", "totp", "enrol")
	d.does("totp", "remove") // it was never confirmed

	var secret string
	var out bytes.Buffer
	typed := &late{text: func() string { // after the secret was shown
		secret = textOf(t, out.String(), "secret")
		return code(t, secret, 0) + "\n"
	}}
	if got := d.run(io.MultiReader(strings.NewReader(rigPassword+"\n"), typed), &out, "totp", "enrol", "--json"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	d.does("logout")
	d.typing(rigPassword+"\n\n").fails(1, "(totp_required)", "login", "--email", rigAdmin)
	d.typing(rigPassword+"\n"+code(t, secret, 1)+"\n").does("login", "--email", rigAdmin)
	has(t, d.does("whoami"), rigAdmin)

	grace, _ := r.signUp()
	email := grace.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "email")
	d.fails(2, "This takes the second factor away from the account "+email, "accounts", "reset-totp", email)
	has(t, d.does("accounts", "reset-totp", email, "--yes"), email+" has no second factor")
}

// late is input that is made when it is read.
type late struct {
	text func() string
	from io.Reader
}

func (l *late) Read(p []byte) (int, error) {
	if l.from == nil {
		l.from = strings.NewReader(l.text())
	}
	return l.from.Read(p)
}

func TestOpsDevices(t *testing.T) {
	r := newRig(t, 1, 1)
	d := signedIn(t, r)
	plate := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars/"+r.fleet[0], nil).text(t, "plate")
	id := textOf(t, d.does("devices", "create", "--name", "a box", "--car", plate, "--json"), "id")
	has(t, d.does("devices", "list"), id, "a box")
	d.fails(2, "This shuts out the device "+id, "devices", "revoke", id)
	has(t, d.does("devices", "revoke", id, "--yes"), "device "+id+" revoked")
	if out := d.does("devices", "revoke", id, "--yes", "--json"); out != "" {
		t.Errorf("an answer without a body prints %q", out)
	}
}

func TestOpsIssues(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	trip, rider, _, _ := r.chargedTrip(t)
	id := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips/"+trip+"/issues",
		m{"kind": "damage", "text": "The mirror\nis gone."}).text(t, "id")
	has(t, d.does("issues", "list", "--state", "open"), id, "damage", "The mirror\ufffdis gone.")
	has(t, d.does("issues", "show", id), trip, "The mirror\n")
	d.fails(0, "There are no photos.", "issues", "photos", id)
	has(t, d.does("issues", "close", id, "--note", "a new one"), "issue "+id+" closed")
	has(t, d.does("issues", "show", id), "a new one")
	d.fails(1, "there is no issue", "issues", "show", "x")
}

// textOf reads a text of a JSON document.
func textOf(t *testing.T, document, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(document, `"`+name+`":"`)
	value, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		t.Fatalf("no %s in %s", name, document)
	}
	return value
}
