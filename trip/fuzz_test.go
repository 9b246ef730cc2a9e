package trip_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/peterstace/simplefeatures/geom"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/money"
	"freecar/trip"
)

// numbers reads small numbers out of what a fuzzer wrote; 0 when it has ended.
type numbers struct{ script []byte }

func (n *numbers) next() int64 {
	if len(n.script) < 2 {
		return 0
	}
	v := binary.LittleEndian.Uint16(n.script)
	n.script = n.script[2:]
	return int64(v)
}

func (n *numbers) segments() (list []trip.Segment) {
	for range n.next() % 5 {
		start := n.next() % 200
		s := trip.Segment{Start: start, Rate: n.next(), Interval: n.next() % 20}
		if n.next()%2 == 0 {
			s.End = start + n.next()%100
		}
		list = append(list, s)
	}
	return list
}

func planOf(script []byte, cap, hold, grace, paused int64) trip.Plan {
	n := numbers{script}
	return trip.Plan{
		ID: "p", Version: 1, Name: "P", Currency: money.Currency, Unlock: n.next() % 1000, PerMinute: n.segments(), PerKilometre: n.segments(),
		PerPausedMinute: paused, Cap: cap, Hold: hold, Grace: time.Duration(grace%7200) * time.Second,
	}
}

// FuzzFare holds fares to invariants 12, 13 and 14: pure, never falling, between the unlock
// fee and the cap save the grace, no dearer for a pause, and the same in however many
// pieces time and distance come.
func FuzzFare(f *testing.F) {
	standard := []byte{100, 0, 1, 0, 0, 0, 29, 0, 1, 0, 1, 0, 0, 0, 1, 0, 100, 0, 19, 0, 1, 0, 1, 0}
	f.Add(standard, int64(8900), int64(2000), int64(120), int64(9), int64(600_000), int64(60_000), int64(4200), int64(1), int64(1), int64(10), byte(0), int64(0))
	f.Add(standard, int64(0), int64(0), int64(0), int64(0), int64(1<<40), int64(1<<40), int64(1<<32), int64(1<<38), int64(0), int64(0), byte(50), int64(500))
	f.Add(standard, int64(100), int64(100), int64(7199), int64(29), int64(119_999), int64(1), int64(49), int64(0), int64(2), int64(0), byte(100), int64(1))
	f.Add([]byte{0, 0, 2, 0, 0, 0, 200, 0, 0, 0, 0, 0, 30, 0, 30, 0, 9, 0, 1, 0, 1, 0}, int64(10), int64(0), int64(60), int64(5), int64(0), int64(0), int64(0), int64(60_000), int64(60_000), int64(1000), byte(0), int64(300))
	f.Fuzz(func(t *testing.T, script []byte, most, hold, grace, paused, drivenMS, pausedMS, metres, moreMS, morePausedMS, moreMetres int64, percent byte, amountOff int64) {
		plan := planOf(script, most, hold, grace, paused)
		if err := plan.Check(); err != nil {
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 || e.Fields[0].Field == "" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		const ages, far = 1 << 40, 1 << 34 // 35 years, 17 million km
		usage := func(driven, paused, metres int64) trip.Usage {
			return trip.Usage{Driving: time.Duration(driven) * time.Millisecond, Paused: time.Duration(paused) * time.Millisecond, DistanceM: metres}
		}
		of := func(n, limit int64) int64 { return int64(uint64(n) % uint64(limit)) }
		u := usage(of(drivenMS, ages), of(pausedMS, ages), of(metres, far))
		later := usage(u.Driving.Milliseconds()+of(moreMS, ages), u.Paused.Milliseconds()+of(morePausedMS, ages), u.DistanceM+of(moreMetres, far))
		discount := trip.Discount{}
		if percent > 0 {
			discount = trip.Discount{PromotionID: "x", Code: "X", FareAtLeast: of(most, 10_000)}
			if discount.PercentOff = int64(percent % 101); discount.PercentOff == 0 {
				discount.AmountOff = of(amountOff, 100_000)
			}
		}
		price := func(u trip.Usage) (full, left int64) {
			fare, again := plan.Fare(u), plan.Fare(u)
			reduced := fare.Less(discount)
			if fare.Total != again.Total || len(fare.Lines) != len(again.Lines) {
				t.Fatal("the same trip costs something else the second time")
			}
			for _, fare := range []trip.Fare{fare, reduced} {
				sum := int64(0)
				for _, l := range fare.Lines {
					sum += l.Amount.Amount
				}
				if sum != fare.Total.Amount || fare.Total.Currency != money.Currency || fare.Total.Amount < 0 {
					t.Fatalf("%+v does not add up", fare)
				}
			}
			if reduced.Total.Amount > fare.Total.Amount || reduced.Total.Amount < min(fare.Total.Amount, discount.FareAtLeast) {
				t.Errorf("%v less %+v is %v", fare.Total, discount, reduced.Total)
			}
			return fare.Total.Amount, reduced.Total.Amount
		}
		inGrace := func(u trip.Usage) bool { return u.DistanceM < 50 && u.Driving+u.Paused <= plan.Grace }
		full, left := price(u)
		laterFull, laterLeft := price(later)
		switch {
		case laterFull < full || laterLeft < left:
			t.Errorf("it fell from %d (%d) to %d (%d) with %+v", full, left, laterFull, laterLeft, later)
		case inGrace(u) && full != 0:
			t.Errorf("in its grace it costs %d", full)
		case !inGrace(u) && full < plan.Unlock:
			t.Errorf("%d is less than the unlock fee", full)
		case plan.Cap > 0 && full > plan.Cap, full > 10_000_000:
			t.Errorf("%d is more than the cap", full)
		}
		driveOn := u
		driveOn.Driving, driveOn.Paused = u.Driving+u.Paused, 0
		if on, _ := price(driveOn); full > on {
			t.Errorf("with a pause %d, driving on %d", full, on)
		}
	})
}

// outlinesOf reads rings out of what a fuzzer wrote, on a coarse grid, where edges meet.
func outlinesOf(script []byte, scale float64) (outlines []trip.Outline, positions int) {
	n := numbers{script}
	coordinate := func(v int64, most float64) float64 {
		switch x := float64(v%64-32) / 30 * scale; {
		case v >= 0xfff0:
			return []float64{math.NaN(), math.Inf(1), math.Inf(-1), 180, -180, 90, -90, math.Copysign(0, -1)}[v%8]
		case math.Abs(x) > most:
			return math.Copysign(most, x)
		default:
			return x
		}
	}
	for range n.next() % 4 {
		o := trip.Outline{ID: string(rune('a' + n.next()%3)), Name: "Z", RideEndAllowed: n.next()%2 == 0, Single: n.next()%2 == 0}
		for range n.next() % 4 {
			var rings []trip.Ring
			for range n.next() % 4 {
				var ring trip.Ring
				for range n.next() % 10 {
					ring = append(ring, []float64{coordinate(n.next(), 200), coordinate(n.next(), 100)})
					positions++
				}
				if len(ring) > 0 && n.next()%8 > 0 { // closed, most of the time
					ring = append(ring, ring[0])
				}
				rings = append(rings, ring)
			}
			o.Parts = append(o.Parts, rings)
		}
		if o.Single && len(o.Parts) > 1 {
			o.Parts = o.Parts[:1]
		}
		outlines = append(outlines, o)
	}
	return outlines, positions
}

// inRing says by crossing counts whether a place is inside a ring; onEdge that it is too
// close to an edge for that to be told with floats.
func inRing(ring trip.Ring, p geo.Position) (inside, onEdge bool) {
	const near = 1e-9
	for i := 1; i < len(ring); i++ {
		ax, ay, bx, by := ring[i-1][0], ring[i-1][1], ring[i][0], ring[i][1]
		dx, dy := bx-ax, by-ay
		along := max(0, min(1, ((p.Longitude-ax)*dx+(p.Latitude-ay)*dy)/(dx*dx+dy*dy)))
		if math.Hypot(p.Longitude-ax-along*dx, p.Latitude-ay-along*dy) < near {
			return false, true
		}
		if (ay > p.Latitude) != (by > p.Latitude) && p.Longitude < ax+dx*(p.Latitude-ay)/dy {
			inside = !inside
		}
	}
	return inside, false
}

// FuzzZones: what can be drawn is right, comes back as it was, and says of a place what
// counting crossed edges says; what cannot is refused with the member named.
func FuzzZones(f *testing.F) {
	words := func(v ...uint16) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint16(b, x)
		}
		return b
	}
	square := words(1, 0, 0, 0, 1, 1, 4, 2, 2, 60, 2, 60, 60, 2, 60, 1)
	f.Add(square, 1.0, 0.1, 0.1)
	f.Add(square, 180.0, 179.0, 89.0)
	f.Add(words(1, 0, 1, 0, 1, 2, 4, 2, 2, 60, 2, 60, 60, 2, 60, 1, 4, 20, 20, 40, 20, 40, 40, 20, 40, 1), 2.0, 0.0, 0.0)  // a hole
	f.Add(words(1, 0, 0, 0, 1, 1, 4, 2, 2, 60, 60, 60, 2, 2, 60, 1), 1.0, 0.5, 0.0)                                        // crosses itself
	f.Add(words(1, 0, 0, 1, 2, 1, 4, 2, 2, 30, 2, 30, 30, 2, 30, 1, 1, 4, 30, 2, 60, 2, 60, 30, 30, 30, 1), 1.0, 0.0, 0.0) // parts share an edge
	f.Add(words(1, 0, 0, 0, 1, 1, 4, 0xfff3, 0xfff5, 0xfff4, 0xfff5, 0, 0, 0xfff0, 0xfff1, 1), 1.0, 0.0, 0.0)
	f.Add(words(2, 0, 0, 0, 1, 1, 3, 2, 2, 3, 3, 4, 4, 1, 0, 0, 0), 1e-300, 0.0, 0.0)
	f.Fuzz(func(t *testing.T, script []byte, scale, lon, lat float64) {
		outlines, _ := outlinesOf(script[:min(len(script), 1000)], scale)
		zones, err := trip.DrawZones(outlines)
		if err != nil {
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 || len(e.Fields) > 20 {
				t.Fatalf("refused with %v", err)
			}
			for _, broken := range e.Fields {
				if !strings.HasPrefix(broken.Field, "features") || broken.Code == "" || len(broken.Detail) > 400 {
					t.Errorf("refused with %+v", broken)
				}
			}
			return
		}
		var again []trip.Outline
		for i, z := range zones {
			if err := z.Shape.Validate(); err != nil || z.Shape.IsEmpty() || !(z.Shape.Area() > 0) {
				t.Errorf("%+v was drawn, of area %g: %v", outlines[i], z.Shape.Area(), err)
			}
			o := z.Outline()
			again = append(again, o)
			if r := trip.RestoreZone(o); !geom.ExactEquals(r.Shape.AsGeometry(), z.Shape.AsGeometry()) || r.Single != z.Single {
				t.Errorf("%+v was restored as %+v", z, r)
			}
		}
		redrawn, err := trip.DrawZones(again)
		if err != nil || !(trip.Zones{Zones: zones}).Same(redrawn) {
			t.Errorf("drawn again: %v", err)
		}
		at := geo.Position{Longitude: lon, Latitude: lat}
		if at.Valid() && math.Abs(lon) < 180 {
			placed(t, zones, outlines, at)
		}
	})
}

// placed holds the zones that a place is in against counting crossed edges.
func placed(t *testing.T, zones []trip.Zone, outlines []trip.Outline, at geo.Position) {
	forbidden, in, allowing := 0, false, false
	for _, o := range outlines {
		here := false
		for _, rings := range o.Parts {
			within := true
			for i, ring := range rings {
				inside, onEdge := inRing(ring, at)
				if onEdge {
					return
				}
				within = within && inside == (i == 0)
			}
			here = here || within
		}
		switch {
		case o.RideEndAllowed:
			allowing, in = true, in || here
		case here:
			forbidden++
		}
	}
	zoning := trip.NewZoning(&zoneStore{zones: trip.Zones{Version: 1, Zones: zones}}, clock.NewManual(time.Unix(0, 0)))
	reasons, err := zoning.EndRefusals(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range reasons {
		got[r.Code]++
	}
	if got["no_parking"] != forbidden || (got["outside_zone"] == 1) != (allowing && !in) {
		t.Errorf("at %v: got %v; by the edges %d forbid it and one allows it: %t", at, reasons, forbidden, in || !allowing)
	}
}

// FuzzPromotion: a code that is taken is in its one form, and its terms keep the rules.
func FuzzPromotion(f *testing.F) {
	now := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	for _, code := range []string{"WELCOME", " spring-26 ", "ﬀﬀ", "ſun", "ab", strings.Repeat("x", 33), "A\x00B", "ıı1", "a b", "\u0085abc"} {
		f.Add(code, int64(10), int64(0), int64(0), int64(0), int64(0), int64(1), int64(5), int64(1))
	}
	f.Add("ABC", int64(0), int64(math.MaxInt64), int64(-1), int64(math.MinInt64), int64(1<<40), int64(100), int64(-5), int64(0))
	f.Fuzz(func(t *testing.T, code string, percent, amount, least, from, total, account, until, use int64) {
		terms := trip.Promotion{Code: code, PercentOff: percent, AmountOff: amount, FareAtLeast: least, TotalLimit: total, AccountLimit: account,
			From: now.Add(time.Duration(from)), Until: now.Add(time.Duration(until))}
		p, err := trip.NewPromotion("id", terms, now)
		if err != nil {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 || e.Fields[0].Field == "" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if p.Code != trip.NormalCode(p.Code) || trip.NormalCode(strings.ToLower(p.Code)) != p.Code || !p.Until.After(p.From) || !p.Until.After(now) {
			t.Errorf("taken: %+v", p)
		}
		full := trip.Fare{Total: money.Of(int64(uint64(use) % 10_000_001))}
		full.Lines = []trip.Line{{Code: "unlock", Amount: full.Total}}
		less := full.Less(p.Discount())
		if less.Total.Amount < 0 || less.Total.Amount > full.Total.Amount || less.Total.Amount < min(full.Total.Amount, p.FareAtLeast) {
			t.Errorf("%v less %+v is %v", full.Total, p.Discount(), less.Total)
		}
	})
}
