package trip

import "time"

// Pauses are the times in which a trip's car stood locked.
type Pauses struct {
	// At is since when the trip is paused or, while the car is to be locked for it, will
	// have been; zero for neither.
	At  time.Time
	For time.Duration // of the pauses that are over
	// Asked and Resumed count the requests: they tell one command from the next.
	Asked, Resumed int
	// ResumeAt is the last request to resume.
	ResumeAt time.Time
}

// total is the time paused until a moment.
func (p Pauses) total(until time.Time) time.Duration {
	if p.At.IsZero() {
		return p.For
	}
	return p.For + max(0, until.Sub(p.At))
}

// close ends the pause that is open.
func (p *Pauses) close(at time.Time) {
	p.For = p.total(at)
	p.At = time.Time{}
}

// RequestPause stops the driving; the car is to be locked.
func (t *Trip) RequestPause(now time.Time) error {
	if t.Step != Driving {
		return errMovedOn
	}
	t.Step, t.Reason, t.Pause.At = Pausing, "", now
	t.Pause.Asked++
	t.await(now.Add(settleAgain), now.Add(AckAtMost))
	t.changed("pausing", now)
	return nil
}

// Park says that the car is locked: the trip is paused since that was asked for.
func (t *Trip) Park(p Policy, now time.Time) error {
	if t.Step != Pausing {
		return errMovedOn
	}
	t.State, t.Step = Paused, Parked
	t.await(t.autoEnd(p, now), time.Time{})
	t.changed("paused", now)
	return nil
}

// PauseFailed goes on with the trip: the car did not lock.
func (t *Trip) PauseFailed(reason string, p Policy, now time.Time) error {
	if t.Step != Pausing {
		return errMovedOn
	}
	t.Pause.At = time.Time{}
	t.drive(p, now)
	t.Reason = reason
	t.changed("pause_failed", now)
	return nil
}

// RequestResume asks to go on; the car is to be unlocked.
func (t *Trip) RequestResume(now time.Time) error {
	if t.Step != Parked {
		return errMovedOn
	}
	t.Step, t.Reason, t.Pause.ResumeAt = Resuming, "", now
	t.Pause.Resumed++
	t.await(now.Add(settleAgain), now.Add(AckAtMost))
	t.changed("resuming", now)
	return nil
}

// Resume goes on with the trip from the time when the car was unlocked, or was seen to
// drive. That is another server's time, and cannot be before the pause or in the future.
func (t *Trip) Resume(open time.Time, p Policy, now time.Time) error {
	if t.Step != Resuming && t.Step != Parked {
		return errMovedOn
	}
	t.Pause.close(between(t.Pause.At, open, now))
	t.drive(p, now)
	t.Reason = ""
	t.changed("resumed", now)
	return nil
}

// ResumeFailed goes on with the pause: the car did not unlock.
func (t *Trip) ResumeFailed(reason string, p Policy, now time.Time) error {
	if t.Step != Resuming {
		return errMovedOn
	}
	t.Step, t.Reason = Parked, reason
	t.await(t.autoEnd(p, now), time.Time{})
	t.changed("resume_failed", now)
	return nil
}

func (t *Trip) drive(p Policy, now time.Time) {
	t.State, t.Step = InProgress, Driving
	t.await(t.autoEnd(p, now), time.Time{})
}
