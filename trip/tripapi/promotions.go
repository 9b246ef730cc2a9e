package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Promotions.
var (
	ListPromotions = kitx.NewRoute[ListPromotionsRequest, wire.Page[Promotion]](kitx.Spec{Op: "trip.ListPromotions", Method: http.MethodGet, Path: "/v1/ops/promotions",
		Who: auth.Ops(auth.Finance)})
	CreatePromotion = kitx.NewRoute[CreatePromotionRequest, Promotion](kitx.Spec{Op: "trip.CreatePromotion", Method: http.MethodPost, Path: "/v1/ops/promotions",
		Who: auth.Ops(auth.Finance), Status: http.StatusCreated})
	EndPromotion = kitx.NewRoute[PromotionRequest, Promotion](kitx.Spec{Op: "trip.EndPromotion", Method: http.MethodPost, Path: "/v1/ops/promotions/{id}/end",
		Who: auth.Ops(auth.Finance), Idempotent: true})
)

// The events of promotions, as in freecar.trip.<event>.v1; their data is a
// PromotionEvent.
const (
	EventPromotionCreated = "promotion_created"
	EventPromotionEnded   = "promotion_ended"
)

// ListPromotionsRequest asks for a page, newest first.
type ListPromotionsRequest struct{ wire.Paging }

// PromotionRequest names a promotion.
type PromotionRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// CreatePromotionRequest makes a promotion. Refused: 409 promotion_exists.
type CreatePromotionRequest struct {
	kitx.Keyed
	// Code has 3 to 32 letters, digits, - and _; case does not matter.
	Code string `json:"code" validate:"required,max=64,text"`
	// Either a percentage, rounded down to the minor unit, or an amount.
	PercentOff *int64      `json:"percent_off" validate:"omitnil,gte=1,lte=100"`
	AmountOff  *wire.Money `json:"amount_off"`
	// MinimumFare is what the discount leaves to pay in any case, where a fare comes to so
	// much; null is nothing.
	MinimumFare   *wire.Money `json:"minimum_fare"`
	FirstTripOnly bool        `json:"first_trip_only"`                                     // a trip in its grace is none
	ValidFrom     *wire.Time  `json:"valid_from"`                                          // null: now
	ValidUntil    *wire.Time  `json:"valid_until"`                                         // exclusive; null: open
	TotalLimit    *int64      `json:"total_limit" validate:"omitnil,gte=1,lte=1000000000"` // trips; null: any number
	AccountLimit  *int64      `json:"account_limit" validate:"omitnil,gte=1,lte=100"`      // trips of one account; null: 1
}

// Promotion is a promotion as staff see it.
type Promotion struct {
	PromotionEvent
	// Redeemed is how many trips have it; one that it took nothing off gives it back.
	Redeemed int64 `json:"redeemed"`
}

// PromotionEvent is a promotion without what riders do with it.
type PromotionEvent struct {
	ID            string      `json:"id"`
	Code          string      `json:"code"`
	PercentOff    *int64      `json:"percent_off"`  // null for an amount
	AmountOff     *wire.Money `json:"amount_off"`   // null for a percentage
	MinimumFare   *wire.Money `json:"minimum_fare"` // null for none
	FirstTripOnly bool        `json:"first_trip_only"`
	ValidFrom     wire.Time   `json:"valid_from"`
	ValidUntil    *wire.Time  `json:"valid_until"`
	TotalLimit    *int64      `json:"total_limit"`
	AccountLimit  int64       `json:"account_limit"`
	CreatedAt     wire.Time   `json:"created_at"`
	EndedAt       *wire.Time  `json:"ended_at"` // null unless staff ended it
	Version       int64       `json:"version"`
}
