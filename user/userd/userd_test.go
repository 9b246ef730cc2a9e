package userd_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/token"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

func euros(minor int64) wire.Money { return wire.FromMoney(money.Of(minor)) }

func signUp(t *testing.T, h *house) userapi.SignedUp {
	t.Helper()
	return must[userapi.SignedUp](t)(userapi.SignUp.Call(t.Context(), h.stranger(), userapi.SignUpRequest{
		Email: "Ada@Example.org", Password: "correct horse", Name: "Ada"}))
}

// principal reads an access token as the gateway does.
func (h *house) principal(t *testing.T, text string) auth.Principal {
	t.Helper()
	public := map[string]ed25519.PublicKey{}
	for _, k := range h.keys.Signing {
		public[k.ID] = k.Public()
	}
	v, err := token.NewVerifier(public, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := v.Verify(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestJourney(t *testing.T) {
	dir := t.TempDir()
	h := openHouse(t, dir)
	signed := signUp(t, h)
	id := signed.Account.ID

	p := h.principal(t, signed.Session.AccessToken)
	if p.Subject != id || p.Roles != auth.Rider || p.Session == "" || signed.Session.ExpiresIn != 900 || signed.Session.TokenType != "Bearer" {
		t.Errorf("got %+v for %+v", p, signed)
	}
	if *signed.Account.Email != "ada@example.org" || signed.Account.Phone != nil || signed.Account.Status != "active" {
		t.Errorf("got %+v", signed.Account)
	}

	rider := h.as(id, auth.Rider)
	topUp := userapi.TopUpRequest{Amount: euros(5000), Keyed: kitx.Keyed{IdempotencyKey: "first"}}
	made := must[userapi.TopUp](t)(userapi.AddTopUp.Call(t.Context(), rider, topUp))
	again := must[userapi.TopUp](t)(userapi.AddTopUp.Call(t.Context(), rider, topUp))
	if made.State != "settled" || again.ID != made.ID || rider.last.Get(kitx.ReplayedHeader) != "true" {
		t.Errorf("got %+v and %+v", made, again)
	}

	trip, paid := h.trip(id), ids.Random{}.New()
	must[userapi.Hold](t)(userapi.PlaceHold.Call(t.Context(), trip, userapi.PlaceHoldRequest{TripID: paid, AccountID: id, Amount: euros(2000)}))
	must[userapi.Hold](t)(userapi.PlaceHold.Call(t.Context(), trip, userapi.PlaceHoldRequest{TripID: ids.Random{}.New(), AccountID: id, Amount: euros(1000)}))
	_, err := userapi.PlaceHold.Call(t.Context(), trip, userapi.PlaceHoldRequest{TripID: ids.Random{}.New(), AccountID: id, Amount: euros(2001)})
	if !errors.Is(err, user.ErrInsufficientFunds) {
		t.Errorf("got %v", err)
	}
	hold := must[userapi.Hold](t)(userapi.CaptureHold.Call(t.Context(), trip, userapi.CaptureHoldRequest{TripID: paid, Amount: euros(750)}))
	if hold.State != "captured" || hold.Captured != euros(750) {
		t.Errorf("got %+v", hold)
	}
	h.close(t)

	h = openHouse(t, dir) // all of it survives
	defer h.close(t)
	rider = h.as(id, auth.Rider)
	if w := must[userapi.Wallet](t)(userapi.GetWallet.Call(t.Context(), rider, kitx.None{})); w != (userapi.Wallet{Balance: euros(4250), Held: euros(1000), Available: euros(3250)}) {
		t.Errorf("got %+v", w)
	}
	var kinds []string
	request := userapi.EntriesRequest{Paging: wire.Paging{Limit: 2}}
	for {
		page := must[wire.Page[userapi.WalletEntry]](t)(userapi.WalletEntries.Call(t.Context(), rider, request))
		for _, e := range page.Items {
			kinds = append(kinds, e.Kind)
		}
		if page.NextCursor == nil {
			break
		}
		request.Cursor = *page.NextCursor
	}
	if got := strings.Join(kinds, " "); got != "capture release hold hold top_up" {
		t.Errorf("got %s", got)
	}
}

func TestSessions(t *testing.T) {
	h := newHouse(t)
	signed := signUp(t, h)
	t.Run("sign in, refresh, and a spent token ends the session", func(t *testing.T) {
		in := must[userapi.SignedIn](t)(userapi.SignIn.Call(t.Context(), h.stranger(), userapi.SignInRequest{Email: "ADA@example.org", Password: "correct horse"}))
		if in.Account == nil || in.Account.ID != signed.Account.ID || h.principal(t, in.AccessToken).Subject != signed.Account.ID {
			t.Errorf("got %+v", in)
		}
		fresh := must[userapi.SignedIn](t)(userapi.Refresh.Call(t.Context(), h.stranger(), userapi.RefreshRequest{RefreshToken: in.RefreshToken}))
		h.clock.Advance(time.Minute)
		for _, text := range []string{in.RefreshToken, fresh.RefreshToken} {
			if _, err := userapi.Refresh.Call(t.Context(), h.stranger(), userapi.RefreshRequest{RefreshToken: text}); !errors.Is(err, user.ErrBadRefreshToken) {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("wrong credentials of every sort are 401", func(t *testing.T) {
		for _, body := range []string{
			`{"email":"ada@example.org","password":"wrong horse"}`,
			`{"email":"eve@example.org","password":"wrong horse"}`,
			`{"phone":"+4930123456","password":"wrong horse"}`,
			`{"device_id":"` + ids.Random{}.New() + `","device_secret":"x"}`,
		} {
			if a := h.stranger().send(t, "POST", "/v1/sessions", body); a.Status != 401 || a.Code != "bad_credentials" {
				t.Errorf("%s: got %+v", body, a)
			}
		}
	})
	t.Run("a device signs in, and is no account", func(t *testing.T) {
		device := must[userapi.RegisteredDevice](t)(userapi.RegisterDevice.Call(t.Context(), h.as("9", auth.Admin), userapi.RegisterDeviceRequest{Name: "Box 7"}))
		in := must[userapi.SignedIn](t)(userapi.SignIn.Call(t.Context(), h.stranger(), userapi.SignInRequest{DeviceID: device.ID, DeviceSecret: device.Secret}))
		if p := h.principal(t, in.AccessToken); p.Subject != device.ID || p.Roles != auth.Device || in.Account != nil {
			t.Errorf("got %+v as %+v", in, p)
		}
	})
	t.Run("me, and staff's view of me", func(t *testing.T) {
		me := must[userapi.Account](t)(userapi.Me.Call(t.Context(), h.as(signed.Account.ID, auth.Rider), kitx.None{}))
		staff := h.as("9", auth.Fleet)
		seen := must[userapi.StaffAccount](t)(userapi.GetAccount.Call(t.Context(), staff, userapi.AccountRequest{ID: me.ID}))
		page := must[wire.Page[userapi.StaffAccount]](t)(userapi.Accounts.Call(t.Context(), staff, userapi.AccountsRequest{Paging: wire.Paging{Limit: 5}, Email: "ada@example.org"}))
		if me.Name != "Ada" || seen.ID != me.ID || len(page.Items) != 1 || page.Items[0].ID != me.ID {
			t.Errorf("got %+v, %+v, %+v", me, seen, page)
		}
		if _, err := userapi.GetAccount.Call(t.Context(), staff, userapi.AccountRequest{ID: "1"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("signing up twice is a conflict", func(t *testing.T) {
		a := h.stranger().send(t, "POST", "/v1/accounts", `{"email":"ada@EXAMPLE.org","password":"12345678","name":"Eve"}`)
		if a.Status != 409 || a.Code != "account_exists" {
			t.Errorf("got %+v", a)
		}
	})
}

func TestFirstAdmin(t *testing.T) {
	h := newHouse(t)
	ops := &door{house: h, via: "ops"}
	open := userapi.FirstAdminRequest{Email: "admin@freecar.local", Password: "correct horse"}
	exists := func() bool {
		return must[userapi.FirstAdmin](t)(userapi.GetFirstAdmin.Call(t.Context(), ops, kitx.None{})).Exists
	}
	if exists() {
		t.Error("there is an admin already")
	}
	for _, via := range []string{"gateway", "trip"} { // an admin could go on and make another out of nothing
		stranger := &door{house: h, via: via, who: auth.Principal{Subject: "9", Roles: auth.Admin}}
		if _, err := userapi.OpenFirstAdmin.Call(t.Context(), stranger, open); errs.KindOf(err) != errs.Denied || exists() {
			t.Errorf("through %s: %v", via, err)
		}
	}
	if _, err := userapi.OpenFirstAdmin.Call(t.Context(), ops, open); err != nil || !exists() {
		t.Errorf("got %v", err)
	}
	if _, err := userapi.OpenFirstAdmin.Call(t.Context(), ops, open); errs.CodeOf(err) != "admin_exists" {
		t.Errorf("a second time: %v", err)
	}
	in := must[userapi.SignedIn](t)(userapi.SignIn.Call(t.Context(), h.stranger(), userapi.SignInRequest{Email: "admin@freecar.local", Password: "correct horse"}))
	if p := h.principal(t, in.AccessToken); p.Roles != auth.Admin {
		t.Errorf("got %+v", p)
	}
}

func TestEvents(t *testing.T) {
	h := newHouse(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	signUp(t, h)
	must[userapi.RegisteredDevice](t)(userapi.RegisterDevice.Call(t.Context(), h.as("9", auth.Admin),
		userapi.RegisterDeviceRequest{Name: "Box 7", CarIDs: []string{ids.Random{}.New()}}))
	want := []string{"freecar.user.account_registered.v1", userapi.DeviceRegistered}
	for len(h.events.types()) < len(want) {
		<-h.events.news
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := h.events.types(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, e := range h.events.seen {
		if strings.Contains(strings.ToLower(string(e.Data)), "ada") {
			t.Errorf("an event names the person: %s", e.Data)
		}
	}
}
