package trip_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
)

// office is what staff who set prices work with, over a real store.
type office struct {
	clock     *clock.Manual
	trips     *sqlite.Trips
	campaigns *trip.Campaigns
	pricing   *trip.Pricing
	zoning    *trip.Zoning
	cars      carPlans
}

// promotions are those of the office in a world where calls fail.
type promotions struct {
	world *world
	*trip.Campaigns
}

func (p promotions) Redeem(ctx context.Context, code, account, startID string) (d trip.Discount, err error) {
	err = p.world.call("redeem", func() error { d, err = p.Campaigns.Redeem(ctx, code, account, startID); return err })
	return d, err
}

func (p promotions) GiveBack(ctx context.Context, startID string) error {
	return p.world.call("give back", func() error { return p.Campaigns.GiveBack(ctx, startID) })
}

// carPlans are the plans that cars name.
type carPlans map[string]string

func (c carPlans) CarPlan(_ context.Context, carID string) (string, error) {
	plan, ok := c[carID]
	if !ok {
		return "", errs.Missing("car")
	}
	return plan, nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	trips, err := sqlite.NewTrips(t.Context(), filepath.Join(t.TempDir(), "trip.db"), endpoint.Event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := trips.Close(); err != nil {
			t.Error(err)
		}
	})
	return officeOver(t, trips, clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)))
}

// officeOver works with the store of others.
func officeOver(t *testing.T, trips *sqlite.Trips, clock *clock.Manual) *office {
	t.Helper()
	o := &office{clock: clock, trips: trips, cars: carPlans{"car": trip.StandardPlan}}
	o.zoning = trip.NewZoning(sqlite.NewZones(trips, endpoint.ZonesEvent), clock)
	o.campaigns = trip.NewCampaigns(trip.CampaignsConfig{Promotions: sqlite.NewPromotions(o.trips, endpoint.PromotionEvent),
		Trips: o.trips, Clock: o.clock, IDs: ids.Random{}})
	o.pricing = trip.NewPricing(trip.PricingConfig{Plans: sqlite.NewPlans(o.trips, endpoint.PlanEvent), Cars: o.cars, Promotions: o.campaigns, Clock: o.clock})
	if err := o.pricing.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) promote(t *testing.T, terms trip.Promotion) trip.Promotion {
	t.Helper()
	created, err := o.campaigns.Create(t.Context(), terms, idem.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return created.Promotion
}

// why is the reason of a refused code; empty for none.
func why(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || !errors.Is(err, trip.ErrPromo) || len(e.Fields) != 1 || e.Fields[0].Field != "promo_code" || e.Fields[0].Detail == "" {
		t.Fatalf("got %v", err)
	}
	return e.Fields[0].Code
}

func TestPromotionTerms(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*trip.Promotion)
		want   []string
	}{
		"a percentage":          {func(*trip.Promotion) {}, nil},
		"an amount":             {func(p *trip.Promotion) { p.PercentOff, p.AmountOff = 0, 300 }, nil},
		"open for ever":         {func(p *trip.Promotion) { p.Until = time.Time{} }, nil},
		"begun in the past":     {func(p *trip.Promotion) { p.From = now.Add(-time.Hour) }, nil},
		"any number of trips":   {func(p *trip.Promotion) { p.TotalLimit = 0 }, nil},
		"a short code":          {func(p *trip.Promotion) { p.Code = " ab " }, []string{"code invalid"}},
		"a code of other signs": {func(p *trip.Promotion) { p.Code = "WEL COME" }, []string{"code invalid"}},
		"both of them":          {func(p *trip.Promotion) { p.AmountOff = 300 }, []string{"percent_off invalid"}},
		"none of them":          {func(p *trip.Promotion) { p.PercentOff = 0 }, []string{"percent_off invalid"}},
		"more than all":         {func(p *trip.Promotion) { p.PercentOff = 101 }, []string{"percent_off too_large"}},
		"a negative amount":     {func(p *trip.Promotion) { p.PercentOff, p.AmountOff = 0, -1 }, []string{"amount_off.amount too_small"}},
		"negative limits":       {func(p *trip.Promotion) { p.TotalLimit, p.AccountLimit, p.FareAtLeast = -1, 0, -1 }, []string{"minimum_fare.amount too_small", "total_limit too_small", "account_limit too_small"}},
		"over before it begins": {func(p *trip.Promotion) { p.From, p.Until = now.Add(2*time.Hour), now.Add(time.Hour) }, []string{"valid_until invalid"}},
		"over already":          {func(p *trip.Promotion) { p.From, p.Until = now.Add(-2*time.Hour), now }, []string{"valid_until past"}},
	} {
		t.Run(name, func(t *testing.T) {
			terms := trip.Promotion{Code: "welcome", PercentOff: 20, Until: now.Add(time.Hour), TotalLimit: 5, AccountLimit: 1}
			c.change(&terms)
			p, err := trip.NewPromotion("p", terms, now)
			if got := brokenFields(t, err); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if err == nil && (p.Code != "WELCOME" || p.From.IsZero() || p.Version != 1 || len(p.Changes()) != 1) {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestPromoCodes(t *testing.T) {
	t.Run("a code is taken however it is written, and its trip has it once", func(t *testing.T) {
		o := newOffice(t)
		p := o.promote(t, trip.Promotion{Code: "welcome", PercentOff: 20, AccountLimit: 1})
		for range 2 {
			d, err := o.campaigns.Redeem(t.Context(), " WelCome ", "1", "trip")
			if err != nil || d.PromotionID != p.ID || d.Code != "WELCOME" || d.PercentOff != 20 {
				t.Errorf("got %+v, %v", d, err)
			}
		}
		page, err := o.campaigns.List(t.Context(), 1, "")
		if err != nil || page.Promotions[0].Redeemed != 1 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("each refusal says why, before the start and at it", func(t *testing.T) {
		o := newOffice(t)
		o.promote(t, trip.Promotion{Code: "later", PercentOff: 20, AccountLimit: 1, From: o.clock.Now().Add(time.Millisecond)})
		o.promote(t, trip.Promotion{Code: "over", PercentOff: 20, AccountLimit: 1, Until: o.clock.Now().Add(time.Millisecond)})
		ended := o.promote(t, trip.Promotion{Code: "ended", PercentOff: 20, AccountLimit: 1})
		if _, err := o.campaigns.End(t.Context(), ended.ID); err != nil {
			t.Fatal(err)
		}
		o.promote(t, trip.Promotion{Code: "once", PercentOff: 20, AccountLimit: 1})
		o.promote(t, trip.Promotion{Code: "scarce", PercentOff: 20, AccountLimit: 9, TotalLimit: 1})
		for _, code := range []string{"once", "scarce"} {
			if _, err := o.campaigns.Redeem(t.Context(), code, "1", "trip of "+code); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, o.trips, "1")
		o.promote(t, trip.Promotion{Code: "first", PercentOff: 20, AccountLimit: 1, FirstTripOnly: true})
		at := map[string]time.Duration{"over": time.Millisecond}
		for code, want := range map[string]string{"none": "unknown", "later": "not_yet_valid", "over": "expired", "ended": "expired",
			"once": "already_used", "scarce": "used_up", "first": "first_trip_only"} {
			o.clock.Advance(at[code])
			_, look := o.campaigns.Look(t.Context(), code, "1")
			_, redeem := o.campaigns.Redeem(t.Context(), code, "1", "another trip")
			if why(t, look) != want || why(t, redeem) != want {
				t.Errorf("%s: got %v and %v, want %s", code, look, redeem, want)
			}
			o.clock.Advance(-at[code])
		}
		for _, code := range []string{"once", "first"} { // another account may
			if _, err := o.campaigns.Look(t.Context(), code, "2"); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
	t.Run("looking counts nothing", func(t *testing.T) {
		o := newOffice(t)
		o.promote(t, trip.Promotion{Code: "once", PercentOff: 20, AccountLimit: 1, TotalLimit: 1})
		for range 3 {
			if _, err := o.campaigns.Look(t.Context(), "once", "1"); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("what a trip gives back, another may have", func(t *testing.T) {
		o := newOffice(t)
		o.promote(t, trip.Promotion{Code: "once", PercentOff: 20, AccountLimit: 1, TotalLimit: 1})
		if _, err := o.campaigns.Redeem(t.Context(), "once", "1", "cancelled"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.campaigns.GiveBack(t.Context(), "cancelled"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.campaigns.Redeem(t.Context(), "once", "1", "next"); err != nil {
			t.Error(err)
		}
	})
	t.Run("ending a promotion that is not there", func(t *testing.T) {
		if _, err := newOffice(t).campaigns.End(t.Context(), ids.Random{}.New()); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
}
