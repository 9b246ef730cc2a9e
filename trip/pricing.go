package trip

import (
	"context"
	"errors"
	"strconv"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
)

// What staff are told about plans.
var (
	ErrNoPlan       = errs.Missing("pricing plan")
	ErrPlanChanged  = errs.E(errs.Conflict, "plan_changed", "The plan has a later version than the one this was made from; read it again.")
	ErrPlanStandard = errs.E(errs.Conflict, "plan_needed", "The standard plan is every car's that names no other; it cannot be retired.")
)

// PlanStore keeps every version of every plan for ever. A version never changes, so that
// a store needs no more than a unique key on id and version.
type PlanStore interface {
	// Publish saves the plan that next makes of the plan's latest version, with its event
	// and key in the same write; the zero Plan is none yet. next sets all but the version,
	// which is the one after. An error of next is returned as it is and nothing is saved;
	// next may run more than once. A key that was used within idem.Keep before now
	// answers what it answered then. Errors: KeyReused.
	Publish(ctx context.Context, id string, key idem.Key, now time.Time, next func(latest Plan) (Plan, error)) (p Plan, replayed bool, err error)
	// Latest is the latest version of a plan. Errors: NotFound.
	Latest(ctx context.Context, id string) (Plan, error)
	// Plans lists the latest version of each plan by id, ascending, after one; an empty
	// after is before all.
	Plans(ctx context.Context, after string, limit int) ([]Plan, error)
	// Versions lists the versions of one plan, the latest first, below one; 0 is above
	// all. It is empty for a plan that is not there.
	Versions(ctx context.Context, id string, below int64, limit int) ([]Plan, error)
}

// PricingConfig is what Pricing works with.
type PricingConfig struct {
	Plans      PlanStore
	Cars       CarPlans
	Promotions *Campaigns
	Clock      clock.Clock
}

// Pricing is what the service offers about prices.
type Pricing struct{ with PricingConfig }

// NewPricing makes the use cases.
func NewPricing(c PricingConfig) *Pricing { return &Pricing{with: c} }

// PublishPlan asks for a new plan or the next version of one: its id decides.
type PublishPlan struct {
	Plan Plan
	// BasedOn is the version that this was made from; 0 is whichever is the latest.
	BasedOn int64
	Key     idem.Key
}

// Published is the answer, and whether it was given before.
type Published struct {
	Plan     Plan
	Replayed bool
}

// errKeep tells the store that there is nothing to save.
var errKeep = errors.New("trip: nothing to save")

// Seed makes the standard plan unless there is one. Any number of instances may do so at
// once.
func (s *Pricing) Seed(ctx context.Context) error {
	_, _, err := s.with.Plans.Publish(ctx, StandardPlan, idem.Key{}, s.with.Clock.Now(), func(latest Plan) (Plan, error) {
		if latest.Version > 0 {
			return Plan{}, errKeep
		}
		p := Standard()
		p.At = s.with.Clock.Now()
		return p, nil
	})
	if errors.Is(err, errKeep) {
		return nil
	}
	return err
}

// Publish makes a plan or the next version of one; it is in force at once, for trips that
// start from now on. Errors: Invalid, ErrPlanChanged, KeyReused.
func (s *Pricing) Publish(ctx context.Context, c PublishPlan) (Published, error) {
	if err := c.Plan.Check(); err != nil {
		return Published{}, err
	}
	p, replayed, err := s.with.Plans.Publish(ctx, c.Plan.ID, c.Key, s.with.Clock.Now(), func(latest Plan) (Plan, error) {
		if c.BasedOn != 0 && c.BasedOn != latest.Version {
			return Plan{}, ErrPlanChanged
		}
		next := c.Plan
		next.Retired, next.At = false, s.with.Clock.Now()
		return next, nil
	})
	return Published{Plan: p, Replayed: replayed}, err
}

// Retire takes a plan out of use, as a version of its own: cars that name it have the
// standard plan. Again it changes nothing. Errors: ErrNoPlan, ErrPlanStandard.
func (s *Pricing) Retire(ctx context.Context, id string) (Plan, error) {
	if id == StandardPlan {
		return Plan{}, ErrPlanStandard
	}
	p, _, err := s.with.Plans.Publish(ctx, id, idem.Key{}, s.with.Clock.Now(), func(latest Plan) (Plan, error) {
		switch {
		case latest.Version == 0:
			return Plan{}, ErrNoPlan
		case latest.Retired:
			return Plan{}, errKeep
		}
		latest.Retired, latest.At = true, s.with.Clock.Now()
		return latest, nil
	})
	if errors.Is(err, errKeep) {
		return s.with.Plans.Latest(ctx, id)
	}
	return p, err
}

// plansAtOnce is how many plans are read at a time.
const plansAtOnce = 100

// InForce is the latest version of each plan that is not retired, by id.
func (s *Pricing) InForce(ctx context.Context) (inForce []Plan, err error) {
	for after, more := "", true; more; {
		plans, err := s.with.Plans.Plans(ctx, after, plansAtOnce)
		if err != nil {
			return nil, err
		}
		for _, p := range plans {
			if after = p.ID; !p.Retired {
				inForce = append(inForce, p)
			}
		}
		more = len(plans) == plansAtOnce
	}
	return inForce, nil
}

// PlanFilter chooses a page of plans: the latest version of each, by id, or with an ID
// every version of that one, the latest first.
type PlanFilter struct {
	ID     string
	Limit  int
	Cursor string
}

// PlanPage is one page; an empty Next is the last.
type PlanPage struct {
	Plans []Plan
	Next  string
}

// Plans lists plans, retired ones too. Errors: Invalid for a bad cursor.
func (s *Pricing) Plans(ctx context.Context, f PlanFilter) (PlanPage, error) {
	below := int64(0)
	if f.ID != "" && f.Cursor != "" {
		var err error
		if below, err = strconv.ParseInt(f.Cursor, 10, 64); err != nil || below <= 0 {
			return PlanPage{}, errs.Invalidf("cursor", "invalid", "Take it from next_cursor of the page before.")
		}
	}
	if f.ID != "" {
		plans, err := s.with.Plans.Versions(ctx, f.ID, below, f.Limit+1)
		return planPage(plans, f.Limit, func(p Plan) string { return strconv.FormatInt(p.Version, 10) }), err
	}
	plans, err := s.with.Plans.Plans(ctx, f.Cursor, f.Limit+1)
	return planPage(plans, f.Limit, func(p Plan) string { return p.ID }), err
}

func planPage(plans []Plan, limit int, cursor func(Plan) string) PlanPage {
	if len(plans) <= limit {
		return PlanPage{Plans: plans}
	}
	return PlanPage{Plans: plans[:limit], Next: cursor(plans[limit-1])}
}

// PlanFor is the plan that a trip starts with whose car names one: the latest version of
// that plan, or the standard plan where there is no such plan in force.
func (s *Pricing) PlanFor(ctx context.Context, id string) (Plan, error) {
	if id != "" {
		p, err := s.with.Plans.Latest(ctx, id)
		if err == nil && !p.Retired {
			return p, nil
		}
		if err != nil && !isMissing(err) {
			return Plan{}, err
		}
	}
	return s.with.Plans.Latest(ctx, StandardPlan)
}
