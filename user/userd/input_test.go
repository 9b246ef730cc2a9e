package userd_test

import (
	"strings"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/ids"
)

func TestAccess(t *testing.T) {
	h := newHouse(t)
	trip := ids.Random{}.New()
	broken := `{"email":"`
	routes := []struct{ method, path, admitted string }{
		{"POST", "/v1/accounts", "nobody rider support fleet finance admin device trip"},
		{"POST", "/v1/sessions", "nobody rider support fleet finance admin device trip"},
		{"POST", "/v1/sessions/refresh", "nobody rider support fleet finance admin device trip"},
		{"DELETE", "/v1/sessions/current", "rider support fleet finance admin device"},
		{"GET", "/v1/me", "rider support fleet finance admin"},
		{"PATCH", "/v1/me", "rider support fleet finance admin"},
		{"PUT", "/v1/me/password", "rider support fleet finance admin"},
		{"POST", "/v1/me/totp", "support fleet finance admin"},
		{"PUT", "/v1/me/totp", "support fleet finance admin"},
		{"DELETE", "/v1/me/totp", "rider support fleet finance admin"},
		{"PATCH", "/v1/ops/accounts/1", "support admin"},
		{"GET", "/v1/ops/devices", "fleet admin"},
		{"DELETE", "/v1/ops/devices/" + trip, "admin"},
		// Through the gateway they all came, which asks this for itself and never routes it.
		{"GET", "/internal/v1/revocations", "nobody rider support fleet finance admin device"},
		{"GET", "/internal/v1/personal", "nobody rider support fleet finance admin device"},
		{"GET", "/v1/ops/accounts", "support fleet finance admin"},
		{"GET", "/v1/ops/accounts/1", "support fleet finance admin"},
		{"POST", "/v1/ops/devices", "admin"},
		{"GET", "/v1/me/wallet", "rider"},
		{"GET", "/v1/me/wallet/entries", "rider"},
		{"POST", "/v1/me/wallet/top-ups", "rider"},
		{"POST", "/internal/v1/holds", "trip"},
		{"POST", "/internal/v1/holds/" + trip + "/capture", "trip"},
		{"POST", "/internal/v1/holds/" + trip + "/release", "trip"},
	}
	doors := map[string]*door{"nobody": h.stranger(), "trip": {house: h, via: "trip"}}
	for _, role := range []auth.Roles{auth.Rider, auth.Support, auth.Fleet, auth.Finance, auth.Admin, auth.Device} {
		doors[role.String()] = h.as("1", role)
	}
	for _, route := range routes {
		for name, d := range doors {
			body := ""
			if route.method == "POST" && !strings.Contains(route.path, "holds/") {
				body = broken // whoever is admitted gets a 400 for it
			}
			got := d.send(t, route.method, route.path, body).Status
			admitted := got != 401 && got != 403
			if want := strings.Contains(" "+route.admitted+" ", " "+name+" "); admitted != want {
				t.Errorf("%s %s by %s: got %d, admitted should be %t", route.method, route.path, name, got, want)
			}
			if got >= 500 {
				t.Errorf("%s %s by %s: got %d", route.method, route.path, name, got)
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	h := newHouse(t)
	rider, admin, trip, anyone := h.as("1", auth.Rider), h.as("9", auth.Admin), h.trip("1"), h.stranger()
	operator := &door{house: h, via: auth.Operators}
	keyed := h.as("1", auth.Rider)
	keyed.key = "k"
	badKey := h.as("1", auth.Rider)
	badKey.key = strings.Repeat("k", 129)
	uuid, long := ids.Random{}.New(), strings.Repeat("x", 300)
	for _, tc := range []struct {
		who                *door
		method, path, body string
		want               string
	}{
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","name":"A"}`, "password required"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"1234567","name":"A"}`, "password too_short"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"` + long + `","name":"A"}`, "password too_long"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"12345678"}`, "name required"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"12345678","name":"\u0007"}`, "name invalid"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"12345678","name":" "}`, "name required"},
		{anyone, "POST", "/v1/accounts", `{"password":"12345678","name":"A"}`, "email required"},
		{anyone, "POST", "/v1/accounts", `{"email":"nonsense","password":"12345678","name":"A"}`, "email invalid"},
		{anyone, "POST", "/v1/accounts", `{"email":"` + long + `","password":"12345678","name":"A"}`, "email too_long"},
		{anyone, "POST", "/v1/accounts", `{"phone":"030 1234","password":"12345678","name":"A"}`, "phone invalid"},
		{anyone, "POST", "/v1/accounts", `{"email":"a@b.cd","password":"12345678","name":"A","roles":["admin"]}`, "roles unknown"},
		{anyone, "POST", "/v1/accounts", `{"email":5,"password":"12345678","name":"A"}`, "email wrong_type"},
		{anyone, "POST", "/v1/sessions", `{}`, "email required"},
		{anyone, "POST", "/v1/sessions", `{"email":"a@b.cd"}`, "password required"},
		{anyone, "POST", "/v1/sessions", `{"email":"a@b.cd","phone":"+4930123456","password":"12345678"}`, "phone conflict"},
		{anyone, "POST", "/v1/sessions", `{"device_id":"7","device_secret":"x"}`, "device_id invalid"},
		{anyone, "POST", "/v1/sessions", `{"device_id":"` + uuid + `"}`, "device_secret required"},
		{anyone, "POST", "/v1/sessions", `{"device_secret":"x"}`, "device_id required"},
		{anyone, "POST", "/v1/sessions", `{"device_id":"` + uuid + `","device_secret":"x","email":"a@b.cd"}`, "device_id conflict"},
		{anyone, "POST", "/v1/sessions/refresh", `{}`, "refresh_token required"},
		{admin, "GET", "/v1/ops/accounts?limit=0", "", "limit too_small"},
		{admin, "GET", "/v1/ops/accounts?limit=101", "", "limit too_large"},
		{admin, "GET", "/v1/ops/accounts?cursor=x", "", "cursor invalid"},
		{admin, "GET", "/v1/ops/accounts?email=x", "", "email invalid"},
		{admin, "GET", "/v1/ops/accounts/x", "", "id invalid"},
		{admin, "POST", "/v1/ops/devices", `{}`, "name required"},
		{admin, "POST", "/v1/ops/devices", `{"name":"A","car_ids":["x"]}`, "car_ids[0] invalid"},
		{rider, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":500,"currency":"EUR"}}`, "Idempotency-Key required"},
		{badKey, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":500,"currency":"EUR"}}`, "Idempotency-Key invalid"},
		{keyed, "POST", "/v1/me/wallet/top-ups", `{}`, "amount.currency required"},
		{keyed, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":99,"currency":"EUR"}}`, "amount.amount too_small"},
		{keyed, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":100001,"currency":"EUR"}}`, "amount.amount too_large"},
		{keyed, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":500,"currency":"USD"}}`, "amount.currency unsupported"},
		{keyed, "POST", "/v1/me/wallet/top-ups", `{"amount":{"amount":5.5,"currency":"EUR"}}`, "amount.amount wrong_type"},
		{rider, "GET", "/v1/me/wallet/entries?cursor=x", "", "cursor invalid"},
		{trip, "POST", "/internal/v1/holds", `{"trip_id":"x","account_id":"1","amount":{"amount":1,"currency":"EUR"}}`, "trip_id invalid"},
		{trip, "POST", "/internal/v1/holds", `{"trip_id":"` + uuid + `","account_id":"x","amount":{"amount":1,"currency":"EUR"}}`, "account_id invalid"},
		{trip, "POST", "/internal/v1/holds", `{"trip_id":"` + uuid + `","account_id":"1","amount":{"amount":-1,"currency":"EUR"}}`, "amount.amount too_small"},
		{trip, "POST", "/internal/v1/holds/" + uuid + "/capture", `{"amount":{"amount":1,"currency":"SEK"}}`, "amount.currency unsupported"},
		{trip, "POST", "/internal/v1/holds/x/release", ``, "trip_id invalid"},
		{operator, "POST", "/internal/v1/reset-totp", `{"email":"a\u0007@b.cd"}`, "email invalid"},
	} {
		if a := tc.who.send(t, tc.method, tc.path, tc.body); a.Status != 400 || a.bad() != tc.want {
			t.Errorf("%s %s %.80s: got %d %q, want 400 %q", tc.method, tc.path, tc.body, a.Status, a.bad(), tc.want)
		}
	}
}
