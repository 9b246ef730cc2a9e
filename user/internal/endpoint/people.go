// Package endpoint speaks the wire on one side and the domain on the other.
package endpoint

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/user"
	"freecar/user/userapi"
)

// Endpoints are the operations in terms of the wire.
type Endpoints struct {
	people user.People
	bank   user.Bank
}

// New wraps the services.
func New(p user.People, b user.Bank) Endpoints { return Endpoints{people: p, bank: b} }

// SignUp opens an account.
func (e Endpoints) SignUp(ctx context.Context, r userapi.SignUpRequest) (userapi.SignedUp, error) {
	grant, err := e.people.SignUp(ctx, user.SignUp{Email: r.Email, Phone: r.Phone, Password: r.Password, Name: r.Name})
	return userapi.SignedUp{Account: fromAccount(grant.Account), Session: fromGrant(grant)}, err
}

// SignIn begins a session.
func (e Endpoints) SignIn(ctx context.Context, r userapi.SignInRequest) (userapi.SignedIn, error) {
	if err := checkSignIn(r); err != nil {
		return userapi.SignedIn{}, err
	}
	if r.DeviceID != "" {
		grant, err := e.people.SignInDevice(ctx, r.DeviceID, r.DeviceSecret)
		return fromSignIn(grant), err
	}
	if r.WeChatCode != "" {
		grant, err := e.people.SignInWeChat(ctx, r.WeChatCode, r.TOTP)
		return fromSignIn(grant), err
	}
	grant, err := e.people.SignIn(ctx, user.SignIn{Email: r.Email, Phone: r.Phone, Password: r.Password, TOTP: r.TOTP, Client: client(ctx, r)})
	return fromSignIn(grant), err
}

// client is where a person signs in from, if the gateway says so: nobody else knows.
func client(ctx context.Context, r userapi.SignInRequest) string {
	if auth.From(ctx).Service != "gateway" {
		return ""
	}
	return r.Client
}

// checkSignIn lets one way to sign in pass and no mixture. Errors: Invalid.
func checkSignIn(r userapi.SignInRequest) error {
	named := r.Email != "" || r.Phone != "" || r.Password != "" || r.TOTP != ""
	switch {
	case r.WeChatCode != "" && (r.Email+r.Phone+r.Password+r.DeviceID+r.DeviceSecret) != "":
		return errs.Invalidf("wechat_code", "conflict", "Sign in by WeChat or in another way, not both.")
	case r.WeChatCode != "":
		return nil
	case r.DeviceID != "" && named:
		return errs.Invalidf("device_id", "conflict", "Sign in with a name and password or with a device's secret, not both.")
	case r.DeviceID != "":
		return nil
	case r.DeviceSecret != "":
		return errs.Invalidf("device_id", "required", "It is required with device_secret.")
	case r.Email == "" && r.Phone == "":
		return errs.Invalidf("email", "required", "Give an e-mail address or a phone number.")
	case r.Email != "" && r.Phone != "":
		return errs.Invalidf("phone", "conflict", "Give an e-mail address or a phone number, not both.")
	case r.Password == "":
		return errs.Invalidf("password", "required", "It is required.")
	}
	return nil
}

// Refresh replaces a refresh token.
func (e Endpoints) Refresh(ctx context.Context, r userapi.RefreshRequest) (userapi.SignedIn, error) {
	grant, err := e.people.Refresh(ctx, r.RefreshToken)
	return fromSignIn(grant), err
}

// Me is the caller's account.
func (e Endpoints) Me(ctx context.Context, _ kitx.None) (userapi.Account, error) {
	account, err := e.people.Mine(ctx, caller(ctx))
	return fromAccount(account), err
}

// RegisterDevice registers a device.
func (e Endpoints) RegisterDevice(ctx context.Context, r userapi.RegisterDeviceRequest) (userapi.RegisteredDevice, error) {
	device, secret, err := e.people.RegisterDevice(ctx, r.Name, r.CarIDs)
	return userapi.RegisteredDevice{ID: device.ID, Secret: secret}, err
}

func caller(ctx context.Context) string { return auth.From(ctx).Subject }
