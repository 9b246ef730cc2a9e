package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// client speaks to the gateway as anybody would.
type client struct {
	t     testing.TB
	base  string
	token string
	http  *http.Client
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// at reads a value by its path: "session.access_token", "items.0.id".
func (a answer) at(t testing.TB, path ...any) any {
	t.Helper()
	var v any = a.body
	for _, key := range path {
		switch key := key.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no %v in %v", path, a.body)
			}
			v = m[key]
		case int:
			l, ok := v.([]any)
			if !ok || key >= len(l) {
				t.Fatalf("no %v in %v", path, a.body)
			}
			v = l[key]
		}
	}
	return v
}

func (a answer) text(t testing.TB, path ...any) string {
	t.Helper()
	s, ok := a.at(t, path...).(string)
	if !ok {
		t.Fatalf("%v is no text in %v", path, a.body)
	}
	return s
}

func (a answer) code() string { s, _ := a.body["code"].(string); return s }

// try sends a request and returns whatever comes back.
func (c client) try(method, path string, body any, headers ...string) (answer, error) {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, c.base+path, content)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &a.body)
	}
	return a, err
}

// want sends a request and holds the answer to a status.
func (c client) want(status int, method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		c.t.Fatalf("%s %s: got %d %v, want %d", method, path, a.status, a.body, status)
	}
	return a
}

func (c client) as(token string) client { c.token = token; return c }

// until asks again until ok is content with the answer.
func (c client) until(what, path string, ok func(answer) bool) answer {
	c.t.Helper()
	var last answer
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		a, err := c.try(http.MethodGet, path, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		if ok(a) {
			return a
		}
		last = a
		<-time.After(20 * time.Millisecond) // between two looks, not for something to happen
	}
	c.t.Fatalf("%s: last %d %v", what, last.status, last.body)
	return answer{}
}

type m = map[string]any

// euros is an amount on the wire.
func euros(cents int) m { return m{"amount": cents, "currency": "EUR"} }

var accounts atomic.Int64

// signUp opens an account that no test has used.
func (c client) signUp() (client, string) {
	c.t.Helper()
	for tries := 5; ; tries-- {
		a, err := c.try(http.MethodPost, "/v1/accounts",
			m{"email": fmt.Sprintf("rider-%d-%d@example.com", time.Now().UnixNano(), accounts.Add(1)), "password": "correct horse battery", "name": "Ada Rider"})
		switch {
		case err == nil && a.status == http.StatusCreated:
			return c.as(a.text(c.t, "session", "access_token")), a.text(c.t, "account", "id")
		case err == nil && a.status == http.StatusGatewayTimeout && tries > 0: // a password is hashed for long where many tests run at once
		default:
			c.t.Fatalf("signing up: got %d %v, %v", a.status, a.body, err)
		}
	}
}

// submitLicence sends a licence that no other rider has: one serves one account.
func (c client) submitLicence() {
	c.t.Helper()
	c.want(http.StatusOK, http.MethodPut, "/v1/me/licence",
		m{"number": fmt.Sprintf("B072R%d", accounts.Add(1)), "full_name": "Ada Rider", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"})
}

func (c client) topUp(cents int) {
	c.t.Helper()
	c.want(http.StatusCreated, http.MethodPost, "/v1/me/wallet/top-ups", m{"amount": euros(cents)},
		"Idempotency-Key", fmt.Sprintf("top-up-%d", time.Now().UnixNano()))
}

// rider is somebody who may drive: signed up, verified, with money.
func (c client) rider(staff client) (client, string) {
	c.t.Helper()
	rider, id := c.signUp()
	rider.submitLicence()
	staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+id+"/approve", nil)
	rider.topUp(5000)
	return rider, id
}
