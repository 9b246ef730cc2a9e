package car

import "time"

// Policy is what the company decides about its fleet.
type Policy struct {
	SilentAfter    time.Duration // without a reading for longer, a car cannot be rented
	MovingWithin   time.Duration // how old a reading may be and still tell that a car moves
	CommandTimeout time.Duration // how long a command waits for its acknowledgement
	ClockSkew      time.Duration // how far ahead of ours a device's clock may be
	LowCharge      float64       // percent; below it a car cannot be rented
	FullRange      float64       // kilometres with a full battery
	NoticeableM    float64       // metres; a parked car that moved further is announced
	NoticeableStep float64       // percentage points of charge; the same
	RollsM         int64         // metres; a locked car that went further drives
	FastestKMH     float64       // what a car drives at most on the whole way between two readings
	JumpsM         int64         // metres; an odometer may be further than that by so much
}

// DefaultPolicy is what holds unless it is configured otherwise.
func DefaultPolicy() Policy {
	return Policy{
		SilentAfter:    5 * time.Minute,
		MovingWithin:   10 * time.Second,
		CommandTimeout: 30 * time.Second,
		ClockSkew:      time.Minute,
		LowCharge:      10,
		FullRange:      320,
		NoticeableM:    25,
		NoticeableStep: 1,
		RollsM:         50,
		FastestKMH:     250,
		JumpsM:         10_000, // what a device kept while it had no connection comes all at once
	}
}

// reachM is how far an odometer may have gone in a time between two receptions, in metres.
func (p Policy) reachM(d time.Duration) int64 {
	return int64(p.FastestKMH*1000*max(d, 0).Hours()) + p.JumpsM
}

// RangeKM is how far a charge takes a car, in whole kilometres.
func (p Policy) RangeKM(chargePercent float64) int {
	return int(p.FullRange * chargePercent / 100)
}
