package trip

import (
	"fmt"
	"slices"
	"time"

	"freecar/internal/money"
)

// Plan is one version of a price list. A trip pins the version it started with. The
// segments are GBFS 3.0's (system_pricing_plans.json), amounts in minor units.
type Plan struct {
	ID      string
	Version int64
	Name    string
	// Currency is that of all amounts (ISO 4217); empty is the deployment's.
	Currency string
	// VATBasisPoints is the value added tax that the prices contain: 1900 is 19 percent.
	VATBasisPoints int64
	// Unlock is charged once.
	Unlock int64
	// PerMinute is charged for driving time, PerPausedMinute for time paused; a pause is
	// never dearer than driving.
	PerMinute       []Segment
	PerPausedMinute int64
	// PerKilometre is charged for the distance.
	PerKilometre []Segment
	// Cap is the most a trip costs; 0 is none.
	Cap int64
	// Hold is set aside at the start.
	Hold int64
	// Grace is how long a trip without movement costs nothing.
	Grace time.Duration
	// Retired says that this version took the plan out of use: no trip starts with it.
	Retired bool
	// At is when the version was made.
	At time.Time
}

// StandardPlan is the plan of cars that name no other that is in force. It is never
// retired.
const StandardPlan = "standard"

// mostFare bounds a fare without a cap: 100,000.00, the most that a wallet is charged at
// once. A car that was forgotten for years must still be paid.
const mostFare = 10_000_000

// Segment charges Rate for each Interval begun from Start on (in minutes or kilometres)
// and before End. An Interval of 0 charges once; an End of 0 is open.
type Segment struct {
	Start, Rate, Interval, End int64
}

// Standard is the plan that a new company starts with.
func Standard() Plan {
	return Plan{
		ID: StandardPlan, Version: 1, Name: "Standard", Currency: money.Currency, VATBasisPoints: 1900,
		Unlock: 100, PerMinute: []Segment{{Rate: 29, Interval: 1}}, PerPausedMinute: 9,
		PerKilometre: []Segment{{Start: 100, Rate: 19, Interval: 1}},
		Cap:          8900, Hold: 2000, Grace: 2 * time.Minute,
	}
}

// movedM is how far a car has to go to have moved: odometers and parking brakes give.
const movedM = 50

// Usage is what a fare depends on besides the plan.
type Usage struct {
	Driving, Paused time.Duration
	DistanceM       int64
}

// Fare is what a trip costs, line by line; the lines sum to the total.
type Fare struct {
	Total money.Money
	Lines []Line
}

// Line is one reason to pay, or to pay less.
type Line struct {
	Code, Text string
	Amount     money.Money
}

// Fare prices a usage. It is pure, uses integers only, and never falls while time and
// distance grow, except that the grace ends in nothing being owed for a car that never
// moved. A pause costs at most what driving on would have: however a plan's segments lie,
// a trip is never dearer for having been paused.
func (p Plan) Fare(u Usage) Fare {
	minute := time.Minute.Milliseconds()
	driven, paused, metres := u.Driving.Milliseconds(), u.Paused.Milliseconds(), u.DistanceM
	driving := charge(p.PerMinute, driven, minute)
	pause := min(p.PerPausedMinute*begun(paused, minute), charge(p.PerMinute, driven+paused, minute)-driving)
	f := p.fareOf(
		Line{"unlock", "Unlocking", p.amount(p.Unlock)},
		Line{"driving", fmt.Sprintf("%d min driving", begun(driven, minute)), p.amount(driving)},
		Line{"pause", fmt.Sprintf("%d min paused", begun(paused, minute)), p.amount(pause)},
		Line{"distance", fmt.Sprintf("%d.%d km", metres/1000, metres%1000/100), p.amount(charge(p.PerKilometre, metres, 1000))},
	)
	most := int64(mostFare)
	if p.Cap > 0 {
		most = p.Cap
	}
	switch {
	case u.DistanceM < movedM && u.Driving+u.Paused <= p.Grace:
		return f.limited("grace", "Not moved: free of charge", p.amount(0))
	case f.Total.Amount > most:
		return f.limited("cap", "At most "+p.amount(most).String()+" a trip", p.amount(most))
	}
	return f
}

// amount is so many minor units of the plan's currency.
func (p Plan) amount(minor int64) money.Money {
	if p.Currency == "" {
		return money.Of(minor)
	}
	return money.Money{Amount: minor, Currency: p.Currency}
}

// fareOf leaves lines of nothing out, but for the first.
func (p Plan) fareOf(lines ...Line) Fare {
	f := Fare{Total: p.amount(0)}
	for i, l := range lines {
		if i == 0 || l.Amount.Amount != 0 {
			f.Lines = append(f.Lines, l)
			f.Total = f.Total.Plus(l.Amount)
		}
	}
	return f
}

// limited brings the total to a limit, in a line of its own.
func (f Fare) limited(code, text string, total money.Money) Fare {
	f.Lines = append(slices.Clip(f.Lines), Line{code, text, total.Minus(f.Total)})
	f.Total = total
	return f
}

// charge adds the segments up for a quantity in thousandths or the like of a unit.
func charge(segments []Segment, quantity, unit int64) (sum int64) {
	for _, s := range segments {
		reach := quantity - s.Start*unit
		if s.End > 0 {
			reach = min(reach, (s.End-s.Start)*unit)
		}
		switch {
		case reach <= 0:
		case s.Interval == 0:
			sum += s.Rate
		default:
			sum += s.Rate * begun(reach, s.Interval*unit)
		}
	}
	return sum
}

// begun is how many intervals have begun.
func begun(quantity, interval int64) int64 { return (max(0, quantity) + interval - 1) / interval }
