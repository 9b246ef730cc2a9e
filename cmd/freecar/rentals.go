package main

import (
	"fmt"
	"time"

	"freecar/trip/tripd"
)

// longestRental bounds what may be asked for of a reservation.
const longestRental = 24 * time.Hour

// rentalSettings takes from the environment how long a reservation keeps a car.
func rentalSettings(lookup func(string) (string, bool)) (tripd.Policy, error) {
	policy := tripd.DefaultPolicy()
	for _, setting := range []struct {
		name    string
		into    *time.Duration
		atLeast time.Duration
		whatFor string
	}{
		{"RESERVATION_FOR", &policy.ReservationFor, time.Second, "how long a reservation keeps its car, 15m say"},
		{"RESERVE_AGAIN", &policy.ReserveAgain, 0, "when a rider who did not drive a car may reserve it again, 5m say"},
	} {
		text, _ := lookup("FREECAR_" + setting.name)
		if text == "" {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < setting.atLeast || d > longestRental {
			return policy, fmt.Errorf("FREECAR_%s is %s: a duration from %v to %v", setting.name, setting.whatFor, setting.atLeast, longestRental)
		}
		*setting.into = d
	}
	return policy, nil
}
