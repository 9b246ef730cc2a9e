package trip

import "time"

// AsOf is the trip as it stands now: distance and fare of one under way are computed from
// the car, and nothing is saved. While the car has yet to lock for a pause, or to unlock
// after one, the fare stands still at the request: whatever comes of it only adds to it.
func (t Trip) AsOf(car CarState, now time.Time) Trip {
	if !t.running() {
		return t
	}
	t.drove(car.OdometerM)
	t.Fare = t.fare(t.usageNow(car, now))
	return t
}

// drove sets the distance.
func (t *Trip) drove(odometerM int64) { t.DistanceM = max(0, odometerM-t.StartOdometerM) }

// drivenSince says that the car has moved since the distance was last saved.
func (t *Trip) drivenSince(odometerM int64) bool {
	return odometerM-t.StartOdometerM-t.DistanceM >= movedM
}

// running says that the fare still grows.
func (t *Trip) running() bool {
	return !t.StartedAt.IsZero() && !t.State.Terminal() && t.Step != Settling
}

func (t *Trip) usageNow(car CarState, now time.Time) Usage {
	switch {
	case t.Step == Locking || t.stoodSinceEnd(car.OdometerM):
		return t.usageAtEnd()
	case t.Step == Pausing:
		return t.usage(t.Pause.At, t.Pause.For)
	case !t.Pause.At.IsZero() && !car.DroveOffAt.IsZero():
		return t.usage(now, t.Pause.total(between(t.Pause.At, car.DroveOffAt, now)))
	case t.Step == Resuming:
		return t.usage(t.Pause.ResumeAt, t.Pause.total(t.Pause.ResumeAt))
	}
	return t.usage(now, t.Pause.total(now))
}

func (t *Trip) usageAtEnd() Usage { return t.usage(t.End.At, t.End.Paused) }

// usage splits the time until a moment. Clocks of two servers may disagree by a little;
// time never runs backwards.
func (t *Trip) usage(until time.Time, paused time.Duration) Usage {
	whole := max(0, until.Sub(t.StartedAt))
	paused = min(paused, whole)
	return Usage{Driving: whole - paused, Paused: paused, DistanceM: t.DistanceM}
}

// fare is what the trip comes to: the one place where a usage is priced.
func (t *Trip) fare(u Usage) Fare { return t.Plan.Fare(u).Less(t.Promo.Discount) }
