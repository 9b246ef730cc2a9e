package userapi

import "freecar/internal/wire"

// SignUpRequest asks for an account. One of email and phone is required.
type SignUpRequest struct {
	Email    string `json:"email" validate:"max=254,text"`
	Phone    string `json:"phone" validate:"max=16,text"` // E.164
	Password string `json:"password" validate:"required,min=8,max=128,any"`
	Name     string `json:"name" validate:"required,max=100,text"`
}

// SignInRequest has email or phone and password, or wechat_code, or device_id and
// device_secret.
type SignInRequest struct {
	Email        string `json:"email" validate:"max=254,text"`
	Phone        string `json:"phone" validate:"max=16,text"`
	Password     string `json:"password" validate:"max=128,any"`
	TOTP         string `json:"totp" validate:"omitempty,len=6,number"` // of staff with a second factor
	WeChatCode   string `json:"wechat_code" validate:"max=128,text"`
	DeviceID     string `json:"device_id" validate:"omitempty,uuid"`
	DeviceSecret string `json:"device_secret" validate:"required_with=DeviceID,max=100,text"`
	// Client is the network that a person signs in from, as the gateway tells.
	Client string `header:"Freecar-Client" json:"-" validate:"max=64,text"`
}

// TOTPSecret is what an authenticator app is given, this once.
type TOTPSecret struct {
	Secret string `json:"secret"`      // base32
	URL    string `json:"otpauth_url"` // for a QR code
}

// EnrolTOTPRequest has the password, which is empty for an account without one.
type EnrolTOTPRequest struct {
	Password string `json:"password" validate:"max=128,any"`
}

// TOTPRequest has a code of the authenticator app.
type TOTPRequest struct {
	Code string `json:"code" validate:"required,len=6,number"`
}

// RemoveTOTPRequest has a code, if the second factor was ever confirmed.
type RemoveTOTPRequest struct {
	Code string `json:"code" validate:"omitempty,len=6,number"`
}

// RefreshRequest presents a refresh token.
type RefreshRequest struct {
	RefreshToken string `json:"refresh_token" validate:"required,max=100,text"`
}

// Account is a person.
type Account struct {
	ID     string   `json:"id"`
	Email  *string  `json:"email"` // null for none
	Phone  *string  `json:"phone"` // null for none
	Name   string   `json:"name"`
	Roles  []string `json:"roles"`
	Status string   `json:"status"`
}

// Session is what a client proves itself with from now on.
type Session struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"` // "Bearer"
	ExpiresIn    int64  `json:"expires_in"` // seconds, of the access token
}

// SignedUp is a new account and its first session.
type SignedUp struct {
	Account Account `json:"account"`
	Session Session `json:"session"`
}

// SignedIn is a session and whose it is.
type SignedIn struct {
	Session
	Account *Account `json:"account"` // null for a device
}

// Personal is what is kept of a person besides the money.
type Personal struct {
	Account
	CreatedAt    wire.Time         `json:"created_at"`
	WeChatID     *string           `json:"wechat_id"`   // WeChat's name for the person; null for none
	BlockedFor   *string           `json:"blocked_for"` // the reason; null when it is not blocked
	SecondFactor bool              `json:"second_factor"`
	Sessions     []PersonalSession `json:"sessions"` // that live, the newest first
}

// PersonalSession is where a person is signed in.
type PersonalSession struct {
	ID        string    `json:"id"`
	StartedAt wire.Time `json:"started_at"`
	ExpiresAt wire.Time `json:"expires_at"`
}

// ChangeMeRequest says what is to be another; what is left out or null stays, and an empty
// email or phone is taken away. Changing one of these two takes the password.
type ChangeMeRequest struct {
	Name     *string `json:"name" validate:"omitnil,max=100,text"`
	Email    *string `json:"email" validate:"omitnil,max=254,text"`
	Phone    *string `json:"phone" validate:"omitnil,max=16,text"` // E.164
	Password string  `json:"password" validate:"max=128,any"`
}

// ChangePasswordRequest has the password of now, which is empty for an account without
// one, and the next.
type ChangePasswordRequest struct {
	Password    string `json:"password" validate:"max=128,any"`
	NewPassword string `json:"new_password" validate:"required,min=8,max=128,any"`
}

// StaffAccount is an account as staff see it.
type StaffAccount struct {
	Account
	CreatedAt  wire.Time `json:"created_at"`
	BlockedFor *string   `json:"blocked_for"` // the reason; null when it is not blocked
}

// AccountsRequest asks for a page of the accounts that have all of this.
type AccountsRequest struct {
	wire.Paging
	Email  string `query:"email" json:"-" validate:"max=254,text"`
	Phone  string `query:"phone" json:"-" validate:"max=16,text"`
	Status string `query:"status" json:"-" validate:"omitempty,oneof=active blocked erased"`
	Role   string `query:"role" json:"-" validate:"omitempty,oneof=rider support fleet finance admin"`
	// Text is part of a name, an address or a number.
	Text string `query:"q" json:"-" validate:"max=100,text"`
}

// ChangeAccountRequest says what becomes of an account; what is left out stays.
type ChangeAccountRequest struct {
	ID     string   `path:"id" json:"-" validate:"number,max=16"`
	Status string   `json:"status,omitzero" validate:"omitempty,oneof=active blocked"`
	Roles  []string `json:"roles,omitzero" validate:"omitempty,min=1,max=5,dive,oneof=rider support fleet finance admin"`
	// Reason is required to block.
	Reason string `json:"reason,omitzero" validate:"max=500,text"`
	// ResetTOTP takes the second factor away, for who lost it; for admins.
	ResetTOTP bool `json:"reset_totp,omitzero"`
}

// AccountRequest names an account.
type AccountRequest struct {
	ID string `path:"id" json:"-" validate:"number,max=16"`
}

// RegisterDeviceRequest asks for a device's credential.
type RegisterDeviceRequest struct {
	Name   string   `json:"name" validate:"required,max=100,text"`
	CarIDs []string `json:"car_ids" validate:"max=1000,dive,uuid"`
}

// DevicesRequest asks for a page of devices, the newest first.
type DevicesRequest struct{ wire.Paging }

// DeviceRequest names a device.
type DeviceRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// Device speaks for cars.
type Device struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CarIDs    []string   `json:"car_ids"` // that it was registered for
	CreatedAt wire.Time  `json:"created_at"`
	RevokedAt *wire.Time `json:"revoked_at"` // null while it may be used
}

// RegisteredDevice is a device's credential; the secret is shown this once.
type RegisteredDevice struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}
