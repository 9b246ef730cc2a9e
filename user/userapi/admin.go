package userapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
)

// The first admin: a platform that has none has nobody who could make one, so operators do,
// who hold the platform's keys.
var (
	GetFirstAdmin = kitx.NewRoute[kitx.None, FirstAdmin](kitx.Spec{Op: "user.FirstAdmin", Method: http.MethodGet, Path: "/internal/v1/first-admin",
		Who: auth.Services(auth.Operators)})
	// OpenFirstAdmin answers 409 admin_exists when there is an admin, whoever that is.
	OpenFirstAdmin = kitx.NewRoute[FirstAdminRequest, kitx.None](kitx.Spec{Op: "user.OpenFirstAdmin", Method: http.MethodPost, Path: "/internal/v1/first-admin",
		Who: auth.Services(auth.Operators)})
	// ResetAdminTOTP lets an admin in who lost the second factor, and ends the sessions. It
	// is on record as an operator's doing. Refused: 409 not_admin.
	ResetAdminTOTP = kitx.NewRoute[ResetAdminTOTPRequest, kitx.None](kitx.Spec{Op: "user.ResetAdminTOTP", Method: http.MethodPost, Path: "/internal/v1/reset-totp",
		Who: auth.Services(auth.Operators)})
)

// ResetAdminTOTPRequest names an admin.
type ResetAdminTOTPRequest struct {
	Email string `json:"email" validate:"required,max=254,text"`
}

// FirstAdmin says whether there is one.
type FirstAdmin struct {
	Exists bool `json:"exists"`
}

// FirstAdminRequest is the first admin's account.
type FirstAdminRequest struct {
	Email    string `json:"email" validate:"required,max=254,text"`
	Password string `json:"password" validate:"required,min=8,max=128,any"`
}
