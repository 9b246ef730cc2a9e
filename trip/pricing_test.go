package trip_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

func plan(id string, change ...func(*trip.Plan)) trip.Plan {
	p := trip.Standard()
	p.ID, p.Version = id, 0
	for _, f := range change {
		f(&p)
	}
	return p
}

func (o *office) publish(t *testing.T, p trip.Plan) trip.Plan {
	t.Helper()
	published, err := o.pricing.Publish(t.Context(), trip.PublishPlan{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	return published.Plan
}

func TestPricing(t *testing.T) {
	t.Run("there is a standard plan from the first start, and once", func(t *testing.T) {
		o := newOffice(t)
		if err := o.pricing.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := o.pricing.InForce(t.Context())
		if err != nil || len(got) != 1 || got[0].ID != "standard" || got[0].Version != 1 || !got[0].At.Equal(o.clock.Now()) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a second start leaves a changed standard plan alone", func(t *testing.T) {
		o := newOffice(t)
		o.publish(t, plan("standard", func(p *trip.Plan) { p.Unlock = 0 }))
		if err := o.pricing.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p, err := o.pricing.PlanFor(t.Context(), "standard"); err != nil || p.Version != 2 || p.Unlock != 0 {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("a version is in force at once, and those before stay as they were", func(t *testing.T) {
		o := newOffice(t)
		first := o.publish(t, plan("night"))
		second := o.publish(t, plan("night", func(p *trip.Plan) { p.PerMinute[0].Rate = 19 }))
		if got, err := o.pricing.PlanFor(t.Context(), "night"); err != nil || fmt.Sprint(got) != fmt.Sprint(second) || got.Version != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
		page, err := o.pricing.Plans(t.Context(), trip.PlanFilter{ID: "night", Limit: 5})
		if err != nil || len(page.Plans) != 2 || fmt.Sprint(page.Plans[1]) != fmt.Sprint(first) || page.Next != "" {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("a plan made from a version that is not the latest is refused", func(t *testing.T) {
		o := newOffice(t)
		o.publish(t, plan("night"))
		for _, based := range []int64{2, 1} {
			_, err := o.pricing.Publish(t.Context(), trip.PublishPlan{Plan: plan("night"), BasedOn: based})
			if based == 1 && err != nil || based == 2 && !errors.Is(err, trip.ErrPlanChanged) {
				t.Errorf("based on %d: got %v", based, err)
			}
		}
		if _, err := o.pricing.Publish(t.Context(), trip.PublishPlan{Plan: plan("new"), BasedOn: 1}); !errors.Is(err, trip.ErrPlanChanged) {
			t.Errorf("based on what never was: %v", err)
		}
	})
	t.Run("one that breaks a rule is not saved", func(t *testing.T) {
		o := newOffice(t)
		if _, err := o.pricing.Publish(t.Context(), trip.PublishPlan{Plan: plan("night", func(p *trip.Plan) { p.Unlock = -1 })}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("got %v", err)
		}
		if page, err := o.pricing.Plans(t.Context(), trip.PlanFilter{ID: "night", Limit: 5}); err != nil || len(page.Plans) != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("retiring is a version: cars that name the plan have the standard one, until it comes back", func(t *testing.T) {
		o := newOffice(t)
		o.publish(t, plan("night"))
		for range 2 {
			if p, err := o.pricing.Retire(t.Context(), "night"); err != nil || p.Version != 2 || !p.Retired {
				t.Errorf("got %+v, %v", p, err)
			}
		}
		for _, id := range []string{"night", "never was", ""} {
			if p, err := o.pricing.PlanFor(t.Context(), id); err != nil || p.ID != "standard" {
				t.Errorf("%q: got %+v, %v", id, p, err)
			}
		}
		if got, err := o.pricing.InForce(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("riders see %+v, %v", got, err)
		}
		if p := o.publish(t, plan("night")); p.Version != 3 || p.Retired {
			t.Errorf("got %+v", p)
		}
		if p, err := o.pricing.PlanFor(t.Context(), "night"); err != nil || p.Version != 3 {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("riders see all plans in force, however many are retired", func(t *testing.T) {
		o := newOffice(t)
		for i := range 101 {
			id := fmt.Sprintf("a%03d", i)
			o.publish(t, plan(id))
			if _, err := o.pricing.Retire(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		o.publish(t, plan("night"))
		got, err := o.pricing.InForce(t.Context())
		if err != nil || len(got) != 2 || got[0].ID != "night" || got[1].ID != "standard" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("some cannot be retired", func(t *testing.T) {
		o := newOffice(t)
		for id, want := range map[string]error{"standard": trip.ErrPlanStandard, "never-was": trip.ErrNoPlan} {
			if _, err := o.pricing.Retire(t.Context(), id); !errors.Is(err, want) {
				t.Errorf("%s: got %v", id, err)
			}
		}
	})
	t.Run("pages joined are the whole set", func(t *testing.T) {
		o := newOffice(t)
		for _, id := range []string{"d", "b", "c", "a", "b", "b"} {
			o.publish(t, plan(id))
		}
		for id, want := range map[string][]string{"": {"a1", "b3", "c1", "d1", "standard1"}, "b": {"b3", "b2", "b1"}} {
			var got []string
			f := trip.PlanFilter{ID: id, Limit: 2}
			for n := 0; n == 0 || f.Cursor != ""; n++ {
				page, err := o.pricing.Plans(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range page.Plans {
					got = append(got, fmt.Sprintf("%s%d", p.ID, p.Version))
				}
				f.Cursor = page.Next
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: got %v, want %v", id, got, want)
			}
		}
		if _, err := o.pricing.Plans(t.Context(), trip.PlanFilter{ID: "b", Cursor: "x", Limit: 2}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a bad cursor: %v", err)
		}
	})
}

func TestQuote(t *testing.T) {
	o := newOffice(t)
	o.publish(t, plan("night", func(p *trip.Plan) { p.Unlock, p.Hold = 50, 1500 }))
	o.cars["night car"] = "night"
	o.promote(t, trip.Promotion{Code: "welcome", PercentOff: 20, AccountLimit: 1})
	usage := trip.Usage{Driving: 10 * time.Minute, Paused: 5 * time.Minute, DistanceM: 7000}
	t.Run("is the plan's fare, with plan, version and hold", func(t *testing.T) {
		q, err := o.pricing.Quote(t.Context(), trip.QuoteTrip{Account: "1", CarID: "night car", Usage: usage})
		if err != nil || q.Plan.ID != "night" || q.Plan.Version != 1 || q.Hold.Amount != 1500 || q.Fare.Total.Amount != 50+290+45 {
			t.Errorf("got %+v, %v", q, err)
		}
	})
	t.Run("takes a promo code into account, and counts nothing", func(t *testing.T) {
		for range 2 {
			q, err := o.pricing.Quote(t.Context(), trip.QuoteTrip{Account: "1", CarID: "car", Usage: usage, PromoCode: "Welcome"})
			if err != nil || q.Fare.Total.Amount != 435-87 || q.Fare.Lines[len(q.Fare.Lines)-1].Code != "promotion" {
				t.Errorf("got %+v, %v", q, err)
			}
		}
	})
	t.Run("of a code that is none", func(t *testing.T) {
		if _, err := o.pricing.Quote(t.Context(), trip.QuoteTrip{Account: "1", CarID: "car", PromoCode: "nonsense"}); why(t, err) != "unknown" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of a car that is none", func(t *testing.T) {
		if _, err := o.pricing.Quote(t.Context(), trip.QuoteTrip{Account: "1", CarID: "no car"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

// finish gives an account a finished trip.
func finish(t *testing.T, s trip.Repository, account string) {
	t.Helper()
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	n := trip.NewTrip(account+"'s trip", account, "car", idem.Key{}, now)
	if err := s.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func(*trip.Trip) error{
		func(n *trip.Trip) error { return n.Accept(trip.ClaimedCar{ID: "car"}, trip.Standard(), now) },
		func(n *trip.Trip) error { return n.Begin(now, policy, now) },
		func(n *trip.Trip) error { return n.RequestEnd(trip.EndRequest{By: trip.ByRider, OdometerM: 5000}, now) },
		func(n *trip.Trip) error { return n.Price(5000, now) },
		func(n *trip.Trip) error { return n.Finish(now) },
	} {
		if _, err := s.Update(t.Context(), n.ID, step); err != nil {
			t.Fatal(err)
		}
	}
}
