package trip

import "time"

// Policy is what the company decides about rentals.
type Policy struct {
	ReservationFor time.Duration // how long a reservation lasts, and how much longer when extended
	// ReserveAgain is how long a rider who had a car and did not drive it can neither
	// reserve it again nor have a grace with it.
	ReserveAgain time.Duration
	PausedAtMost time.Duration // then the platform ends the trip by itself
	TripAtMost   time.Duration // from the unlock on; the same
	EndAgain     time.Duration // until it tries again to end such a trip, or one whose car did not lock
}

// DefaultPolicy is what holds unless it is configured otherwise.
func DefaultPolicy() Policy {
	return Policy{
		ReservationFor: 15 * time.Minute,
		ReserveAgain:   5 * time.Minute,
		PausedAtMost:   8 * time.Hour,
		TripAtMost:     24 * time.Hour,
		EndAgain:       time.Minute,
	}
}
