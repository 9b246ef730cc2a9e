package trip

import (
	"context"
	"slices"
	"time"

	"freecar/internal/clock"
	"freecar/internal/idem"
	"freecar/internal/ids"
)

// PromotionStore keeps promotions and who redeemed them.
//
// A redemption is a record of its own whose id is that of the trip's start, so that
// redeeming twice is redeeming once; and counting it is part of the same write. In SQL that
// is a transaction. A document store has no such thing across documents and needs none: the
// redemption is one document, _id the start, that takes two seats: one of the promotion's
// TotalLimit and one of the account's AccountLimit, held by unique indexes on (promotion,
// seat) and (promotion, account, account_seat). The one insert decides; a seat that
// somebody else got first is a duplicate key, after which the next free one is tried, and
// none left is the refusal. Giving back replaces the document by one without seats, which
// stays: a redemption that comes late finds it.
type PromotionStore interface {
	// Create saves a new promotion, its event and its key in one write. A key that was
	// used within idem.Keep before CreatedAt answers what it answered then.
	// Errors: ErrCodeTaken, KeyReused.
	Create(ctx context.Context, p Promotion, key idem.Key) (saved Promotion, replayed bool, err error)
	// Update changes a promotion atomically and returns it as saved. An error of change is
	// returned as it is and nothing is saved; change may run more than once.
	// Errors: ErrNoPromotion.
	Update(ctx context.Context, id string, change func(*Promotion) error) (Promotion, error)
	// ByCode finds a promotion by its code in normal form. Errors: ErrNoPromotion.
	ByCode(ctx context.Context, code string) (Promotion, error)
	// Promotions lists by creation, newest first, each with how many trips have it.
	// Errors: Invalid for a cursor that no page gave.
	Promotions(ctx context.Context, limit int, cursor string) (PromotionPage, error)

	// Redeem counts a start, if the limits allow one more at that moment. Again for the
	// same start it changes nothing. Errors: ErrPromoSpent, ErrPromoUsed, ErrPromoGivenBack.
	Redeem(ctx context.Context, r Redemption) error
	// GiveBack undoes a start's redemption, if there is one; none of the start can come
	// later. Again it changes nothing.
	GiveBack(ctx context.Context, startID string, at time.Time) error
	// Redeemed counts the trips that have a promotion, in all and of one account.
	Redeemed(ctx context.Context, promotionID, account string) (total, byAccount int64, err error)
}

// Redemption is one start's use of a promotion, under the promotion's limits.
type Redemption struct {
	PromotionID, StartID, Account string
	TotalLimit, AccountLimit      int64
	At                            time.Time
}

// RedeemedPromotion is a promotion and how many trips have it.
type RedeemedPromotion struct {
	Promotion
	Redeemed int64
}

// PromotionPage is one page; an empty Next is the last.
type PromotionPage struct {
	Promotions []RedeemedPromotion
	Next       string
}

// FinishedTrips is what promotions need to know about an account's trips.
type FinishedTrips interface {
	// Trips lists accepted trips.
	Trips(ctx context.Context, f Filter) (Page, error)
}

// CampaignsConfig is what Campaigns works with.
type CampaignsConfig struct {
	Promotions PromotionStore
	Trips      FinishedTrips
	Clock      clock.Clock
	IDs        ids.Source
}

// Campaigns is what the service offers about promotions.
type Campaigns struct{ with CampaignsConfig }

// NewCampaigns makes the use cases.
func NewCampaigns(c CampaignsConfig) *Campaigns { return &Campaigns{with: c} }

// CreatedPromotion is the answer, and whether it was given before.
type CreatedPromotion struct {
	Promotion Promotion
	Replayed  bool
}

// Create makes a promotion of its terms. Errors: Invalid, ErrCodeTaken, KeyReused.
func (s *Campaigns) Create(ctx context.Context, terms Promotion, key idem.Key) (CreatedPromotion, error) {
	p, err := NewPromotion(s.with.IDs.New(), terms, s.with.Clock.Now())
	if err != nil {
		return CreatedPromotion{}, err
	}
	p, replayed, err := s.with.Promotions.Create(ctx, p, key)
	return CreatedPromotion{Promotion: p, Replayed: replayed}, err
}

// End stops a promotion. Again it changes nothing. Errors: ErrNoPromotion.
func (s *Campaigns) End(ctx context.Context, id string) (RedeemedPromotion, error) {
	p, err := s.with.Promotions.Update(ctx, id, func(p *Promotion) error {
		p.End(s.with.Clock.Now())
		return nil
	})
	if err != nil {
		return RedeemedPromotion{}, err
	}
	total, _, err := s.with.Promotions.Redeemed(ctx, id, "")
	return RedeemedPromotion{Promotion: p, Redeemed: total}, err
}

// List lists promotions, newest first. Errors: Invalid for a bad cursor.
func (s *Campaigns) List(ctx context.Context, limit int, cursor string) (PromotionPage, error) {
	return s.with.Promotions.Promotions(ctx, limit, cursor)
}

// Look is the discount that a trip of the account would have with a code now; nothing is
// counted. Errors: ErrPromo with the reason.
func (s *Campaigns) Look(ctx context.Context, code, account string) (Discount, error) {
	p, err := s.admissible(ctx, code, account)
	if err != nil {
		return Discount{}, err
	}
	total, byAccount, err := s.with.Promotions.Redeemed(ctx, p.ID, account)
	switch {
	case err != nil:
		return Discount{}, err
	case byAccount >= p.AccountLimit:
		return Discount{}, ErrPromoUsed
	case p.TotalLimit > 0 && total >= p.TotalLimit:
		return Discount{}, ErrPromoSpent
	}
	return p.Discount(), nil
}

// Redeem counts a start with a code, and says what it takes off. Again for the
// same start it changes nothing. Errors: ErrPromo with the reason; ErrPromoGivenBack.
func (s *Campaigns) Redeem(ctx context.Context, code, account, startID string) (Discount, error) {
	p, err := s.admissible(ctx, code, account)
	if err != nil {
		return Discount{}, err
	}
	err = s.with.Promotions.Redeem(ctx, Redemption{PromotionID: p.ID, StartID: startID, Account: account,
		TotalLimit: p.TotalLimit, AccountLimit: p.AccountLimit, At: s.with.Clock.Now()})
	return p.Discount(), err
}

// GiveBack undoes a start's redemption, if there is one; none of the start can come later.
func (s *Campaigns) GiveBack(ctx context.Context, startID string) error {
	return s.with.Promotions.GiveBack(ctx, startID, s.with.Clock.Now())
}

// admissible is the promotion of a code, if this account may have it now, limits aside.
func (s *Campaigns) admissible(ctx context.Context, code, account string) (Promotion, error) {
	code = NormalCode(code)
	p, err := s.with.Promotions.ByCode(ctx, code)
	if isMissing(err) {
		return Promotion{}, refusedPromo("unknown", "There is no such code.")
	}
	if err != nil {
		return Promotion{}, err
	}
	if err := p.refusal(s.with.Clock.Now()); err != nil {
		return Promotion{}, err
	}
	if !p.FirstTripOnly {
		return p, nil
	}
	paid, err := s.hasPaid(ctx, account)
	if err == nil && paid {
		err = refusedPromo("first_trip_only", "The code is for a first trip.")
	}
	return p, err
}

// hasPaid says that the account has finished a trip that was not free by itself.
func (s *Campaigns) hasPaid(ctx context.Context, account string) (bool, error) {
	for f := (Filter{Account: account, State: Finished, Limit: 20}); ; {
		page, err := s.with.Trips.Trips(ctx, f)
		if err != nil || slices.ContainsFunc(page.Trips, func(t Trip) bool { return !t.Fare.free() }) {
			return err == nil, err
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return false, nil
		}
	}
}
