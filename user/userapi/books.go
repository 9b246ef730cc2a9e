package userapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Books: what staff see and correct of riders' money, and what other services may know.
var (
	OpsWallet = kitx.NewRoute[AccountRequest, Wallet](kitx.Spec{Op: "user.OpsWallet", Method: http.MethodGet, Path: "/v1/ops/accounts/{id}/wallet",
		Who: auth.Ops(auth.Finance | auth.Support), ETag: true})
	OpsEntries = kitx.NewRoute[OpsEntriesRequest, wire.Page[OpsEntry]](kitx.Spec{Op: "user.OpsEntries", Method: http.MethodGet, Path: "/v1/ops/accounts/{id}/wallet/entries",
		Who: auth.Ops(auth.Finance | auth.Support)})
	// Adjust requires an idempotency key. It may leave the wallet in debt.
	Adjust = kitx.NewRoute[AdjustRequest, OpsEntry](kitx.Spec{Op: "user.Adjust", Method: http.MethodPost, Path: "/v1/ops/accounts/{id}/adjustments",
		Who: auth.Ops(auth.Finance), Status: http.StatusCreated})
	// Refund requires an idempotency key. The refunds of a trip are at most what it was charged.
	Refund = kitx.NewRoute[RefundRequest, OpsEntry](kitx.Spec{Op: "user.Refund", Method: http.MethodPost, Path: "/v1/ops/trips/{id}/refund",
		Who: auth.Ops(auth.Finance), Status: http.StatusCreated})
	// GetHold is a trip's hold, with what was captured and refunded of it.
	GetHold = kitx.NewRoute[GetHoldRequest, Hold](kitx.Spec{Op: "user.GetHold", Method: http.MethodGet, Path: "/internal/v1/holds/{trip_id}",
		Who: auth.Services("trip")})
	// CheckBooks adds up the whole ledger; it takes its time.
	CheckBooks = kitx.NewRoute[kitx.None, Books](kitx.Spec{Op: "user.CheckBooks", Method: http.MethodGet, Path: "/internal/v1/books/check",
		Who: auth.Services("ops")})
)

// OpsEntriesRequest asks for a page of an account's entries.
type OpsEntriesRequest struct {
	AccountRequest
	wire.Paging
}

// OpsEntry is a wallet entry as staff see it.
type OpsEntry struct {
	WalletEntry
	AccountID string  `json:"account_id"`
	BookedBy  *string `json:"booked_by"` // of the staff; null for riders and trips
	Reason    *string `json:"reason"`    // null where booked_by is, and once the account is erased
}

// AdjustRequest gives money to a wallet (above zero) or takes some (below zero), up to
// 5,000.00 EUR.
type AdjustRequest struct {
	kitx.Keyed
	ID     string     `path:"id" json:"-" validate:"number,max=16"`
	Amount wire.Money `json:"amount"`
	Reason string     `json:"reason" validate:"required,max=200,text"`
}

// RefundRequest gives some of what a trip cost back; without an amount all that is left.
type RefundRequest struct {
	kitx.Keyed
	ID     string      `path:"id" json:"-" validate:"uuid"`
	Amount *wire.Money `json:"amount"`
	Reason string      `json:"reason" validate:"required,max=200,text"`
}

// GetHoldRequest names a trip.
type GetHoldRequest struct {
	TripID string `path:"trip_id" json:"-" validate:"uuid"`
}

// Books is what a check of the ledger found. It is balanced when all postings sum to zero,
// those of each entry do, and each balance is the sum of its postings.
type Books struct {
	Balanced bool     `json:"balanced"`
	Entries  int64    `json:"entries"`
	Sum      int64    `json:"sum"`     // of all postings, in minor units
	Crooked  int64    `json:"crooked"` // entries whose postings do not sum to zero
	Unequal  []string `json:"unequal"` // ledger accounts whose balance is wrong, at most 100
}
