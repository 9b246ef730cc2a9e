package user

import "time"

// EventName says what happened.
type EventName string

// What happens here.
const (
	AccountRegistered EventName = "account_registered"
	// PasswordChanged is the account's own doing, AccessChanged that of staff: status,
	// roles or second factor.
	PasswordChanged EventName = "account_password_changed"
	AccessChanged   EventName = "account_access_changed"
	// AccountChanged is another name, address or number.
	AccountChanged   EventName = "account_changed"
	AccountErased    EventName = "account_erased"
	DeviceRegistered EventName = "device_registered"
	DeviceRevoked    EventName = "device_revoked"
	TopUpRequested   EventName = "top_up_requested"
	TopUpSettled     EventName = "top_up_settled"
	TopUpDeclined    EventName = "top_up_declined"
	HoldPlaced       EventName = "hold_placed"
	HoldCaptured     EventName = "hold_captured"
	HoldReleased     EventName = "hold_released"
	HoldRefunded     EventName = "hold_refunded"
	WalletAdjusted   EventName = "wallet_adjusted"

	CachePurged         EventName = "cache_purged"
	DeadLettersReplayed EventName = "dead_letters_replayed"
)

// EventNames is all of them.
var EventNames = []EventName{
	AccountRegistered, PasswordChanged, AccessChanged, AccountChanged, AccountErased,
	DeviceRegistered, DeviceRevoked, TopUpRequested, TopUpSettled, TopUpDeclined,
	HoldPlaced, HoldCaptured, HoldReleased, HoldRefunded, WalletAdjusted,
	CachePurged, DeadLettersReplayed,
}

// Change is what is saved together with an aggregate's new state: the event that tells of
// it and the ledger entries that go with it. The zero Change is no change.
type Change struct {
	Event   EventName
	At      time.Time
	Entries []Entry
	Access  AccessChange
}

// AccessChange is what a change of an account or device does to those who are signed in.
type AccessChange struct {
	// Revokes says that access tokens made of an earlier version count no longer.
	Revokes bool
	// EndsSessions says that the sessions are over, too.
	EndsSessions bool
	// Spared is the session that both leave alone; empty for none.
	Spared string
	// DropsFactor says that the second factor goes.
	DropsFactor bool
	// NeedsAdmin says that another active admin must be left.
	NeedsAdmin bool
}

// IsZero says that nothing changed, so that nothing is saved.
func (c Change) IsZero() bool { return c.Event == "" }
