package gateway

import (
	"net/http"

	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/profile/profileapi"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

// ExportMe is everything that is kept of who asks: whole, or an error.
var ExportMe = kitx.NewRoute[kitx.None, Export](kitx.Spec{Op: "gateway.Export", Method: http.MethodGet, Path: "/v1/me/export",
	Who: auth.Only(auth.Rider | auth.Staff)})

// Export is everything that is kept of a person. Lists are the newest first.
type Export struct {
	ExportedAt    wire.Time             `json:"exported_at"`
	Account       userapi.Personal      `json:"account"`
	Wallet        userapi.Wallet        `json:"wallet"`
	WalletEntries []userapi.OwnEntry    `json:"wallet_entries"`
	Licence       *profileapi.Personal  `json:"licence"` // null for none
	Photos        []blobapi.OwnObject   `json:"photos"`  // of the licence, the avatar, …: each with an address that is good for a while
	Trips         []tripapi.OwnTrip     `json:"trips"`
	Reservations  []tripapi.Reservation `json:"reservations"` // also those that became trips
	Issues        []tripapi.OwnIssue    `json:"issues"`
}
