package trip_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

// brokenFields are the fields that an error names, each with its code.
func brokenFields(t *testing.T, err error) (fields []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || e.Kind != errs.Invalid {
		t.Fatalf("got %v", err)
	}
	for _, f := range e.Fields {
		if f.Detail == "" {
			t.Errorf("%s says nothing", f.Field)
		}
		fields = append(fields, f.Field+" "+f.Code)
	}
	return fields
}

func TestPlanRules(t *testing.T) {
	segments := func(s ...trip.Segment) []trip.Segment { return s }
	for name, c := range map[string]struct {
		change func(*trip.Plan)
		want   []string
	}{
		"the standard plan": {func(*trip.Plan) {}, nil},
		"everything free":   {func(p *trip.Plan) { *p = trip.Plan{ID: "free", Currency: "EUR"} }, nil},
		"segments one after the other": {func(p *trip.Plan) {
			p.PerMinute = segments(trip.Segment{End: 10, Rate: 29, Interval: 1}, trip.Segment{Start: 10, Rate: 45, Interval: 5})
		}, nil},
		"free kilometres in between": {func(p *trip.Plan) {
			p.PerKilometre = segments(trip.Segment{End: 10, Rate: 19, Interval: 1}, trip.Segment{Start: 50, Rate: 9, Interval: 1})
		}, nil},
		"no id":                   {func(p *trip.Plan) { p.ID = "" }, []string{"id invalid"}},
		"an id of other letters":  {func(p *trip.Plan) { p.ID = "Night/Day" }, []string{"id invalid"}},
		"another currency":        {func(p *trip.Plan) { p.Currency = "USD" }, []string{"unlock.currency invalid"}},
		"negative amounts":        {func(p *trip.Plan) { p.Unlock, p.PerPausedMinute = -1, -1 }, []string{"unlock.amount too_small", "per_paused_minute.amount too_small"}},
		"a negative rate":         {func(p *trip.Plan) { p.PerMinute[0].Rate = -1 }, []string{"per_minute[0].rate.amount too_small"}},
		"a negative interval":     {func(p *trip.Plan) { p.PerKilometre[0].Interval = -1 }, []string{"per_kilometre[0].interval too_small"}},
		"an end before the start": {func(p *trip.Plan) { p.PerKilometre[0].End = 100 }, []string{"per_kilometre[0].end too_small"}},
		"overlapping segments":    {func(p *trip.Plan) { p.PerKilometre = segments(trip.Segment{End: 10}, trip.Segment{Start: 9}) }, []string{"per_kilometre[1].start overlaps"}},
		"unordered segments":      {func(p *trip.Plan) { p.PerKilometre = segments(trip.Segment{Start: 10, End: 20}, trip.Segment{End: 10}) }, []string{"per_kilometre[1].start overlaps"}},
		"a segment after an open one": {func(p *trip.Plan) {
			p.PerMinute = segments(trip.Segment{Rate: 29, Interval: 1}, trip.Segment{Start: 10})
		}, []string{"per_minute[1].start overlaps"}},
		"too many segments":            {func(p *trip.Plan) { p.PerMinute = make([]trip.Segment, 21) }, []string{"per_minute too_long"}},
		"a cap below the unlock fee":   {func(p *trip.Plan) { p.Cap = 99 }, []string{"cap.amount too_small"}},
		"a negative cap":               {func(p *trip.Plan) { p.Cap = -1 }, []string{"cap.amount too_small"}},
		"a cap that no wallet can pay": {func(p *trip.Plan) { p.Cap = 10_000_001 }, []string{"cap.amount too_large"}},
		"a hold below the unlock fee":  {func(p *trip.Plan) { p.Hold = 99 }, []string{"hold.amount too_small"}},
		"a hold beyond reason":         {func(p *trip.Plan) { p.Hold = 100_001 }, []string{"hold.amount too_large"}},
		"a long grace":                 {func(p *trip.Plan) { p.Grace = 61 * time.Minute }, []string{"grace_seconds too_large"}},
		"a tax of all":                 {func(p *trip.Plan) { p.VATBasisPoints = 10_000 }, []string{"vat_basis_points too_large"}},
		"a pause dearer than driving":  {func(p *trip.Plan) { p.PerPausedMinute = 30 }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"as dear as driving":           {func(p *trip.Plan) { p.PerPausedMinute = 29 }, nil},
		"dearer by the interval":       {func(p *trip.Plan) { p.PerMinute[0] = trip.Segment{Rate: 44, Interval: 5} }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"as dear by the interval":      {func(p *trip.Plan) { p.PerMinute[0] = trip.Segment{Rate: 45, Interval: 5} }, nil},
		"dearer in a later segment": {func(p *trip.Plan) {
			p.PerMinute = segments(trip.Segment{Rate: 29, Interval: 1, End: 60}, trip.Segment{Start: 60, Rate: 8, Interval: 1})
		}, []string{"per_paused_minute.amount dearer_than_driving"}},
		"dearer in free minutes": {func(p *trip.Plan) { p.PerMinute[0].Start = 5 }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"dearer between two segments": {func(p *trip.Plan) {
			p.PerMinute = segments(trip.Segment{Rate: 29, Interval: 1, End: 60}, trip.Segment{Start: 90, Rate: 29, Interval: 1})
		}, []string{"per_paused_minute.amount dearer_than_driving"}},
		"dearer after the last segment": {func(p *trip.Plan) { p.PerMinute[0].End = 60 }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"dearer than what is paid once": {func(p *trip.Plan) { p.PerMinute[0] = trip.Segment{Rate: 1000} }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"dearer with no segment at all": {func(p *trip.Plan) { p.PerMinute = nil }, []string{"per_paused_minute.amount dearer_than_driving"}},
		"free pauses in free minutes":   {func(p *trip.Plan) { p.PerMinute[0].Start, p.PerPausedMinute = 5, 0 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := trip.Standard()
			c.change(&p)
			if got := brokenFields(t, p.Check()); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// anyPlan makes plans that keep the rules.
func anyPlan(r *rand.Rand) trip.Plan {
	for {
		p := trip.Plan{ID: "any", Currency: money.Currency, Unlock: r.Int64N(300), Hold: 2000, Grace: time.Duration(r.IntN(300)) * time.Second,
			PerMinute: anySegments(r), PerKilometre: anySegments(r), PerPausedMinute: r.Int64N(12)}
		if r.IntN(2) == 0 {
			p.Cap = 1 + p.Unlock + r.Int64N(5000)
		}
		if p.Check() == nil {
			return p
		}
	}
}

func anySegments(r *rand.Rand) (segments []trip.Segment) {
	at := int64(0)
	for range r.IntN(4) {
		s := trip.Segment{Start: at, Rate: r.Int64N(60), Interval: r.Int64N(6)}
		if r.IntN(3) == 0 {
			s.Start += r.Int64N(10)
		}
		s.End = s.Start + 1 + r.Int64N(40)
		at = s.End
		segments = append(segments, s)
	}
	if len(segments) > 0 && r.IntN(2) == 0 {
		segments[len(segments)-1].End = 0
	}
	return segments
}

func anyDiscount(r *rand.Rand) trip.Discount {
	switch r.IntN(3) {
	case 0:
		return trip.Discount{}
	case 1:
		return trip.Discount{PromotionID: "p", Code: "C", PercentOff: 1 + r.Int64N(100), FareAtLeast: r.Int64N(600)}
	default:
		return trip.Discount{PromotionID: "p", Code: "C", AmountOff: 1 + r.Int64N(1500), FareAtLeast: r.Int64N(600)}
	}
}

// TestFareOfAnyPlan holds plans of every form to what a fare promises.
func TestFareOfAnyPlan(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		p, d := anyPlan(r), anyDiscount(r)
		var u trip.Usage
		last, lastLess := int64(0), int64(0)
		for range 40 {
			before := u
			switch r.IntN(3) {
			case 0:
				u.Driving += time.Duration(r.Int64N(int64(4 * time.Minute)))
			case 1:
				u.Paused += time.Duration(r.Int64N(int64(4 * time.Minute)))
			default:
				u.DistanceM += r.Int64N(2500)
			}
			fare := p.Fare(u)
			less := fare.Less(d)
			total := fare.Total.Amount
			sums(t, fare)
			sums(t, less)
			free := u.DistanceM < 50 && u.Driving+u.Paused <= p.Grace
			switch {
			case total < last || less.Total.Amount < lastLess:
				t.Fatalf("%+v: it fell from %d to %d, with %+v from %d to %d: %+v after %+v", p, last, total, d, lastLess, less.Total.Amount, u, before)
			case !free && total < p.Unlock, free && total != 0, p.Cap > 0 && total > p.Cap, less.Total.Amount < 0, less.Total.Amount > total:
				t.Fatalf("%+v: %+v costs %d, with %+v %d", p, u, total, d, less.Total.Amount)
			}
			if driven := p.Fare(trip.Usage{Driving: u.Driving + u.Paused, DistanceM: u.DistanceM}); total > driven.Total.Amount {
				t.Fatalf("%+v: %+v costs %d, all of it driven %d", p, u, total, driven.Total.Amount)
			}
			if again := p.Fare(u); again.Total != fare.Total {
				t.Fatalf("%+v: %+v costs %v and %v", p, u, fare.Total, again.Total)
			}
			last, lastLess = total, less.Total.Amount
		}
	}
}

// TestPauseInsteadOfDriving: with prices by the minute, going on paused costs at most what
// going on driving would, from wherever a trip stands.
func TestPauseInsteadOfDriving(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		p := anyPlan(r)
		for i := range p.PerMinute {
			if p.PerMinute[i].Interval > 0 {
				p.PerMinute[i].Interval = 1
			}
		}
		if p.Check() != nil {
			continue
		}
		minutes := func() time.Duration { return time.Duration(r.IntN(60)) * time.Minute }
		u, d := trip.Usage{Driving: minutes(), Paused: minutes(), DistanceM: 100}, minutes()
		paused, driven := u, u
		paused.Paused, driven.Driving = u.Paused+d, u.Driving+d
		if p.Fare(paused).Total.Amount > p.Fare(driven).Total.Amount {
			t.Fatalf("%+v: after %+v another %v cost %v paused and %v driven", p, u, d, p.Fare(paused).Total, p.Fare(driven).Total)
		}
	}
}

func sums(t *testing.T, f trip.Fare) {
	t.Helper()
	sum := int64(0)
	for _, l := range f.Lines {
		sum += l.Amount.Amount
	}
	if sum != f.Total.Amount {
		t.Fatalf("the lines of %+v sum to %d", f, sum)
	}
}

func TestFareBounds(t *testing.T) {
	t.Run("without a cap a fare ends where a wallet does", func(t *testing.T) {
		p := trip.Standard()
		p.Cap = 0
		if got := p.Fare(trip.Usage{Driving: 100 * 365 * 24 * time.Hour, DistanceM: 1 << 40}).Total.Amount; got != 10_000_000 {
			t.Errorf("got %d", got)
		}
	})
	t.Run("a pause within a minute that is paid costs nothing", func(t *testing.T) {
		got := trip.Standard().Fare(trip.Usage{Driving: 30 * time.Second, Paused: 30 * time.Second, DistanceM: 100}).Total.Amount
		if got != 100+29 {
			t.Errorf("got %d", got)
		}
	})
	t.Run("a plan pinned before plans had a currency is in the deployment's", func(t *testing.T) {
		p := trip.Standard()
		p.Currency = ""
		if got := p.Fare(trip.Usage{DistanceM: 100}).Total; got != money.Of(100) {
			t.Errorf("got %v", got)
		}
	})
}

func TestDiscount(t *testing.T) {
	fare := func(total int64) trip.Fare {
		return trip.Fare{Total: money.Of(total), Lines: []trip.Line{{Code: "unlock", Amount: money.Of(total)}}}
	}
	for name, c := range map[string]struct {
		total int64
		d     trip.Discount
		want  int64
	}{
		"no discount":                      {1000, trip.Discount{}, 1000},
		"a percentage":                     {1000, trip.Discount{PromotionID: "p", PercentOff: 20}, 800},
		"rounded down":                     {999, trip.Discount{PromotionID: "p", PercentOff: 20}, 999 - 199},
		"all of it":                        {999, trip.Discount{PromotionID: "p", PercentOff: 100}, 0},
		"an amount":                        {1000, trip.Discount{PromotionID: "p", AmountOff: 300}, 700},
		"more than the fare":               {200, trip.Discount{PromotionID: "p", AmountOff: 300}, 0},
		"what is left to pay":              {1000, trip.Discount{PromotionID: "p", PercentOff: 50, FareAtLeast: 700}, 700},
		"a fare below what is left to pay": {600, trip.Discount{PromotionID: "p", PercentOff: 50, FareAtLeast: 700}, 600},
		"nothing off nothing":              {0, trip.Discount{PromotionID: "p", AmountOff: 300}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := fare(c.total)
			got := before.Less(c.d)
			if got.Total.Amount != c.want {
				t.Errorf("got %d, want %d", got.Total.Amount, c.want)
			}
			sums(t, got)
			lines := 1
			if c.want != c.total {
				lines = 2
			}
			if len(got.Lines) != lines || len(before.Lines) != 1 {
				t.Errorf("lines %+v of %+v", got.Lines, before.Lines)
			}
		})
	}
}
