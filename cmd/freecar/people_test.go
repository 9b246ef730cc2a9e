package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// bites is the promise: so long after a revocation nobody is let in by an old token.
const bites = 5 * time.Second

// shutOut waits until the token of c is refused, and holds it to the promise: by each of
// the gateways, of which there are two at most, and which are asked in turn.
func (c client) shutOut(since time.Time) {
	c.t.Helper()
	refused := 0
	c.until("the token is refused", "/v1/me", func(a answer) bool {
		if refused++; a.status != http.StatusUnauthorized {
			refused = 0
		}
		return refused == 2
	})
	if took := time.Since(since); took > bites {
		c.t.Errorf("an old token was good for %v", took)
	}
}

// person is somebody who can sign in again.
type person struct {
	client
	id, email, password, refresh string
}

func (c client) person() *person {
	c.t.Helper()
	p := &person{email: fmt.Sprintf("person-%d-%d@example.com", time.Now().UnixNano(), accounts.Add(1)), password: "correct horse battery"}
	a := c.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": p.email, "password": p.password, "name": "Ada Rider"})
	p.id, p.refresh = a.text(c.t, "account", "id"), a.text(c.t, "session", "refresh_token")
	p.client = c.as(a.text(c.t, "session", "access_token"))
	return p
}

// signIn is another session of the person.
func (p *person) signIn() *person {
	p.t.Helper()
	a := p.want(http.StatusCreated, http.MethodPost, "/v1/sessions", m{"email": p.email, "password": p.password})
	other := *p
	other.client, other.refresh = p.as(a.text(p.t, "access_token")), a.text(p.t, "refresh_token")
	return &other
}

// renew takes a new pair of tokens.
func (p *person) renew() {
	p.t.Helper()
	a := p.want(http.StatusOK, http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": p.refresh})
	p.client, p.refresh = p.as(a.text(p.t, "access_token")), a.text(p.t, "refresh_token")
}

// refused holds an answer to a status and code.
func (c client) refused(status int, code, method, path string, body any) {
	c.t.Helper()
	if a := c.want(status, method, path, body); a.code() != code {
		c.t.Errorf("%s %s: got %v, want code %s", method, path, a.body, code)
	}
}

func TestPeopleAccess(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		t.Run("signed out", func(t *testing.T) {
			p := r.person()
			stays := p.signIn()
			begin := time.Now()
			p.want(http.StatusNoContent, http.MethodDelete, "/v1/sessions/current", nil)
			p.refused(http.StatusUnauthorized, "bad_refresh_token", http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": p.refresh})
			p.shutOut(begin)
			stays.want(http.StatusOK, http.MethodGet, "/v1/me", nil)
		})
		t.Run("a copied refresh token", func(t *testing.T) {
			p := r.person()
			copied := p.refresh
			p.renew()
			p.renew() // once, and its answer might have been lost
			begin := time.Now()
			r.refused(http.StatusUnauthorized, "bad_refresh_token", http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": copied})
			p.shutOut(begin)
		})
		t.Run("another password", func(t *testing.T) {
			p := r.person()
			other := p.signIn()
			p.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPut, "/v1/me/password", m{"password": "wrong horse", "new_password": "better horse battery"})
			begin := time.Now()
			p.want(http.StatusNoContent, http.MethodPut, "/v1/me/password", m{"password": p.password, "new_password": "better horse battery"})
			other.shutOut(begin)
			p.want(http.StatusOK, http.MethodGet, "/v1/me", nil)
			p.renew()
			p.want(http.StatusOK, http.MethodGet, "/v1/me", nil)
			r.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions", m{"email": p.email, "password": p.password})
			p.password = "better horse battery"
			p.signIn()
		})
		t.Run("blocked and let in again", func(t *testing.T) {
			p := r.person()
			at := "/v1/ops/accounts/" + p.id
			begin := time.Now()
			blocked := r.staff.want(http.StatusOK, http.MethodPatch, at, m{"status": "blocked", "reason": "A stolen card."})
			if blocked.text(t, "status") != "blocked" || blocked.text(t, "blocked_for") != "A stolen card." {
				t.Errorf("got %v", blocked.body)
			}
			p.shutOut(begin)
			r.refused(http.StatusForbidden, "account_blocked", http.MethodPost, "/v1/sessions", m{"email": p.email, "password": p.password})
			r.refused(http.StatusForbidden, "account_blocked", http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": p.refresh})
			r.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions", m{"email": p.email, "password": "wrong horse"})
			if list := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts?status=blocked&q="+strings.ToUpper(p.email[:20]), nil); list.text(t, "items", 0, "id") != p.id {
				t.Errorf("got %v", list.body)
			}
			r.staff.want(http.StatusOK, http.MethodPatch, at, m{"status": "active"})
			p.signIn().want(http.StatusOK, http.MethodGet, "/v1/me", nil)
		})
		t.Run("other roles", func(t *testing.T) {
			p := r.person()
			p.want(http.StatusForbidden, http.MethodGet, "/v1/ops/accounts", nil)
			begin := time.Now()
			r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"roles": []string{"rider", "support"}})
			p.shutOut(begin)
			p.renew()
			p.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts", nil)
			victim := r.person()
			p.refused(http.StatusForbidden, "denied", http.MethodPatch, "/v1/ops/accounts/"+victim.id, m{"roles": []string{"admin"}})
			p.refused(http.StatusForbidden, "denied", http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"roles": []string{"admin"}})
			p.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+victim.id, m{"status": "blocked", "reason": "Fraud."})
		})
		t.Run("a role less, while signed in", func(t *testing.T) {
			p := r.person()
			r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"roles": []string{"rider", "support"}})
			p.renew()
			p.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts", nil)
			begin := time.Now()
			r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"roles": []string{"rider"}})
			p.shutOut(begin)
			p.renew() // who is signed in stays so, as what is left
			p.refused(http.StatusForbidden, "denied", http.MethodGet, "/v1/ops/accounts", nil)
			p.want(http.StatusOK, http.MethodGet, "/v1/me", nil)
		})
		t.Run("the last admin", func(t *testing.T) {
			me := r.staff.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "id")
			r.staff.refused(http.StatusConflict, "own_account", http.MethodPatch, "/v1/ops/accounts/"+me, m{"status": "blocked", "reason": "x"})
			r.staff.refused(http.StatusConflict, "last_admin", http.MethodPatch, "/v1/ops/accounts/"+me, m{"roles": []string{"support"}})
		})
	})
}

func TestPeopleMe(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		t.Run("another name and address", func(t *testing.T) {
			p := r.person()
			fresh := "new-" + p.email
			if a := p.want(http.StatusOK, http.MethodPatch, "/v1/me", m{"name": "Ada L."}); a.text(t, "name") != "Ada L." || a.text(t, "email") != p.email {
				t.Errorf("got %v", a.body)
			}
			p.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPatch, "/v1/me", m{"email": fresh, "password": "wrong horse"})
			p.refused(http.StatusConflict, "account_exists", http.MethodPatch, "/v1/me", m{"email": "admin@freecar.local", "password": p.password})
			p.want(http.StatusOK, http.MethodPatch, "/v1/me", m{"email": fresh, "phone": nil, "password": p.password})
			p.email = fresh
			p.signIn()
		})
		t.Run("erased", func(t *testing.T) {
			rider, id := r.rider(r.staff)
			email := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "email")
			trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(1)[0]}).text(t, "id")
			rider.refused(http.StatusConflict, "rental_live", http.MethodDelete, "/v1/me", nil)
			rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
			rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
			rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
			kept := rider.want(http.StatusOK, http.MethodGet, "/v1/me/export", nil)
			if kept.text(t, "account", "email") != email || kept.text(t, "account", "sessions", 0, "id") == "" || kept.text(t, "licence", "full_name") != "Ada Rider" ||
				kept.text(t, "trips", 0, "id") != trip || len(kept.at(t, "wallet_entries").([]any)) < 3 || cents(t, kept, "wallet", "balance") <= 0 {
				t.Errorf("the export: %v", kept.body)
			}
			begin := time.Now()
			rider.want(http.StatusNoContent, http.MethodDelete, "/v1/me", nil)
			rider.refused(http.StatusUnauthorized, "unauthenticated", http.MethodGet, "/v1/me", nil)
			rider.shutOut(begin)
			seen := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts/"+id, nil)
			if seen.text(t, "status") != "erased" || seen.text(t, "name") != "" || seen.body["email"] != nil || seen.body["phone"] != nil {
				t.Errorf("got %v", seen.body)
			}
			r.staff.until("the licence is forgotten", "/v1/ops/licences/"+id, func(a answer) bool { return a.status == http.StatusNotFound })
			r.staff.refused(http.StatusConflict, "account_erased", http.MethodPatch, "/v1/ops/accounts/"+id, m{"status": "active"})
			r.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions", m{"email": email, "password": "correct horse battery"})
			r.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": email, "password": "correct horse battery", "name": "Ada"})
		})
	})
}

// code is that of an authenticator app, so many steps from now.
func code(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestPeopleTOTP(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		p := r.person()
		p.want(http.StatusForbidden, http.MethodPost, "/v1/me/totp", nil)
		r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"roles": []string{"support"}})
		p.renew()
		p.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/me/totp", nil)
		p.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/me/totp", m{"password": "wrong horse"})
		secret := p.want(http.StatusCreated, http.MethodPost, "/v1/me/totp", m{"password": p.password}).text(t, "secret")
		in := m{"email": p.email, "password": p.password}
		with := func(code string) m { return m{"email": p.email, "password": p.password, "totp": code} }
		p.want(http.StatusCreated, http.MethodPost, "/v1/sessions", in)
		first := code(t, secret, 0)
		p.want(http.StatusNoContent, http.MethodPut, "/v1/me/totp", m{"code": first})
		p.refused(http.StatusConflict, "totp_active", http.MethodPost, "/v1/me/totp", m{"password": p.password})
		r.refused(http.StatusUnauthorized, "totp_required", http.MethodPost, "/v1/sessions", in)
		r.refused(http.StatusUnauthorized, "bad_totp", http.MethodPost, "/v1/sessions", with(first))
		second := code(t, secret, 1) // whatever the clock does meanwhile, it is another one and good
		r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", with(second))
		r.refused(http.StatusUnauthorized, "bad_totp", http.MethodPost, "/v1/sessions", with(second))
		r.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions", m{"email": p.email, "password": "wrong horse"})
		p.refused(http.StatusForbidden, "denied", http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"reset_totp": true})
		r.staff.want(http.StatusOK, http.MethodPatch, "/v1/ops/accounts/"+p.id, m{"reset_totp": true})
		p.want(http.StatusCreated, http.MethodPost, "/v1/sessions", in)
		p.want(http.StatusNotFound, http.MethodDelete, "/v1/me/totp", nil)
	})
}

// TestPeopleDevice shuts a stolen device out of its session and of the stream that it has
// open.
func TestPeopleDevice(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		made := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/devices", m{"name": "Box 7", "car_ids": []string{"0190a5f0-0000-7000-8000-000000000000"}})
		id := made.text(t, "id")
		credential := m{"device_id": id, "device_secret": made.text(t, "secret")}
		in := r.want(http.StatusCreated, http.MethodPost, "/v1/sessions", credential)
		device := r.as(in.text(t, "access_token"))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+"/v1/devices/commands", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+device.token)
		stream, err := r.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Body.Close()
		if stream.StatusCode != http.StatusOK {
			t.Fatalf("the stream: got %d", stream.StatusCode)
		}
		ended := make(chan error, 1)
		go func() { _, err := io.Copy(io.Discard, stream.Body); ended <- err }()
		if listed := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/devices", nil); listed.text(t, "items", 0, "id") != id || listed.at(t, "items", 0, "revoked_at") != nil {
			t.Errorf("got %v", listed.body)
		}
		begin := time.Now()
		for range 2 {
			r.staff.want(http.StatusNoContent, http.MethodDelete, "/v1/ops/devices/"+id, nil)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		device.until("the token is refused", "/v1/devices/cars", func(a answer) bool { return a.status == http.StatusUnauthorized })
		if took := time.Since(begin); took > bites {
			t.Errorf("the stream and the token were good for %v", took)
		}
		r.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions", credential)
		r.refused(http.StatusUnauthorized, "bad_refresh_token", http.MethodPost, "/v1/sessions/refresh", m{"refresh_token": in.text(t, "refresh_token")})
		if listed := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/devices", nil); listed.at(t, "items", 0, "revoked_at") == nil || len(listed.at(t, "items", 0, "car_ids").([]any)) != 0 {
			t.Errorf("got %v", listed.body)
		}
		r.staff.want(http.StatusNotFound, http.MethodDelete, "/v1/ops/devices/0190a5f0-0000-7000-8000-000000000000", nil)
	})
}

// TestPeopleBadInput sends what breaks a rule: each answer names the field, and nothing changes.
func TestPeopleBadInput(t *testing.T) {
	r := newRig(t, 1, 0)
	p := r.person()
	p.submitLicence()
	at := "/v1/ops/accounts/" + p.id
	before := p.everything(p.id, r.staff)
	for _, tc := range []struct {
		who          client
		method, path string
		body         any
		field        string
	}{
		{p.client, "PUT", "/v1/me/password", m{"password": p.password}, "new_password"},
		{p.client, "PUT", "/v1/me/password", m{"password": p.password, "new_password": "short"}, "new_password"},
		{p.client, "PUT", "/v1/me/password", m{"password": strings.Repeat("x", 129), "new_password": "better horse battery"}, "password"},
		{p.client, "PUT", "/v1/me/password", m{"password": p.password, "new_password": "better horse battery", "old": "x"}, "old"},
		{r.staff, "DELETE", "/v1/ops/devices/x", nil, "id"},
		{r.staff, "GET", "/v1/ops/devices?cursor=x", nil, "cursor"},
		{r.staff, "GET", "/v1/ops/devices?limit=0", nil, "limit"},
		{r.staff, "PUT", "/v1/me/totp", m{}, "code"},
		{r.staff, "PUT", "/v1/me/totp", m{"code": "12345"}, "code"},
		{r.staff, "PUT", "/v1/me/totp", m{"code": "12345x"}, "code"},
		{r.staff, "PUT", "/v1/me/totp", m{"code": 123456}, "code"},
		{r.staff, "DELETE", "/v1/me/totp", m{"code": "1"}, "code"},
		{r.staff, "POST", "/v1/me/totp", m{"secret": "x"}, "secret"},
		{r.staff, "POST", "/v1/me/totp", m{"password": strings.Repeat("x", 129)}, "password"},
		{r.client, "POST", "/v1/sessions", m{"email": p.email, "password": p.password, "totp": "12"}, "totp"},
		{r.client, "POST", "/v1/sessions", m{"wechat_code": "x"}, "wechat_code"},
		{r.client, "POST", "/v1/sessions", m{"wechat_code": "x", "email": p.email}, "wechat_code"},
		{r.client, "POST", "/v1/sessions", m{"wechat_code": strings.Repeat("x", 129)}, "wechat_code"},
		{r.client, "POST", "/v1/sessions", m{"device_id": "0190a5f0-0000-7000-8000-000000000000", "device_secret": "x", "totp": "123456"}, "device_id"},
		{p.client, "PATCH", "/v1/me", m{"name": ""}, "name"},
		{p.client, "PATCH", "/v1/me", m{"name": "A\n"}, "name"},
		{p.client, "PATCH", "/v1/me", m{"name": strings.Repeat("x", 101)}, "name"},
		{p.client, "PATCH", "/v1/me", m{"email": "x", "password": p.password}, "email"},
		{p.client, "PATCH", "/v1/me", m{"email": "a@example.com"}, "password"},
		{p.client, "PATCH", "/v1/me", m{"email": "", "password": p.password}, "email"},
		{p.client, "PATCH", "/v1/me", m{"phone": "12", "password": p.password}, "phone"},
		{p.client, "PATCH", "/v1/me", m{"phone": 12, "password": p.password}, "phone"},
		{p.client, "PATCH", "/v1/me", m{"roles": []string{"admin"}}, "roles"},
		{p.client, "DELETE", "/v1/me", m{"password": p.password}, "password"},
		{r.staff, "PATCH", at, m{"status": "erased"}, "status"},
		{r.staff, "PATCH", at, m{"status": "blocked"}, "reason"},
		{r.staff, "PATCH", at, m{"status": "blocked", "reason": "\u0007"}, "reason"},
		{r.staff, "PATCH", at, m{"status": "blocked", "reason": strings.Repeat("x", 501)}, "reason"},
		{r.staff, "PATCH", at, m{"roles": []string{}}, "roles"},
		{r.staff, "PATCH", at, m{"roles": []string{"device"}}, "roles[0]"},
		{r.staff, "PATCH", at, m{"roles": []string{"rider", "root"}}, "roles[1]"},
		{r.staff, "PATCH", at, m{"roles": "admin"}, "roles"},
		{r.staff, "PATCH", at, m{"name": "Eve"}, "name"},
		{r.staff, "PATCH", "/v1/ops/accounts/x", m{"status": "active"}, "id"},
		{r.staff, "GET", "/v1/ops/accounts?status=gone", nil, "status"},
		{r.staff, "GET", "/v1/ops/accounts?role=device", nil, "role"},
		{r.staff, "GET", "/v1/ops/accounts?phone=12", nil, "phone"},
		{r.staff, "GET", "/v1/ops/accounts?q=%07", nil, "q"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			a := tc.who.want(http.StatusBadRequest, tc.method, tc.path, tc.body)
			if !strings.Contains(fmt.Sprint(a.body["errors"]), "field:"+tc.field+"]") {
				t.Errorf("got %v", a.body)
			}
		})
	}
	r.staff.want(http.StatusNotFound, http.MethodPatch, "/v1/ops/accounts/1", m{"status": "active"})
	r.want(http.StatusUnauthorized, http.MethodDelete, "/v1/sessions/current", nil)
	if after := p.everything(p.id, r.staff); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}
