package trip

import (
	"fmt"
	"strings"
	"time"

	"freecar/internal/errs"
)

// Promotion takes something off the fare of whoever gives its code at the start.
type Promotion struct {
	ID string
	// Code is in its normal form (NormalCode), and no other promotion's, ever.
	Code string
	// PercentOff (1 to 100) or AmountOff (minor units): exactly one is not 0.
	PercentOff, AmountOff int64
	// FareAtLeast is what is left to pay in any case, in minor units; see Discount.
	FareAtLeast int64
	// FirstTripOnly is for accounts that have not finished a trip, other than one in its
	// grace.
	FirstTripOnly bool
	// From and Until (exclusive) bound when trips may start with it; a zero Until is open.
	From, Until time.Time
	// TotalLimit is how many trips may have it; 0 is any number. A trip of which it took
	// nothing off has not had it.
	TotalLimit int64
	// AccountLimit is how many trips of one account may have it.
	AccountLimit int64

	CreatedAt time.Time
	EndedAt   time.Time // zero while it was not ended by staff
	Version   int64
	changes   []Change
}

// The bounds of a promotion.
const (
	mostRedeemed      = 1_000_000_000
	mostRedeemedByOne = 100
	codeAtLeast       = 3
	codeAtMost        = 32
	codeLetters       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
)

// NormalCode is a code as it is kept and compared: riders write it as they like.
func NormalCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// validCode says whether a code in normal form can be a promotion's.
func validCode(code string) bool {
	return len(code) >= codeAtLeast && len(code) <= codeAtMost && strings.Trim(code, codeLetters) == ""
}

// NewPromotion makes a promotion of its terms; a zero From is now. Errors: Invalid with
// all fields that break a rule.
func NewPromotion(id string, terms Promotion, now time.Time) (Promotion, error) {
	p := terms
	p.ID, p.Code, p.CreatedAt, p.EndedAt, p.Version, p.changes = id, NormalCode(terms.Code), now, time.Time{}, 0, nil
	if p.From.IsZero() {
		p.From = now
	}
	if err := p.check(now); err != nil {
		return Promotion{}, err
	}
	p.changed("promotion_created", now)
	return p, nil
}

func (p *Promotion) check(now time.Time) error {
	var broken []errs.Field
	rule := func(kept bool, field, code, format string, args ...any) {
		if !kept {
			broken = append(broken, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
		}
	}
	within := func(n, least, most int64, field string) {
		rule(n >= least, field, "too_small", "It must be at least %d.", least)
		rule(n <= most, field, "too_large", "It must be at most %d.", most)
	}
	rule(validCode(p.Code), "code", "invalid", "A code has %d to %d letters, digits, - and _.", codeAtLeast, codeAtMost)
	rule((p.PercentOff == 0) != (p.AmountOff == 0), "percent_off", "invalid", "Give either percent_off or amount_off.")
	within(p.PercentOff, 0, 100, "percent_off")
	within(p.AmountOff, 0, mostFee, "amount_off.amount")
	within(p.FareAtLeast, 0, mostFee, "minimum_fare.amount")
	within(p.TotalLimit, 0, mostRedeemed, "total_limit")
	within(p.AccountLimit, 1, mostRedeemedByOne, "account_limit")
	rule(p.Until.IsZero() || p.Until.After(p.From), "valid_until", "invalid", "It must be after valid_from.")
	rule(p.Until.IsZero() || p.Until.After(now), "valid_until", "past", "It must be in the future.")
	if len(broken) > 0 {
		return errs.InvalidFields(broken...)
	}
	return nil
}

// End stops it for trips that start from now on; those that have it keep it. Again it
// changes nothing.
func (p *Promotion) End(now time.Time) {
	if p.EndedAt.IsZero() {
		p.EndedAt = now
		p.changed("promotion_ended", now)
	}
}

// Discount is what it takes off.
func (p *Promotion) Discount() Discount {
	return Discount{PromotionID: p.ID, Code: p.Code, PercentOff: p.PercentOff, AmountOff: p.AmountOff, FareAtLeast: p.FareAtLeast}
}

// refusal is why a trip that starts now cannot have it, whoever's it is.
func (p *Promotion) refusal(now time.Time) error {
	switch {
	case !p.EndedAt.IsZero() || !p.Until.IsZero() && !now.Before(p.Until):
		return refusedPromo("expired", "The code is not valid any more.")
	case now.Before(p.From):
		return refusedPromo("not_yet_valid", "The code is not valid yet.")
	}
	return nil
}

// Changes are those not yet saved.
func (p *Promotion) Changes() []Change { return p.changes }

// Saved forgets the changes: the store calls it.
func (p *Promotion) Saved() { p.changes = nil }

func (p *Promotion) changed(name string, now time.Time) {
	p.Version++
	p.changes = append(p.changes, Change{Name: name, Version: p.Version, At: now})
}

// ErrPromo is why a code is not taken; its reasons say which.
var ErrPromo = errs.E(errs.Conflict, "promo_refused", "This promo code cannot be used for the trip; see errors.")

func refusedPromo(code, detail string) *errs.Error {
	return ErrPromo.With(errs.Field{Field: "promo_code", Code: code, Detail: detail})
}

// Why a store does not take a redemption.
var (
	ErrPromoSpent     = refusedPromo("used_up", "The code has been used as often as it may be.")
	ErrPromoUsed      = refusedPromo("already_used", "You have used the code as often as you may.")
	ErrPromoGivenBack = errs.E(errs.Conflict, "given_back", "The start has given its promotion back.")
	ErrCodeTaken      = errs.E(errs.Conflict, "promotion_exists", "There is, or was, a promotion with this code; choose another.")
	ErrNoPromotion    = errs.Missing("promotion")
)
