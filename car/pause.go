package car

import "time"

// Pause is what a car remembers of being locked in the middle of a trip.
type Pause struct {
	OdometerM int64 // when it was locked
	// DroveOffAt is when a reading came that says that it drives all the same, by our
	// clock; zero while it stands.
	DroveOffAt time.Time
}

func (c *Car) pause() {
	if c.Last != nil {
		c.Pause = &Pause{OdometerM: c.Last.OdometerM}
	}
}

// DroveOff takes a reading of a car that its trip has locked. One that went further than
// cars roll is under way, whatever its lock said: it counts as open, and its trip goes on.
func (c *Car) DroveOff(r Reading, p Policy) {
	if c.Pause == nil || c.Lock != Locked || r.OdometerM-c.Pause.OdometerM <= p.RollsM {
		return
	}
	c.Lock, c.State = Unlocked, OnTrip
	c.Pause.DroveOffAt = r.ReceivedAt
	c.record(EventDroveOff, nil, r.ReceivedAt)
}

// droveOff says, of a reading that was saved, whether it is worth asking the car.
func (s Standing) droveOff(r Reading, p Policy) bool {
	return s.PausedAtM != nil && s.Lock == Locked && r.OdometerM-*s.PausedAtM > p.RollsM
}
