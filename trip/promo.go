package trip

import (
	"context"
	"strconv"
)

// Promo is the promotion that a start asked for.
type Promo struct {
	Code string // in its normal form; empty for none
	// StartID names the start to the promotions: a reservation may be started again after a
	// refusal, and gives back what each start had.
	StartID string
	// Discount is pinned when the trip is accepted.
	Discount Discount
}

// usePromo notes the code of the start that was just asked for.
func (t *Trip) usePromo(code string) {
	t.Promo = Promo{}
	if code = NormalCode(code); code != "" {
		t.Promo = Promo{Code: code, StartID: t.ID + "@" + strconv.FormatInt(t.Version, 10)}
	}
}

// givePromoBack lets others have what a start that came to nothing redeemed, or may have,
// and its rider what took nothing off.
func (s *Rentals) givePromoBack(ctx context.Context, t Trip) error {
	if t.Promo.StartID == "" {
		return nil
	}
	return s.promotions.GiveBack(ctx, t.Promo.StartID)
}
