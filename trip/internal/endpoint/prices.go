package endpoint

import (
	"context"
	"fmt"
	"math"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Prices are the operations on plans and quotes.
type Prices struct{ pricing *trip.Pricing }

// NewPrices wraps the use cases.
func NewPrices(p *trip.Pricing) Prices { return Prices{pricing: p} }

// Quote prices a trip before it starts.
func (e Prices) Quote(ctx context.Context, r tripapi.QuoteRequest) (tripapi.Quote, error) {
	q, err := e.pricing.Quote(ctx, trip.QuoteTrip{Account: account(ctx), CarID: r.CarID, PromoCode: r.PromoCode, Usage: trip.Usage{
		Driving: time.Duration(*r.Minutes) * time.Minute, Paused: time.Duration(r.PausedMinutes) * time.Minute,
		DistanceM: int64(math.Round(*r.KM * 1000)),
	}})
	return tripapi.Quote{CarID: r.CarID, Fare: fromFare(q.Fare, q.Plan), Hold: wire.FromMoney(q.Hold)}, err
}

// InForce are the price lists.
func (e Prices) InForce(ctx context.Context, _ kitx.None) (wire.Page[tripapi.Plan], error) {
	plans, err := e.pricing.InForce(ctx)
	return wire.NewPage(plans, "", fromPlan), err
}

// List lists plans or the versions of one.
func (e Prices) List(ctx context.Context, r tripapi.ListPlansRequest) (wire.Page[tripapi.StaffPlan], error) {
	page, err := e.pricing.Plans(ctx, trip.PlanFilter{ID: r.ID, Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Plans, page.Next, fromStaffPlan), err
}

// Publish makes a plan or the next version of one.
func (e Prices) Publish(ctx context.Context, r tripapi.PublishPlanRequest) (tripapi.StaffPlan, error) {
	c, err := toPublishPlan(r)
	if err != nil {
		return tripapi.StaffPlan{}, err
	}
	c.Key = kitx.KeyOf(ctx, tripapi.PublishPlan.Spec().Op, r.Keyed)
	published, err := e.pricing.Publish(ctx, c)
	if err == nil && published.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromStaffPlan(published.Plan), err
}

// Retire takes a plan out of use.
func (e Prices) Retire(ctx context.Context, r tripapi.PlanRequest) (tripapi.StaffPlan, error) {
	p, err := e.pricing.Retire(ctx, r.ID)
	return fromStaffPlan(p), err
}

func fromStaffPlan(p trip.Plan) tripapi.StaffPlan {
	return tripapi.StaffPlan{Plan: fromPlan(p), Retired: p.Retired, CreatedAt: wire.FromTimeOrNil(p.At)}
}

// toPublishPlan reads a plan. Errors: Invalid for amounts of another currency.
func toPublishPlan(r tripapi.PublishPlanRequest) (trip.PublishPlan, error) {
	var m minors
	p := trip.Plan{
		ID: r.ID, Name: r.Name, Currency: money.Currency, VATBasisPoints: r.VATBasisPoints,
		Unlock: m.of("unlock", r.Unlock), PerPausedMinute: m.of("per_paused_minute", r.PerPausedMinute), Hold: m.of("hold", r.Hold),
		PerMinute: m.ofSegments("per_minute", r.PerMinute), PerKilometre: m.ofSegments("per_kilometre", r.PerKilometre),
		Grace: toGrace(r.GraceSeconds),
	}
	if r.Cap != nil {
		p.Cap = m.of("cap", *r.Cap)
	}
	c := trip.PublishPlan{Plan: p}
	if r.Version != nil {
		c.BasedOn = *r.Version
	}
	return c, m.err()
}

// toGrace keeps what is too long too long, rather than letting it overflow.
func toGrace(seconds int64) time.Duration {
	const most = int64(math.MaxInt64 / time.Second)
	return time.Duration(min(max(seconds, -most), most)) * time.Second
}

// minors reads amounts of the deployment's currency and gathers those that are not.
type minors struct{ broken []errs.Field }

func (m *minors) of(field string, amount wire.Money) int64 {
	if amount.Currency != money.Currency {
		m.broken = append(m.broken, errs.Field{Field: field + ".currency", Code: "invalid", Detail: "It must be " + money.Currency + "."})
	}
	return amount.Amount
}

func (m *minors) ofSegments(field string, segments []tripapi.PlanSegment) (list []trip.Segment) {
	for i, s := range segments {
		segment := trip.Segment{Start: *s.Start, Rate: m.of(fmt.Sprintf("%s[%d].rate", field, i), s.Rate), Interval: *s.Interval}
		if s.End != nil {
			segment.End = *s.End
		}
		list = append(list, segment)
	}
	return list
}

func (m *minors) err() error {
	if len(m.broken) == 0 {
		return nil
	}
	return errs.InvalidFields(m.broken...)
}
