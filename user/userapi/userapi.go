// Package userapi is all that others may see of the user service: its routes, their wire
// types and its events.
package userapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Name is the service's.
const Name = "user"

// People: who may sign in, and who did.
var (
	SignUp = kitx.NewRoute[SignUpRequest, SignedUp](kitx.Spec{Op: "user.SignUp", Method: http.MethodPost, Path: "/v1/accounts",
		Who: auth.Anyone(), Status: http.StatusCreated})
	SignIn = kitx.NewRoute[SignInRequest, SignedIn](kitx.Spec{Op: "user.SignIn", Method: http.MethodPost, Path: "/v1/sessions",
		Who: auth.Anyone(), Status: http.StatusCreated})
	Refresh = kitx.NewRoute[RefreshRequest, SignedIn](kitx.Spec{Op: "user.Refresh", Method: http.MethodPost, Path: "/v1/sessions/refresh",
		Who: auth.Anyone()})
	SignOut = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "user.SignOut", Method: http.MethodDelete, Path: "/v1/sessions/current",
		Who: auth.Only(auth.Rider | auth.Staff | auth.Device | auth.Blocked)})
	ChangePassword = kitx.NewRoute[ChangePasswordRequest, kitx.None](kitx.Spec{Op: "user.ChangePassword", Method: http.MethodPut, Path: "/v1/me/password",
		Who: auth.Only(auth.Rider | auth.Staff)})
	Me = kitx.NewRoute[kitx.None, Account](kitx.Spec{Op: "user.Me", Method: http.MethodGet, Path: "/v1/me",
		Who: auth.Only(auth.Rider | auth.Staff), ETag: true})
	EnrolTOTP = kitx.NewRoute[EnrolTOTPRequest, TOTPSecret](kitx.Spec{Op: "user.EnrolTOTP", Method: http.MethodPost, Path: "/v1/me/totp",
		Who: auth.Only(auth.Staff), Status: http.StatusCreated})
	ConfirmTOTP = kitx.NewRoute[TOTPRequest, kitx.None](kitx.Spec{Op: "user.ConfirmTOTP", Method: http.MethodPut, Path: "/v1/me/totp",
		Who: auth.Only(auth.Staff)})
	// RemoveTOTP is also for who is no longer staff.
	RemoveTOTP = kitx.NewRoute[RemoveTOTPRequest, kitx.None](kitx.Spec{Op: "user.RemoveTOTP", Method: http.MethodDelete, Path: "/v1/me/totp",
		Who: auth.Only(auth.Rider | auth.Staff)})
	ChangeMe = kitx.NewRoute[ChangeMeRequest, Account](kitx.Spec{Op: "user.ChangeMe", Method: http.MethodPatch, Path: "/v1/me",
		Who: auth.Only(auth.Rider | auth.Staff)})
	EraseMe = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "user.EraseMe", Method: http.MethodDelete, Path: "/v1/me",
		Who: auth.Only(auth.Rider | auth.Staff)})
	Accounts = kitx.NewRoute[AccountsRequest, wire.Page[StaffAccount]](kitx.Spec{Op: "user.Accounts", Method: http.MethodGet, Path: "/v1/ops/accounts",
		Who: auth.Ops(auth.Support | auth.Fleet | auth.Finance)})
	GetAccount = kitx.NewRoute[AccountRequest, StaffAccount](kitx.Spec{Op: "user.Account", Method: http.MethodGet, Path: "/v1/ops/accounts/{id}",
		Who: auth.Ops(auth.Support | auth.Fleet | auth.Finance), ETag: true})
	// ChangeAccount lets support block riders, and admins everything.
	ChangeAccount = kitx.NewRoute[ChangeAccountRequest, StaffAccount](kitx.Spec{Op: "user.ChangeAccount", Method: http.MethodPatch, Path: "/v1/ops/accounts/{id}",
		Who: auth.Ops(auth.Support)})
	Devices = kitx.NewRoute[DevicesRequest, wire.Page[Device]](kitx.Spec{Op: "user.Devices", Method: http.MethodGet, Path: "/v1/ops/devices",
		Who: auth.Ops(auth.Fleet)})
	RevokeDevice = kitx.NewRoute[DeviceRequest, kitx.None](kitx.Spec{Op: "user.RevokeDevice", Method: http.MethodDelete, Path: "/v1/ops/devices/{id}",
		Who: auth.Ops(0)})
	// RegisterDevice takes no idempotency key: its answer holds a secret, and secrets are
	// not recorded.
	RegisterDevice = kitx.NewRoute[RegisterDeviceRequest, RegisteredDevice](kitx.Spec{Op: "user.RegisterDevice", Method: http.MethodPost, Path: "/v1/ops/devices",
		Who: auth.Ops(0), Status: http.StatusCreated})
)

// GetPersonal is the user service's part of an export, for the gateway that asks for it in
// the name of the person.
var GetPersonal = kitx.NewRoute[kitx.None, Personal](kitx.Spec{Op: "user.Personal", Method: http.MethodGet,
	Path: "/internal/v1/personal", Who: auth.Services("gateway")})

// ListOwnEntries is the wallet's part of it.
var ListOwnEntries = kitx.NewRoute[EntriesRequest, wire.Page[OwnEntry]](kitx.Spec{Op: "user.OwnEntries", Method: http.MethodGet,
	Path: "/internal/v1/wallet/entries", Who: auth.Services("gateway")})

// Revocations tells the gateways which access tokens count no longer.
var Revocations = kitx.NewRoute[RevocationsRequest, RevocationList](kitx.Spec{Op: "user.Revocations", Method: http.MethodGet,
	Path: "/internal/v1/revocations", Who: auth.Services("gateway"), Quiet: true})

// Money: the rider's wallet, and what the trip service does with it.
var (
	GetWallet = kitx.NewRoute[kitx.None, Wallet](kitx.Spec{Op: "user.Wallet", Method: http.MethodGet, Path: "/v1/me/wallet",
		Who: auth.Only(auth.Rider), ETag: true})
	WalletEntries = kitx.NewRoute[EntriesRequest, wire.Page[WalletEntry]](kitx.Spec{Op: "user.WalletEntries", Method: http.MethodGet, Path: "/v1/me/wallet/entries",
		Who: auth.Only(auth.Rider)})
	// AddTopUp requires an idempotency key.
	AddTopUp = kitx.NewRoute[TopUpRequest, TopUp](kitx.Spec{Op: "user.TopUp", Method: http.MethodPost, Path: "/v1/me/wallet/top-ups",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	// PlaceHold is one hold per trip, however often it is asked for.
	PlaceHold = kitx.NewRoute[PlaceHoldRequest, Hold](kitx.Spec{Op: "user.PlaceHold", Method: http.MethodPost, Path: "/internal/v1/holds",
		Who: auth.Services("trip"), Idempotent: true})
	// CaptureHold charges a trip's fare and ends its hold; a fare of zero only ends it.
	CaptureHold = kitx.NewRoute[CaptureHoldRequest, Hold](kitx.Spec{Op: "user.CaptureHold", Method: http.MethodPost, Path: "/internal/v1/holds/{trip_id}/capture",
		Who: auth.Services("trip"), Idempotent: true})
	// ReleaseHold ends a trip's hold, and keeps out one that is still on its way.
	ReleaseHold = kitx.NewRoute[ReleaseHoldRequest, Hold](kitx.Spec{Op: "user.ReleaseHold", Method: http.MethodPost, Path: "/internal/v1/holds/{trip_id}/release",
		Who: auth.Services("trip"), Idempotent: true})
)
