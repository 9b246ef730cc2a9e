package sim

import "sync/atomic"

// Stats is what a fleet has done since it began.
type Stats struct {
	Cars     int // that it has now
	Readings int64
	// Refused are readings that the platform did not take.
	Refused int64
	// Commands that were carried out, whatever came of it.
	Commands int64
}

type counters struct{ readings, refused, commands atomic.Int64 }

// Stats may be asked at any time.
func (f *Fleet) Stats() Stats {
	return Stats{Cars: f.size(), Readings: f.done.readings.Load(), Refused: f.done.refused.Load(), Commands: f.done.commands.Load()}
}
