package trip

import (
	"fmt"
	"time"

	"freecar/internal/money"
)

// Plan is one version of a price list. A trip pins the version it started with. The
// segments are GBFS 3.0's (system_pricing_plans.json), amounts in minor units.
type Plan struct {
	ID      string
	Version int64
	Name    string
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
}

// Segment charges Rate for each Interval begun from Start on (in minutes or kilometres)
// and before End. An Interval of 0 charges once; an End of 0 is open.
type Segment struct {
	Start, Rate, Interval, End int64
}

// Standard is the plan that a new company starts with.
func Standard() Plan {
	return Plan{
		ID: "standard", Version: 1, Name: "Standard",
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
// moved.
func (p Plan) Fare(u Usage) Fare {
	minute := time.Minute.Milliseconds()
	driving, paused, metres := u.Driving.Milliseconds(), u.Paused.Milliseconds(), u.DistanceM
	forDriving := charge(p.PerMinute, driving, minute)
	// Both times are rounded up: a pause never costs more than driving on would have.
	forPause := min(p.PerPausedMinute*begun(paused, minute), charge(p.PerMinute, driving+paused, minute)-forDriving)
	f := fareOf(
		Line{"unlock", "Unlocking", money.Of(p.Unlock)},
		Line{"driving", fmt.Sprintf("%d min driving", begun(driving, minute)), money.Of(forDriving)},
		Line{"pause", fmt.Sprintf("%d min paused", begun(paused, minute)), money.Of(forPause)},
		Line{"distance", fmt.Sprintf("%d.%d km", metres/1000, metres%1000/100), money.Of(charge(p.PerKilometre, metres, 1000))},
	)
	switch {
	case u.DistanceM < movedM && u.Driving+u.Paused <= p.Grace:
		return f.limited("grace", "Not moved: free of charge", 0)
	case p.Cap > 0 && f.Total.Amount > p.Cap:
		return f.limited("cap", "At most "+money.Of(p.Cap).String()+" a trip", p.Cap)
	}
	return f
}

// fareOf leaves lines of nothing out, but for the first.
func fareOf(lines ...Line) Fare {
	f := Fare{Total: money.Of(0)}
	for i, l := range lines {
		if i == 0 || l.Amount.Amount != 0 {
			f.Lines = append(f.Lines, l)
			f.Total = f.Total.Plus(l.Amount)
		}
	}
	return f
}

func (f Fare) limited(code, text string, total int64) Fare {
	f.Lines = append(f.Lines, Line{code, text, money.Of(total).Minus(f.Total)})
	f.Total = money.Of(total)
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
