package endpoint

import (
	"context"

	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Promotions are the operations on promotions.
type Promotions struct{ campaigns *trip.Campaigns }

// NewPromotions wraps the use cases.
func NewPromotions(c *trip.Campaigns) Promotions { return Promotions{campaigns: c} }

// List lists promotions.
func (e Promotions) List(ctx context.Context, r tripapi.ListPromotionsRequest) (wire.Page[tripapi.Promotion], error) {
	page, err := e.campaigns.List(ctx, r.Limit, r.Cursor)
	return wire.NewPage(page.Promotions, page.Next, fromPromotion), err
}

// Create makes a promotion.
func (e Promotions) Create(ctx context.Context, r tripapi.CreatePromotionRequest) (tripapi.Promotion, error) {
	terms, err := toTerms(r)
	if err != nil {
		return tripapi.Promotion{}, err
	}
	created, err := e.campaigns.Create(ctx, terms, kitx.KeyOf(ctx, tripapi.CreatePromotion.Spec().Op, r.Keyed))
	if err == nil && created.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromPromotion(trip.RedeemedPromotion{Promotion: created.Promotion}), err
}

// End stops a promotion.
func (e Promotions) End(ctx context.Context, r tripapi.PromotionRequest) (tripapi.Promotion, error) {
	p, err := e.campaigns.End(ctx, r.ID)
	return fromPromotion(p), err
}

// toTerms reads what a promotion is to be. Errors: Invalid for amounts of another
// currency.
func toTerms(r tripapi.CreatePromotionRequest) (trip.Promotion, error) {
	var m minors
	p := trip.Promotion{Code: r.Code, FirstTripOnly: r.FirstTripOnly, AccountLimit: 1}
	for field, pair := range map[string]struct {
		from *wire.Money
		to   *int64
	}{"amount_off": {r.AmountOff, &p.AmountOff}, "minimum_fare": {r.MinimumFare, &p.FareAtLeast}} {
		if pair.from != nil {
			*pair.to = m.of(field, *pair.from)
		}
	}
	for to, from := range map[*int64]*int64{&p.PercentOff: r.PercentOff, &p.TotalLimit: r.TotalLimit, &p.AccountLimit: r.AccountLimit} {
		if from != nil {
			*to = *from
		}
	}
	if r.ValidFrom != nil {
		p.From = r.ValidFrom.Time
	}
	if r.ValidUntil != nil {
		p.Until = r.ValidUntil.Time
	}
	return p, m.err()
}

func fromPromotion(p trip.RedeemedPromotion) tripapi.Promotion {
	return tripapi.Promotion{PromotionEvent: fromPromotionState(p.Promotion), Redeemed: p.Redeemed}
}

func fromPromotionState(p trip.Promotion) tripapi.PromotionEvent {
	return tripapi.PromotionEvent{
		ID: p.ID, Code: p.Code, PercentOff: orNull(p.PercentOff), AmountOff: orNullCents(p.AmountOff), MinimumFare: orNullCents(p.FareAtLeast),
		FirstTripOnly: p.FirstTripOnly, ValidFrom: wire.FromTime(p.From), ValidUntil: wire.FromTimeOrNil(p.Until),
		TotalLimit: orNull(p.TotalLimit), AccountLimit: p.AccountLimit,
		CreatedAt: wire.FromTime(p.CreatedAt), EndedAt: wire.FromTimeOrNil(p.EndedAt), Version: p.Version,
	}
}

func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func orNullCents(minor int64) *wire.Money {
	if minor == 0 {
		return nil
	}
	m := wire.FromMoney(money.Of(minor))
	return &m
}
