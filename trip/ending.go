package trip

import "time"

// EndedBy says who ended a trip.
type EndedBy string

// Who ends trips.
const (
	ByRider    EndedBy = "rider"
	ByStaff    EndedBy = "staff"
	ByPlatform EndedBy = "platform" // a trip that nobody ended
)

// End is how a trip comes to its end.
type End struct {
	// At is the first accepted end request, where the fare ends: also when the car did not
	// lock then and has not moved since. Zero before it.
	At        time.Time
	OdometerM int64         // of the car at that request
	Paused    time.Duration // the pauses until then
	Asked     int           // accepted end requests
	By        EndedBy
	Note      string // what staff say of it
	// Unlocked says that the trip ended although the car was not locked, or not closed:
	// somebody has to look after it.
	Unlocked bool
}

// noteAlso adds to what staff say of the end.
func (e *End) noteAlso(note string) {
	if e.Note != "" {
		note = e.Note + "; " + note
	}
	e.Note = note
}

// EndRequest is who wants a trip to end, and what is known of its car.
type EndRequest struct {
	By        EndedBy
	Note      string
	OdometerM int64
	// DroveOffAt is when the car was seen to drive in a pause; zero if it was not.
	DroveOffAt time.Time
	// Unlocked says that the car is left unlocked or with open doors if it ends at once.
	Unlocked bool
}

// RequestEnd stops the fare's clock; the car is to be locked.
// Errors: errMovedOn when the trip is neither in progress nor paused.
func (t *Trip) RequestEnd(r EndRequest, now time.Time) error {
	switch t.Step {
	case Driving, Parked, Resuming:
	case Pausing: // the end asks for the same lock
		t.Pause.At = time.Time{}
	default:
		return errMovedOn
	}
	if !t.Pause.At.IsZero() && !r.DroveOffAt.IsZero() {
		t.Pause.close(between(t.Pause.At, r.DroveOffAt, now))
	}
	if !t.stoodSinceEnd(r.OdometerM) {
		t.End.At, t.End.OdometerM, t.End.Paused = now, r.OdometerM, t.Pause.total(now)
	}
	t.End.By, t.End.Note = r.By, r.Note
	t.End.Asked++
	t.State, t.Step, t.Reason = Ending, Locking, ""
	t.await(now.Add(settleAgain), now.Add(AckAtMost))
	t.changed("ending", now)
	return nil
}

// stoodSinceEnd says that an end was accepted before, and the car has not moved since: a
// lock that fails is not the rider's to pay for.
func (t *Trip) stoodSinceEnd(odometerM int64) bool {
	return !t.End.At.IsZero() && odometerM-t.End.OdometerM < movedM
}

// EndFailed goes back to driving because the car did not lock, though a pause was on until
// it drove off. The fare stands still until the car moves, and the end is tried again
// until then.
func (t *Trip) EndFailed(reason string, open time.Time, p Policy, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	if !t.Pause.At.IsZero() {
		t.Pause.close(between(t.Pause.At, open, now))
	}
	t.drive(p, now)
	t.await(t.endAgain(p, now), time.Time{})
	t.Reason = reason
	t.changed("end_failed", now)
	return nil
}

// RefuseEnd pauses a trip whose car locked where it cannot be left; it drove from the end's
// request until now.
func (t *Trip) RefuseEnd(reason string, p Policy, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	if !t.Pause.At.IsZero() {
		t.Pause.close(between(t.Pause.At, t.End.At, now))
	}
	t.Pause.At = now
	t.State, t.Step, t.Reason = Paused, Parked, reason
	t.await(t.autoEnd(p, now), time.Time{})
	t.changed("end_refused", now)
	return nil
}

// Price fixes distance and fare: the car is locked.
func (t *Trip) Price(odometerM int64, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	t.drove(odometerM)
	t.Fare = t.fare(t.usageAtEnd())
	t.Step = Settling
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("priced", now)
	return nil
}

// NoteEnd keeps what staff say of an end that is under way already. Again it changes
// nothing.
func (t *Trip) NoteEnd(note string, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	if t.End.Note != note {
		t.End.Note = note
		t.changed("end_noted", now)
	}
	return nil
}

// GiveUpLock prices a trip whose car does not lock: staff say that it ends all the same.
func (t *Trip) GiveUpLock(r EndRequest, now time.Time) error {
	if t.Step != Locking {
		return errMovedOn
	}
	t.End.By, t.End.Note, t.End.Unlocked = r.By, r.Note, r.Unlocked
	return t.Price(r.OdometerM, now)
}

// Finish ends a trip that is paid and whose car is free.
func (t *Trip) Finish(now time.Time) error {
	if t.Step != Settling {
		return errMovedOn
	}
	t.finish(Finished, now)
	t.changed("finished", now)
	return nil
}

// overdueAt is when the platform ends the trip by itself, if nobody else does.
func (t *Trip) overdueAt(p Policy) time.Time {
	at := t.StartedAt.Add(p.TripAtMost)
	if t.Step == Parked {
		if paused := t.Pause.At.Add(p.PausedAtMost); paused.Before(at) {
			at = paused
		}
	}
	return at
}

// autoEnd is when the platform ends the trip by itself; after that time it is when it
// tries again.
func (t *Trip) autoEnd(p Policy, now time.Time) time.Time {
	if at := t.overdueAt(p); at.After(now) {
		return at
	}
	return now.Add(p.EndAgain)
}

// endAgain is when an end that could not be is tried again.
func (t *Trip) endAgain(p Policy, now time.Time) time.Time {
	if at := t.autoEnd(p, now); at.Before(now.Add(p.EndAgain)) {
		return at
	}
	return now.Add(p.EndAgain)
}

// PostponeEnd keeps why the platform could not end a trip that nobody ends, or whose end
// failed, and tries again later.
func (t *Trip) PostponeEnd(reason string, p Policy, now time.Time) error {
	if t.Step != Driving && t.Step != Parked {
		return errMovedOn
	}
	t.Reason = reason
	t.await(t.endAgain(p, now), time.Time{})
	t.changed("end_postponed", now)
	return nil
}

// DriveOn forgets about an end that failed: the car has moved since.
func (t *Trip) DriveOn(p Policy, now time.Time) error {
	if t.Step != Driving {
		return errMovedOn
	}
	t.drive(p, now)
	t.changed("driving_on", now)
	return nil
}
