package user

import "time"

// RevokedFor is how long a revocation is kept: longer than any access token lives.
const RevokedFor = 20 * time.Minute

// Revocation says which access tokens count no longer although they have not expired.
// It goes by session and version, not by the time of issue: a token that is just being
// written when it is saved, by whatever clock, is meant, too.
type Revocation struct {
	Seq int64 // ascending in the order of saving; the store gives it
	// Subject is whose tokens they are: an account or a device.
	Subject string
	// Session narrows it to the tokens of one session; empty for all of the subject's.
	Session string
	// Before, without a Session, is the version from which on tokens count again.
	Before int64
	// Spared, without a Session, is the session whose tokens count on; empty for none.
	Spared string
	Until  time.Time // it may be forgotten then
}

// Revocation is what makes the tokens of a session that ended count no longer.
func (s *Session) Revocation() Revocation {
	return Revocation{Subject: s.SubjectID, Session: s.ID, Until: s.EndedAt.Add(RevokedFor)}
}

// Revocation is what makes the tokens of a subject from before the change count no longer.
// version is the subject's after it.
func (c Change) Revocation(subject string, version int64) Revocation {
	return Revocation{Subject: subject, Before: version, Spared: c.Access.Spared, Until: c.At.Add(RevokedFor)}
}

// RevocationPage is some of the revocations.
type RevocationPage struct {
	Items []Revocation // by Seq, ascending
	// Next is where to go on. It is below where one began when the store was put back to
	// an older state: then begin anew.
	Next int64
	More bool // there are more already
}
