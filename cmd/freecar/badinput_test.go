package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestBadInput sends what breaks a rule: each answer is 400 and names the field, and
// nothing changes.
func TestBadInput(t *testing.T) {
	r := newRig(t, 1, 2)
	rider, account := r.rider(r.staff)
	car := rider.cars(2)[0]
	const nobody = "0190a5f0-0000-7000-8000-000000000000"
	licence := func(change m) m {
		whole := m{"number": "B072RRE2I55", "full_name": "Ada", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"}
		for k, v := range change {
			whole[k] = v
		}
		return whole
	}
	before := rider.everything(account, r.staff)
	for _, tc := range []struct {
		who          client
		method, path string
		body         any
		field        string
	}{
		{r.client, "POST", "/v1/accounts", m{"email": "x", "password": "correct horse battery", "name": "A"}, "email"},
		{r.client, "POST", "/v1/accounts", m{"phone": "12", "password": "correct horse battery", "name": "A"}, "phone"},
		{r.client, "POST", "/v1/accounts", m{"password": "correct horse battery", "name": "A"}, "email"},
		{r.client, "POST", "/v1/accounts", m{"email": "a@example.com", "password": "short", "name": "A"}, "password"},
		{r.client, "POST", "/v1/accounts", m{"email": "a@example.com", "password": strings.Repeat("x", 129), "name": "A"}, "password"},
		{r.client, "POST", "/v1/accounts", m{"email": "a@example.com", "password": "correct horse battery", "name": "A\u0000"}, "name"},
		{r.client, "POST", "/v1/accounts", m{"email": "a@example.com", "password": "correct horse battery", "name": "A", "roles": []string{"admin"}}, "roles"},
		{r.client, "POST", "/v1/accounts", m{"email": 7, "password": "correct horse battery", "name": "A"}, "email"},
		{r.client, "POST", "/v1/sessions", m{}, "email"},
		{r.client, "POST", "/v1/sessions/refresh", m{}, "refresh_token"},
		{rider, "PUT", "/v1/me/licence", licence(m{"birth_date": "10.12.1990"}), "birth_date"},
		{rider, "PUT", "/v1/me/licence", licence(m{"birth_date": "2020-01-01"}), "birth_date"},
		{rider, "PUT", "/v1/me/licence", licence(m{"expires_on": "2001-02-30"}), "expires_on"},
		{rider, "PUT", "/v1/me/licence", licence(m{"country": "Germany"}), "country"},
		{rider, "PUT", "/v1/me/licence", licence(m{"number": ""}), "number"},
		{rider, "POST", "/v1/me/licence/photo", m{"content_type": "text/html", "size": 10}, "content_type"},
		{rider, "POST", "/v1/me/licence/photo", m{"content_type": "image/png", "size": 0}, "size"},
		{rider, "POST", "/v1/me/wallet/top-ups", m{"amount": euros(99)}, "amount.amount"},
		{rider, "POST", "/v1/me/wallet/top-ups", m{"amount": m{"amount": 1.5, "currency": "EUR"}}, "amount.amount"},
		{rider, "POST", "/v1/me/wallet/top-ups", m{"amount": m{"amount": 1000, "currency": "USD"}}, "amount.currency"},
		{rider, "POST", "/v1/me/wallet/top-ups", m{}, "amount.currency"},
		{rider, "GET", "/v1/me/wallet/entries?limit=0", nil, "limit"},
		{rider, "GET", "/v1/me/wallet/entries?limit=101", nil, "limit"},
		{rider, "GET", "/v1/me/wallet/entries?cursor=!", nil, "cursor"},
		{rider, "GET", "/v1/cars", nil, "latitude"},
		{rider, "GET", "/v1/cars?latitude=91&longitude=0", nil, "latitude"},
		{rider, "GET", "/v1/cars?latitude=NaN&longitude=0", nil, "latitude"},
		{rider, "GET", "/v1/cars?latitude=1&longitude=0&radius_m=0", nil, "radius_m"},
		{rider, "GET", "/v1/cars?bbox=1,2,3", nil, "bbox"},
		{rider, "GET", "/v1/cars?latitude=1&longitude=0&lat=1", nil, "lat"},
		{rider, "GET", "/v1/cars/not-an-id", nil, "id"},
		{rider, "POST", "/v1/trips", m{}, "car_id"},
		{rider, "POST", "/v1/trips", m{"car_id": "1"}, "car_id"},
		{rider, "POST", "/v1/trips", m{"car_id": car, "position": m{"latitude": 91, "longitude": 0}}, "position.latitude"},
		{rider, "POST", "/v1/trips", m{"car_id": car, "position": []int{1}}, "position"},
		{rider, "GET", "/v1/trips?state=driving", nil, "state"},
		{rider, "GET", "/v1/trips?cursor=null", nil, "cursor"},
		{rider, "POST", "/v1/trips/x/end", nil, "id"},
		{r.staff, "GET", "/v1/ops/licences?status=maybe", nil, "status"},
		{r.staff, "POST", "/v1/ops/licences/" + account + "/reject", m{"reason": ""}, "reason"},
		{r.staff, "POST", "/v1/ops/cars", m{"plate": "", "model": "Zoe"}, "plate"},
		{r.staff, "POST", "/v1/ops/cars", m{"plate": "B-XX 1", "model": "Zoe", "charge_percent": 101}, "charge_percent"},
		{r.staff, "POST", "/v1/ops/devices", m{"name": "d", "car_ids": []string{"x"}}, "car_ids[0]"},
		{r.staff, "GET", "/v1/ops/accounts?limit=x", nil, "limit"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			a, err := tc.who.try(tc.method, tc.path, tc.body, "Idempotency-Key", "k")
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusBadRequest || !strings.Contains(fmt.Sprint(a.body["errors"]), "field:"+tc.field+"]") || a.code() == "" {
				t.Errorf("got %d %v", a.status, a.body)
			}
		})
	}
	for name, raw := range map[string]string{
		"no JSON":           `car`,
		"ends early":        `{"car_id":"` + nobody,
		"a member twice":    `{"car_id":"` + nobody + `","car_id":"` + nobody + `"}`,
		"not UTF-8":         "{\"car_id\":\"\xff\"}",
		"an array":          `[]`,
		"null":              `null`,
		"deep":              strings.Repeat("[", 20_000),
		"another case":      `{"Car_ID":"` + nobody + `"}`,
		"something behind":  `{"car_id":"` + nobody + `"} {}`,
		"a number too much": `{"car_id":1e999}`,
	} {
		t.Run("a body: "+name, func(t *testing.T) {
			if status, body := rider.raw(t, raw, "application/json"); status != http.StatusBadRequest || strings.Contains(body, "goroutine") {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
	t.Run("a body too large", func(t *testing.T) {
		if status, body := rider.raw(t, `{"car_id":"`+strings.Repeat("x", 1<<20)+`"}`, "application/json"); status != http.StatusRequestEntityTooLarge {
			t.Errorf("got %d %s", status, body)
		}
	})
	t.Run("another media type", func(t *testing.T) {
		if status, body := rider.raw(t, `{}`, "text/plain"); status != http.StatusUnsupportedMediaType {
			t.Errorf("got %d %s", status, body)
		}
	})
	t.Run("a top-up without a key", func(t *testing.T) {
		a := rider.want(http.StatusBadRequest, http.MethodPost, "/v1/me/wallet/top-ups", m{"amount": euros(1000)})
		if !strings.Contains(fmt.Sprint(a.body["errors"]), "field:Idempotency-Key") {
			t.Errorf("got %v", a.body)
		}
	})
	if after := rider.everything(account, r.staff); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// raw posts a body as it is to where trips start.
func (c client) raw(t *testing.T, body, contentType string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"/v1/trips", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", contentType)
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// everything is what a rider has, in one text.
func (c client) everything(account string, staff client) string {
	c.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/v1/me", "/v1/me/licence", "/v1/me/wallet", "/v1/me/wallet/entries", "/v1/trips"} {
		fmt.Fprintln(&all, path, c.want(http.StatusOK, http.MethodGet, path, nil).body)
	}
	fmt.Fprintln(&all, staff.want(http.StatusOK, http.MethodGet, "/v1/ops/accounts/"+account, nil).body)
	for _, path := range []string{"/v1/ops/accounts?limit=100", "/v1/ops/cars?limit=100"} {
		fmt.Fprintln(&all, path, len(staff.want(http.StatusOK, http.MethodGet, path, nil).body["items"].([]any)))
	}
	return all.String()
}
