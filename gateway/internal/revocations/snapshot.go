package revocations

import (
	"maps"
	"time"

	"freecar/gateway"
	"freecar/internal/auth"
)

// snapshot is what was known at one moment; it never changes. A request looks two keys up
// in it and waits for nobody.
type snapshot struct {
	sessions map[string]time.Time            // until when, by session
	subjects map[string][]gateway.Revocation // all of a subject's sessions; few each
}

// with is the snapshot after some more revocations, without those whose time is over.
func (s *snapshot) with(more []gateway.Revocation, now time.Time) *snapshot {
	next := &snapshot{sessions: map[string]time.Time{}, subjects: map[string][]gateway.Revocation{}}
	if s != nil {
		maps.Copy(next.sessions, s.sessions)
		for subject, list := range s.subjects {
			next.subjects[subject] = append([]gateway.Revocation(nil), list...)
		}
	}
	for _, r := range more {
		if r.Session != "" {
			next.sessions[r.Session] = r.Until
		} else {
			next.subjects[r.Subject] = append(next.subjects[r.Subject], r)
		}
	}
	next.forget(now)
	return next
}

func (s *snapshot) forget(now time.Time) {
	maps.DeleteFunc(s.sessions, func(_ string, until time.Time) bool { return !now.Before(until) })
	for subject, list := range s.subjects {
		kept := list[:0]
		for _, r := range list {
			if now.Before(r.Until) {
				kept = append(kept, r)
			}
		}
		s.subjects[subject] = kept
		if len(kept) == 0 {
			delete(s.subjects, subject)
		}
	}
}

func (s *snapshot) revoked(p auth.Principal) bool {
	if _, ended := s.sessions[p.Session]; ended {
		return true
	}
	for _, r := range s.subjects[p.Subject] {
		if p.Version < r.Before && (r.Spared == "" || p.Session != r.Spared) {
			return true
		}
	}
	return false
}
