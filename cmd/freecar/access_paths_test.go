package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAccessPaths: no other spelling of a path, and no header, is a way around a decision.
func TestAccessPaths(t *testing.T) {
	r := newRig(t, 1, 0)
	rider := r.person()
	t.Run("another spelling is no route, or the same one", func(t *testing.T) {
		for _, path := range []string{
			"/v1/ops/../me", "/v1/me/../ops/accounts", "/v1/./ops/accounts", "/v1//ops/accounts", "//v1/ops/accounts", "/v1/ops/accounts/", "/v1/ops/accounts//",
			"/v1/OPS/accounts", "/V1/me", "/v1/Me", "/v1/me.", "/v1/me/", "/v1/me%00", "/v1/me;x=1", "/v1/me%2f", "/v1/me%20", "/v1/me%3Fx",
			"/v1%2fme", "/v1%2Fme", "/v1/trips%2Fcurrent", "/v1/%2e%2e/v1/me", "/v1/ops%2faccounts", "/v1/ops/..%2fme", "/v1/me/%2e%2e/ops/accounts", "/v1/ops/accounts%2f" + rider.id,
			"/v1/ops\\accounts", "/internal/v1/personal", "/v1/../internal/v1/personal", "/internal%2fv1/personal", "/internal/v1/first-admin",
			"/objects/../v1/me", "/objects/..%2f..%2fuser.db", "/objects/%2e%2e%2fuser.db", "/objects/", "/metrics", "/debug/pprof/",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
				status, body := r.wire(t, method, path, rider.token)
				if status != http.StatusNotFound && status != http.StatusMethodNotAllowed && status != http.StatusForbidden && status != http.StatusBadRequest {
					t.Errorf("%s %s: got %d %s", method, path, status, body)
				}
				if strings.Contains(body, rider.id) {
					t.Errorf("%s %s: got %s", method, path, body)
				}
			}
		}
	})
	t.Run("no header makes it another request", func(t *testing.T) {
		for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
			rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil, header, "DELETE")
			rider.want(http.StatusMethodNotAllowed, http.MethodPost, "/v1/me", nil, header, "DELETE")
		}
		for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Path"} {
			if got := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil, header, "/v1/ops/accounts"); got.text(t, "id") != rider.id {
				t.Errorf("%s: got %v", header, got.body)
			}
		}
		rider.want(http.StatusBadRequest, http.MethodGet, "/v1/trips?_method=DELETE", nil)
		rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil) // still there
	})
	t.Run("a token is taken in the header alone, once, and as what it is", func(t *testing.T) {
		for _, path := range []string{"/v1/me?access_token=" + rider.token, "/v1/me?token=" + rider.token} {
			r.want(http.StatusUnauthorized, http.MethodGet, path, nil)
		}
		for _, header := range []string{"Cookie", "X-Access-Token", "Proxy-Authorization", "X-Authorization"} {
			r.want(http.StatusUnauthorized, http.MethodGet, "/v1/me", nil, header, "Bearer "+rider.token)
		}
		for _, value := range []string{"Basic " + rider.token, rider.token, "Bearer", "Bearer " + rider.token + ", Bearer " + rider.token, "Bearer \t" + rider.token} {
			r.want(http.StatusUnauthorized, http.MethodGet, "/v1/me", nil, "Authorization", value)
		}
	})
	t.Run("no other site's script reads an answer", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "null", r.base} {
			for _, a := range []answer{
				rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil, "Origin", origin),
				rider.want(http.StatusMethodNotAllowed, http.MethodOptions, "/v1/me", nil, "Origin", origin,
					"Access-Control-Request-Method", "DELETE", "Access-Control-Request-Headers", "authorization"),
			} {
				for name := range a.header {
					if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
						t.Errorf("%s: %s is %v", origin, name, a.header[name])
					}
				}
				if a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Cache-Control"), "no-") {
					t.Errorf("the headers: %v", a.header)
				}
			}
		}
	})
}

// wire sends a path as it is: no client of ours would.
func (r *rig) wire(t *testing.T, method, path, bearer string) (int, string) {
	t.Helper()
	address, err := url.Parse(r.base)
	if err != nil {
		t.Fatal(err)
	}
	request := &http.Request{Method: method, URL: &url.URL{Scheme: "http", Host: address.Host, Opaque: path}, Host: address.Host, Header: http.Header{}}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	// An Opaque of a path goes onto the line as it is, save one that begins like a host.
	if strings.HasPrefix(path, "//") {
		request.URL.Opaque = "http://" + address.Host + path
	}
	resp, err := r.http.Transport.RoundTrip(request.WithContext(t.Context()))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestAccessMembers: nobody gives themselves what is not theirs to give by naming it.
func TestAccessMembers(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, id := r.rider(r.staff)
	before := rider.everything(id, r.staff)
	car := "0190a5f0-0000-7000-8000-000000000000"
	paper := func(more m) m {
		all := m{"number": "B072", "full_name": "Ada", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	for _, ask := range []struct {
		method, path string
		body         m
		field        string
	}{
		{"PATCH", "/v1/me", m{"name": "Eve", "roles": []string{"admin"}}, "roles"},
		{"PATCH", "/v1/me", m{"name": "Eve", "status": "active"}, "status"},
		{"PATCH", "/v1/me", m{"name": "Eve", "id": "1"}, "id"},
		{"PATCH", "/v1/me", m{"name": "Eve", "Name": "Mallory"}, "Name"},
		{"PATCH", "/v1/me", m{"name": "Eve", "version": 1}, "version"},
		{"PUT", "/v1/me/licence", paper(m{"status": "verified"}), "status"},
		{"PUT", "/v1/me/licence", paper(m{"account_id": "1"}), "account_id"},
		{"PUT", "/v1/me/licence", paper(m{"decided_by": "1"}), "decided_by"},
		{"POST", "/v1/me/licence/photo", m{"content_type": "image/png", "size": 60, "owner_id": "1"}, "owner_id"},
		{"POST", "/v1/me/avatar", m{"content_type": "image/png", "size": 60, "purpose": "licence_photo"}, "purpose"},
		{"POST", "/v1/me/wallet/top-ups", m{"amount": euros(500), "state": "settled"}, "state"},
		{"POST", "/v1/me/wallet/top-ups", m{"amount": euros(500), "account_id": "1"}, "account_id"},
		{"POST", "/v1/me/wallet/top-ups", m{"amount": euros(500), "balance": euros(99)}, "balance"},
		{"POST", "/v1/trips", m{"car_id": car, "account_id": "1"}, "account_id"},
		{"POST", "/v1/trips", m{"car_id": car, "plan_id": "free"}, "plan_id"},
		{"POST", "/v1/trips", m{"car_id": car, "fare": euros(0)}, "fare"},
		{"POST", "/v1/reservations", m{"car_id": car, "expires_at": "2040-01-01T00:00:00Z"}, "expires_at"},
		{"POST", "/v1/accounts", m{"email": "eve@example.com", "password": "correct horse", "name": "Eve", "roles": []string{"admin"}}, "roles"},
		{"POST", "/v1/accounts", m{"email": "eve@example.com", "password": "correct horse", "name": "Eve", "status": "active"}, "status"},
		{"POST", "/v1/sessions", m{"email": "eve@example.com", "password": "correct horse", "roles": []string{"admin"}}, "roles"},
		{"POST", "/v1/sessions/refresh", m{"refresh_token": "x", "account_id": "1"}, "account_id"},
	} {
		a := rider.want(http.StatusBadRequest, ask.method, ask.path, ask.body, "Idempotency-Key", "members-"+ask.field)
		if got := fmt.Sprint(a.body["errors"]); !strings.Contains(got, ask.field) {
			t.Errorf("%s %s with %s: got %v", ask.method, ask.path, ask.field, a.body)
		}
	}
	// What is read from header or path cannot be said in the body or query instead.
	rider.want(http.StatusBadRequest, http.MethodGet, "/v1/me/wallet/entries?account_id=1", nil)
	rider.want(http.StatusBadRequest, http.MethodGet, "/v1/trips?account_id=1", nil)
	rider.want(http.StatusBadRequest, http.MethodGet, "/v1/trips?account=1", nil)
	if after := rider.everything(id, r.staff); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestAccessLinks: the address of a picture is good for what it was made for, and its
// bytes are shown as a picture or not at all.
func TestAccessLinks(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, _ := r.signUp()
	up := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/avatar", photoOf(60))
	room, err := url.Parse(up.text(t, "upload", "url"))
	if err != nil {
		t.Fatal(err)
	}
	send := func(method string, u url.URL, body []byte, change func(*http.Request)) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, u.String(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(request)
		}
		resp, err := r.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp
	}
	refusedBy := func(t *testing.T, method string, good url.URL) {
		t.Helper()
		q := good.Query()
		for name, change := range map[string]func(*url.URL, url.Values){
			"a later end":       func(_ *url.URL, q url.Values) { q.Set("expires", "4000000000000") },
			"another signature": func(_ *url.URL, q url.Values) { q.Set("signature", strings.Repeat("A", len(q.Get("signature")))) },
			"a longer one":      func(_ *url.URL, q url.Values) { q.Set("signature", q.Get("signature")+"=") },
			"none":              func(_ *url.URL, q url.Values) { q.Del("signature") },
			"no end":            func(_ *url.URL, q url.Values) { q.Del("expires") },
			"another object":    func(u *url.URL, _ url.Values) { u.Path = "/objects/0190a5f0-0000-7000-8000-000000000000" },
		} {
			u, changed := good, url.Values{}
			for k, v := range q {
				changed[k] = append([]string(nil), v...)
			}
			change(&u, changed)
			u.RawQuery = changed.Encode()
			if resp := send(method, u, png(60), nil); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s: got %d", method, name, resp.StatusCode)
			}
		}
	}
	t.Run("an upload", func(t *testing.T) {
		refusedBy(t, http.MethodPut, *room)
		if resp := send(http.MethodGet, *room, nil, nil); resp.StatusCode != http.StatusForbidden {
			t.Errorf("read by the address to write: got %d", resp.StatusCode)
		}
		for name, bytes := range map[string][]byte{"a page": []byte("<html><script>alert(1)</script>" + strings.Repeat(" ", 29)),
			"another kind of picture": append([]byte("GIF89a"), make([]byte, 54)...), "more than was said": png(61)} {
			if resp := send(http.MethodPut, *room, bytes, func(q *http.Request) { q.Header.Set("Content-Type", "image/png") }); resp.StatusCode/100 != 4 {
				t.Errorf("%s: got %d", name, resp.StatusCode)
			}
		}
		if resp := send(http.MethodPut, *room, png(60), nil); resp.StatusCode != http.StatusOK {
			t.Fatalf("got %d", resp.StatusCode)
		}
		if resp := send(http.MethodPut, *room, png(60), nil); resp.StatusCode != http.StatusConflict {
			t.Errorf("once more: got %d", resp.StatusCode)
		}
	})
	t.Run("a download", func(t *testing.T) {
		link, err := url.Parse(rider.until("the picture is there", "/v1/me/avatar", func(a answer) bool { return a.status == http.StatusOK }).text(t, "url"))
		if err != nil {
			t.Fatal(err)
		}
		refusedBy(t, http.MethodGet, *link)
		if resp := send(http.MethodPut, *link, png(60), nil); resp.StatusCode != http.StatusForbidden {
			t.Errorf("written by the address to read: got %d", resp.StatusCode)
		}
		resp := send(http.MethodGet, *link, nil, nil)
		for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; sandbox"} {
			if got := resp.Header[name]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: got %q", name, got)
			}
		}
		if got := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline; filename=") || !strings.HasSuffix(got, `.png"`) {
			t.Errorf("got %q", got)
		}
		if got := resp.Header.Get("Cache-Control"); !strings.HasPrefix(got, "private") {
			t.Errorf("got %q", got)
		}
		rider.want(http.StatusNoContent, http.MethodDelete, "/v1/me/avatar", nil)
		rider.until("the address is dead", "/v1/me/avatar", func(answer) bool { return send(http.MethodGet, *link, nil, nil).StatusCode == http.StatusNotFound })
	})
}

// TestAccessLimits: who is counted cannot be chosen by a header.
func TestAccessLimits(t *testing.T) {
	r := newRig(t, 1, 0, func(o *platformOptions) { o.Limits = true })
	const most = 30 // by default
	claims := []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "Freecar-Client", "X-Request-Id"}
	limited := false
	for i := range most + 1 {
		var headers []string
		for _, name := range claims {
			headers = append(headers, name, fmt.Sprintf("203.0.113.%d", i))
		}
		// Another name each time, so that it is the address that is counted.
		a, err := r.try(http.MethodPost, "/v1/sessions", m{"device_id": "0190a5f0-0000-7000-8000-000000000000", "device_secret": fmt.Sprint("guess", i)}, headers...)
		if err != nil {
			t.Fatal(err)
		}
		limited = a.status == http.StatusTooManyRequests
		if limited != (i == most) {
			t.Fatalf("attempt %d: got %d", i, a.status)
		}
	}
	t.Run("another address is not", func(t *testing.T) {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		away := r.client
		away.http = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return from.DialContext(ctx, network, address)
		}}}
		defer away.http.CloseIdleConnections()
		away.refused(http.StatusUnauthorized, "bad_credentials", http.MethodPost, "/v1/sessions",
			m{"device_id": "0190a5f0-0000-7000-8000-000000000000", "device_secret": "guess"})
	})
}
