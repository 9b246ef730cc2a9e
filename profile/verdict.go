package profile

import "time"

// Verdict says whether an account may drive.
type Verdict struct {
	Verified bool
	// Reason is why not: a status, or one of the reasons below; empty when Verified.
	Reason string
}

// Why a verified licence may not be enough.
const (
	Expired  = "expired"
	Underage = "underage"
)

// Verdict judges the licence at a moment; its last day still counts.
func (l *Licence) Verdict(p Policy, now time.Time) Verdict {
	today := DateOf(now)
	switch {
	case l.Status != Verified:
		return Verdict{Reason: string(l.Status)}
	case l.ExpiresOn.Before(today):
		return Verdict{Reason: Expired}
	case !p.adult(l.BirthDate, today):
		return Verdict{Reason: Underage}
	}
	return Verdict{Verified: true}
}
