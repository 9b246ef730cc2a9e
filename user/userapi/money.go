package userapi

import (
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Wallet is a rider's money: balance is available and held together.
type Wallet struct {
	Balance   wire.Money `json:"balance"`
	Held      wire.Money `json:"held"`
	Available wire.Money `json:"available"` // below zero it is a debt
}

// EntriesRequest asks for a page of a wallet's entries.
type EntriesRequest struct{ wire.Paging }

// WalletEntry is one movement. Those of kind hold and release add up to what is held,
// all others (top_up, capture, refund, adjustment) to the balance.
type WalletEntry struct {
	ID     string     `json:"id"`
	At     wire.Time  `json:"at"`
	Kind   string     `json:"kind"`
	Amount wire.Money `json:"amount"`
	TripID *string    `json:"trip_id"` // null for none
}

// OwnEntry is all that is kept of a movement, for whose wallet it is.
type OwnEntry struct {
	WalletEntry
	Reason *string `json:"reason"` // why staff corrected the wallet; null for what they did not
}

// TopUpRequest asks for 1.00 to 1,000.00 EUR.
type TopUpRequest struct {
	kitx.Keyed
	Amount wire.Money `json:"amount"`
}

// TopUp is money that came in.
type TopUp struct {
	ID     string     `json:"id"`
	Amount wire.Money `json:"amount"`
	State  string     `json:"state"` // "settled"
	At     wire.Time  `json:"at"`
}

// PlaceHoldRequest asks for money to be set aside for a trip.
type PlaceHoldRequest struct {
	TripID    string     `json:"trip_id" validate:"required,uuid"`
	AccountID string     `json:"account_id" validate:"required,number,max=16"`
	Amount    wire.Money `json:"amount"`
}

// CaptureHoldRequest charges a trip's fare.
type CaptureHoldRequest struct {
	TripID string     `path:"trip_id" json:"-" validate:"uuid"`
	Amount wire.Money `json:"amount"`
}

// ReleaseHoldRequest names a trip.
type ReleaseHoldRequest struct {
	TripID string `path:"trip_id" json:"-" validate:"uuid"`
}

// Hold is money set aside for a trip, and what became of it.
type Hold struct {
	TripID    string     `json:"trip_id"`
	AccountID string     `json:"account_id"` // empty when it was released before it was placed
	Amount    wire.Money `json:"amount"`
	Captured  wire.Money `json:"captured"`
	Refunded  wire.Money `json:"refunded"` // of what was captured
	State     string     `json:"state"`    // placed, captured, released
}
