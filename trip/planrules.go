package trip

import (
	"fmt"
	"strings"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
)

// The bounds of a plan. Amounts are minor units.
const (
	mostFee       = 100_000   // 1,000.00: an unlock fee, a rate, a hold
	mostReach     = 1_000_000 // minutes or kilometres
	mostSegments  = 20
	mostGrace     = time.Hour
	mostVAT       = 9_999 // basis points
	planIDAtMost  = 40
	planIDLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
)

// Check holds a plan to its rules, each with the field as clients write it.
// Errors: Invalid with all fields that break one.
func (p Plan) Check() error {
	var r planRules
	r.identity(p)
	r.amount("unlock.amount", p.Unlock, 0, mostFee)
	r.segments("per_minute", p.PerMinute)
	r.amount("per_paused_minute.amount", p.PerPausedMinute, 0, mostFee)
	r.segments("per_kilometre", p.PerKilometre)
	if p.Cap != 0 {
		r.amount("cap.amount", p.Cap, max(1, p.Unlock), mostFare)
	}
	r.amount("hold.amount", p.Hold, max(0, p.Unlock), mostFee)
	r.amount("grace_seconds", int64(p.Grace/time.Second), 0, int64(mostGrace/time.Second))
	r.amount("vat_basis_points", p.VATBasisPoints, 0, mostVAT)
	if len(r.broken) == 0 { // of segments that are in order
		r.pause(p)
	}
	if len(r.broken) > 0 {
		return errs.InvalidFields(r.broken...)
	}
	return nil
}

// planRules gathers what is wrong with a plan.
type planRules struct{ broken []errs.Field }

func (r *planRules) breach(field, code, format string, args ...any) {
	r.broken = append(r.broken, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (r *planRules) identity(p Plan) {
	if p.ID == "" || len(p.ID) > planIDAtMost || strings.Trim(p.ID, planIDLetters) != "" {
		r.breach("id", "invalid", "A plan's id has 1 to %d small letters, digits, - and _.", planIDAtMost)
	}
	if p.Currency != money.Currency {
		r.breach("unlock.currency", "invalid", "All amounts of a plan are in %s.", money.Currency)
	}
}

func (r *planRules) amount(field string, n, least, most int64) {
	switch {
	case n < least:
		r.breach(field, "too_small", "It must be at least %d.", least)
	case n > most:
		r.breach(field, "too_large", "It must be at most %d.", most)
	}
}

// segments are in order and do not overlap; none comes after an open one. Between two
// nothing is charged.
func (r *planRules) segments(field string, segments []Segment) {
	if len(segments) > mostSegments {
		r.breach(field, "too_long", "It must have at most %d entries.", mostSegments)
		return
	}
	for i, s := range segments {
		at := fmt.Sprintf("%s[%d]", field, i)
		r.amount(at+".rate.amount", s.Rate, 0, mostFee)
		r.amount(at+".start", s.Start, 0, mostReach)
		r.amount(at+".interval", s.Interval, 0, mostReach)
		if s.End != 0 {
			r.amount(at+".end", s.End, s.Start+1, mostReach)
		}
		switch {
		case i == 0:
		case segments[i-1].End == 0:
			r.breach(at+".start", "overlaps", "The segment before has no end: give it one, or leave this one out.")
		case s.Start < segments[i-1].End:
			r.breach(at+".start", "overlaps", "It must not begin before the segment before has ended, at %d.", segments[i-1].End)
		}
	}
}

// pause refuses a pause that costs more a minute than driving does in some segment, or
// where there is none and driving is free: between two, or after the last.
func (r *planRules) pause(p Plan) {
	if p.PerPausedMinute == 0 {
		return
	}
	reached, open := int64(0), false
	for _, s := range p.PerMinute {
		cheaper := s.Interval == 0 || p.PerPausedMinute*s.Interval > s.Rate
		switch {
		case s.Start > reached:
			r.dearer(reached)
			return
		case cheaper:
			r.dearer(s.Start)
			return
		}
		reached, open = s.End, s.End == 0
	}
	if !open {
		r.dearer(reached)
	}
}

func (r *planRules) dearer(from int64) {
	r.breach("per_paused_minute.amount", "dearer_than_driving",
		"From minute %d on driving costs less than a pause would; a pause must not cost more than driving at any time.", from)
}
