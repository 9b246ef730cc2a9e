package sqlite

import (
	"github.com/go-json-experiment/json"

	"freecar/internal/sqlitex"
	"freecar/trip"
)

// promotionDoc is the document of a promotion. Times are unix milliseconds, 0 for none.
type promotionDoc struct {
	ID            string `json:"id"`
	Code          string `json:"code"`
	PercentOff    int64  `json:"percent_off,omitzero"`
	AmountOff     int64  `json:"amount_off,omitzero"`
	FareAtLeast   int64  `json:"fare_at_least,omitzero"`
	FirstTripOnly bool   `json:"first_trip_only,omitzero"`
	From          int64  `json:"from"`
	Until         int64  `json:"until,omitzero"`
	TotalLimit    int64  `json:"total_limit,omitzero"`
	AccountLimit  int64  `json:"account_limit"`
	CreatedAt     int64  `json:"created_at"`
	EndedAt       int64  `json:"ended_at,omitzero"`
	Version       int64  `json:"version"`
}

func toPromotionDoc(p trip.Promotion) promotionDoc {
	return promotionDoc{
		ID: p.ID, Code: p.Code, PercentOff: p.PercentOff, AmountOff: p.AmountOff, FareAtLeast: p.FareAtLeast, FirstTripOnly: p.FirstTripOnly,
		From: sqlitex.Millis(p.From), Until: sqlitex.Millis(p.Until), TotalLimit: p.TotalLimit, AccountLimit: p.AccountLimit,
		CreatedAt: sqlitex.Millis(p.CreatedAt), EndedAt: sqlitex.Millis(p.EndedAt), Version: p.Version,
	}
}

func fromPromotionDoc(d promotionDoc) trip.Promotion {
	return trip.Promotion{
		ID: d.ID, Code: d.Code, PercentOff: d.PercentOff, AmountOff: d.AmountOff, FareAtLeast: d.FareAtLeast, FirstTripOnly: d.FirstTripOnly,
		From: sqlitex.FromMillis(d.From), Until: sqlitex.FromMillis(d.Until), TotalLimit: d.TotalLimit, AccountLimit: d.AccountLimit,
		CreatedAt: sqlitex.FromMillis(d.CreatedAt), EndedAt: sqlitex.FromMillis(d.EndedAt), Version: d.Version,
	}
}

func decodePromotion(doc []byte) (trip.Promotion, error) {
	var d promotionDoc
	err := json.Unmarshal(doc, &d)
	return fromPromotionDoc(d), err
}

// rowPromo is the promotion of a trip.
type rowPromo struct {
	Code        string `json:"code"`
	StartID     string `json:"start_id"`
	PromotionID string `json:"promotion_id,omitzero"`
	PercentOff  int64  `json:"percent_off,omitzero"`
	AmountOff   int64  `json:"amount_off,omitzero"`
	FareAtLeast int64  `json:"fare_at_least,omitzero"`
}

func toRowPromo(p trip.Promo) rowPromo {
	return rowPromo{Code: p.Code, StartID: p.StartID, PromotionID: p.Discount.PromotionID,
		PercentOff: p.Discount.PercentOff, AmountOff: p.Discount.AmountOff, FareAtLeast: p.Discount.FareAtLeast}
}

func fromRowPromo(r rowPromo) trip.Promo {
	p := trip.Promo{Code: r.Code, StartID: r.StartID}
	if r.PromotionID != "" {
		p.Discount = trip.Discount{PromotionID: r.PromotionID, Code: r.Code, PercentOff: r.PercentOff, AmountOff: r.AmountOff, FareAtLeast: r.FareAtLeast}
	}
	return p
}
