package user

import (
	"context"
	"time"

	"freecar/internal/auth"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// People is what the service offers about accounts, devices and their sessions.
type People interface {
	// SignUp opens a rider's account and signs it in.
	// Errors: Invalid, Conflict account_exists, Unavailable when too many wait.
	SignUp(ctx context.Context, c SignUp) (Grant, error)
	// SignIn checks a password. It takes as long for an unknown name as for a known one.
	// Errors: Unauthenticated bad_credentials, Unavailable when too many wait; after the
	// right password alone: Denied account_blocked, Unauthenticated totp_required or
	// bad_totp, RateLimited totp_locked.
	SignIn(ctx context.Context, c SignIn) (Grant, error)
	// SignInWeChat asks WeChat whose code it is, and opens an account for whoever comes
	// for the first time. Errors: Invalid where WeChat is not set up; Unauthenticated
	// bad_wechat_code; RateLimited wechat_busy; Unavailable, Timeout; those of SignIn that
	// are not about a password.
	SignInWeChat(ctx context.Context, code, totp string) (Grant, error)
	// SignInDevice checks a device's secret. Errors: Unauthenticated bad_credentials.
	SignInDevice(ctx context.Context, id, secret string) (Grant, error)
	// Refresh replaces a refresh token and gives a new access token with the roles of now.
	// Presenting a spent token ends the session and revokes its access tokens; but the one
	// before the latest may come again for half a minute if the latest never came, since
	// an answer may be lost.
	// Errors: Unauthenticated bad_refresh_token, Denied account_blocked.
	Refresh(ctx context.Context, refreshToken string) (Grant, error)
	// SignOut ends a session and revokes its access tokens; again it changes nothing.
	SignOut(ctx context.Context, sessionID string) error
	// ChangePassword replaces a password and ends all sessions but the one that asks.
	// Errors: Invalid; Unauthenticated bad_credentials when the one of now is not right;
	// Unavailable when too many wait.
	ChangePassword(ctx context.Context, c ChangePassword) error
	// EnrolTOTP makes a second factor and gives its secret this once; it counts from
	// ConfirmTOTP on. Errors: Unauthenticated bad_credentials, Conflict totp_active;
	// Unavailable when too many wait.
	EnrolTOTP(ctx context.Context, accountID, password string) (TOTPSecret, error)
	// ConfirmTOTP and RemoveTOTP take a code. Errors: see SecondFactor.
	ConfirmTOTP(ctx context.Context, accountID, code string) error
	RemoveTOTP(ctx context.Context, accountID, code string) error
	// ChangeMe changes how an account is called and reached. Errors: Invalid, also for a
	// change of address or number without the password; Unauthenticated bad_credentials
	// for a wrong one; Conflict account_exists; Unavailable when too many wait.
	ChangeMe(ctx context.Context, c ChangeMe) (Account, error)
	// EraseMe forgets a person; again it changes nothing. The other services forget theirs
	// when they hear of it. Errors: see Account.Erase; Conflict last_admin.
	EraseMe(ctx context.Context, accountID string) error
	// Revocations lists what was revoked after a place in the list, at most limit.
	Revocations(ctx context.Context, after int64, limit int) (RevocationPage, error)

	// Mine is the account of who asks. Errors: NotFound, Unauthenticated when it was
	// erased.
	Mine(ctx context.Context, accountID string) (Account, error)
	// Personal is what is kept of who asks. Errors: as Mine.
	Personal(ctx context.Context, accountID string) (Personal, error)
	// Account finds an account, an erased one, too. Errors: NotFound.
	Account(ctx context.Context, id string) (Account, error)
	// Govern changes who may use an account and as what. Errors: see Account.Govern;
	// NotFound, Conflict last_admin.
	Govern(ctx context.Context, by auth.Principal, accountID string, g Governing) (Account, error)
	// Accounts lists accounts, the newest first. Errors: Invalid for a bad cursor or name.
	Accounts(ctx context.Context, f AccountFilter) (Page[Account], error)
	// HasAdmin says whether there is an admin.
	HasAdmin(ctx context.Context) (bool, error)
	// EnsureAdmin opens the first admin's account, and does nothing when there is an
	// admin already. Errors: Invalid, Conflict account_exists.
	EnsureAdmin(ctx context.Context, email, password string) (created bool, err error)

	// RegisterDevice registers a device and gives its secret this once. A call without an
	// answer leaves a device that nobody can use. Errors: Invalid.
	RegisterDevice(ctx context.Context, name string, carIDs []string) (d Device, secret string, err error)

	// ListDevices lists devices, the newest first. Errors: Invalid for a bad cursor.
	ListDevices(ctx context.Context, p Paging) (Page[Device], error)
	// RevokeDevice ends what a device may do: its sessions, its access tokens and its
	// secret. Again it changes nothing. Errors: NotFound.
	RevokeDevice(ctx context.Context, id string) error

	// Tidy forgets sessions and tokens that are over.
	Tidy(ctx context.Context) error
}

// SignUp asks for an account. Email or Phone is given, or both.
type SignUp struct {
	Email, Phone, Password, Name string
}

// SignIn names an account by its Email or Phone.
type SignIn struct {
	Email, Phone, Password string
	TOTP                   string // the code of a second factor; empty for none
}

// Grant lets a subject in.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration // of the access token
	RefreshToken string
	Account      Account // zero for a device
}

// ChangePassword asks for another password.
type ChangePassword struct {
	AccountID, SessionID string
	// Password is the one of now; empty for an account that has none.
	Password, NewPassword string
}

// AccountFilter chooses accounts of a list; what is zero chooses nothing.
type AccountFilter struct {
	Email, Phone string
	Status       Status
	Roles        auth.Roles // one of them
	// Text is part of a name, address or number, in small or capital letters.
	Text string
	Paging
}

// Bank is what the service offers about money.
type Bank interface {
	// Wallet is an account's money; all zero when none ever moved.
	Wallet(ctx context.Context, accountID string) (Wallet, error)
	// WalletEntries lists what moved the money of a wallet, the newest first.
	// Errors: Invalid for a bad cursor.
	WalletEntries(ctx context.Context, accountID string, p Paging) (Page[WalletEntry], error)

	// TopUp charges the payment provider and books what it took.
	// Errors: Invalid, also without a key; Conflict payment_declined; KeyReused and
	// idem.ErrInProgress; Unavailable when the provider does not answer: then Recover
	// finds out what became of it.
	TopUp(ctx context.Context, c TopUpWallet) (TopUpDone, error)

	// Hold sets money aside for a trip. Again with the same amount it answers the hold as
	// it is. Errors: Invalid; Conflict insufficient_funds, hold_differs, hold_released.
	Hold(ctx context.Context, c PlaceHold) (Hold, error)
	// Capture charges the fare of a trip and ends its hold in one write; a fare of zero
	// only ends it. It may make a debt. Again with the same fare it changes nothing.
	// Errors: Invalid, NotFound; Conflict hold_differs, hold_released.
	Capture(ctx context.Context, tripID string, fare money.Money) (Hold, error)
	// Release ends a trip's hold without a charge; again it changes nothing. A trip that
	// holds nothing never will. Errors: Conflict hold_captured.
	Release(ctx context.Context, tripID string) (Hold, error)

	// HoldOf is a trip's hold, and what became of it. Errors: NotFound.
	HoldOf(ctx context.Context, tripID string) (Hold, error)

	// Adjust gives money to a wallet or takes some, whatever is in it: it may make a debt.
	// Errors: Invalid, also without a key; NotFound for no such account; Conflict
	// own_account; KeyReused.
	Adjust(ctx context.Context, c AdjustWallet) (Corrected, error)
	// Refund gives some of what a trip cost, or all that is left of it, back to the wallet
	// it came from; the refunds of a trip are at most what was captured. Errors: Invalid,
	// also without a key; NotFound for a trip that never held anything; Conflict
	// own_account, nothing_captured, refund_too_much; KeyReused.
	Refund(ctx context.Context, c RefundTrip) (Corrected, error)
	// Totals is the money in the ledger's accounts.
	Totals(ctx context.Context) (Totals, error)
	// CheckBooks adds up the whole ledger, posting by posting; it takes its time.
	CheckBooks(ctx context.Context) (Books, error)

	// Recover takes up top-ups whose end is not known. Several may run.
	Recover(ctx context.Context) error
	// Tidy forgets idempotency keys that are over.
	Tidy(ctx context.Context) error
}

// TopUpWallet asks for money to come in.
type TopUpWallet struct {
	AccountID string
	Amount    money.Money
	Key       idem.Key // required
}

// TopUpDone is the answer, and whether it was given before.
type TopUpDone struct {
	TopUp    TopUp
	Replayed bool
}

// Corrected is the entry that a correction made, and whether it was answered before.
type Corrected struct {
	Entry    WalletEntry
	Replayed bool
}

// PlaceHold asks for money to be set aside.
type PlaceHold struct {
	TripID, AccountID string
	Amount            money.Money
}
