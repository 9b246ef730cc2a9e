package main

import (
	"time"

	"github.com/spf13/pflag"

	"freecar/car/card"
	"freecar/trip/tripd"
)

// policies are what the company decides, as settings.
type policies struct {
	rentals tripd.Policy
	fleet   card.Policy
}

// rentalFlags are for the trip service.
func (p *policies) rentalFlags(f *pflag.FlagSet) {
	p.rentals = tripd.DefaultPolicy()
	for _, s := range p.rentalSettings() {
		f.DurationVar(s.value, s.flag, *s.value, s.help)
	}
}

// fleetFlags are for the car service.
func (p *policies) fleetFlags(f *pflag.FlagSet) {
	p.fleet = card.DefaultPolicy()
	for _, s := range p.fleetSettings() {
		f.DurationVar(s.value, s.flag, *s.value, s.help)
	}
}

// setting is a duration that a person may set, within limits.
type setting struct {
	flag, help    string
	value         *time.Duration
	least, atMost time.Duration
}

const day = 24 * time.Hour

func (p *policies) rentalSettings() []setting {
	r := &p.rentals
	return []setting{
		{"reservation-for", "how long a reservation lasts, and how much longer when it is extended", &r.ReservationFor, time.Second, day},
		{"reserve-again", "how long a rider who kept a car and did not drive it can neither reserve it again nor have a grace with it", &r.ReserveAgain, 0, day},
		{"paused-at-most", "how long a trip may be paused until the platform ends it", &r.PausedAtMost, time.Minute, 7 * day},
		{"trip-at-most", "how long a trip may last until the platform ends it", &r.TripAtMost, time.Minute, 30 * day},
		{"end-again", "how long the platform waits before it tries again to end such a trip, or one whose car did not lock", &r.EndAgain, time.Second, time.Hour},
	}
}

func (p *policies) fleetSettings() []setting {
	return []setting{
		{"command-timeout", "how long a car has to acknowledge a command", &p.fleet.CommandTimeout, time.Second, 10 * time.Minute},
	}
}

// set are the policies that have settings; the others stay nil, which is the default.
func (p *policies) set() (rentals *tripd.Policy, fleet *card.Policy) {
	if p.rentals != (tripd.Policy{}) {
		rentals = &p.rentals
	}
	if p.fleet != (card.Policy{}) {
		fleet = &p.fleet
	}
	return rentals, fleet
}

// check names those that are beyond their limits; of a service that has none there is
// nothing to check.
func (p *policies) check(w *wrong) {
	var all []setting
	rentals, fleet := p.set()
	if rentals != nil {
		all = append(all, p.rentalSettings()...)
	}
	if fleet != nil {
		all = append(all, p.fleetSettings()...)
	}
	for _, s := range all {
		if *s.value < s.least || *s.value > s.atMost {
			w.add(s.flag, "must be from %v to %v", s.least, s.atMost)
		}
	}
}
