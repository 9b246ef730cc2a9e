package sim

import "time"

const (
	longestGap = time.Minute            // a computer that slept for longer did not drive
	stepAtMost = 250 * time.Millisecond // while the vehicle moves

	chargePerSecond = 1.0 / 60 // percent, while parked
	emptyAt         = 1.0      // percent: no driver goes on with less
)

// advance lets the vehicle live until now. A now that is past changes nothing.
func (v *vehicle) advance(now time.Time) {
	if now.Sub(v.at) > longestGap {
		v.sleep(now.Sub(v.at) - longestGap)
	}
	for v.at.Before(now) {
		v.step(now.Sub(v.at))
	}
}

// sleep passes time in which nothing happens.
func (v *vehicle) sleep(d time.Duration) {
	v.at, v.since = v.at.Add(d), v.since.Add(d)
	if !v.until.IsZero() {
		v.until = v.until.Add(d)
	}
}

// step lives for a while, at most d: not over the end of a mode, nor around a corner.
func (v *vehicle) step(d time.Duration) {
	if !v.until.IsZero() {
		d = min(d, v.until.Sub(v.at))
	}
	switch v.mode {
	case driving, braking:
		d = v.move(min(d, stepAtMost))
	case parked:
		v.charge = min(v.charge+chargePerSecond*d.Seconds(), max(v.charge, 100))
	}
	v.at = v.at.Add(d)
	switch {
	case !v.until.IsZero() && !v.at.Before(v.until):
		v.next()
	case v.mode == driving && v.empty():
		v.brake()
	}
}

// next follows a mode that is over.
func (v *vehicle) next() {
	switch {
	case v.mode == braking && !v.empty():
		v.speed = 0
		v.become(standing, standsFor)
	case v.empty():
		v.speed = 0
		v.become(standing, 0)
	default:
		v.become(driving, 0)
	}
}

func (v *vehicle) empty() bool { return v.charge <= emptyAt }
