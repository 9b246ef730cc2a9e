package sim_test

import (
	"math"
	"regexp"
	"slices"
	"testing"

	"freecar/car/sim"
	"freecar/internal/geo"
)

func TestDemoFleet(t *testing.T) {
	t.Run("every car is plausible and stands within 3 km of the centre", func(t *testing.T) {
		plate := regexp.MustCompile(`^B-[A-Z]{2} [1-9][0-9]{3}$`)
		centre := geo.Position{Latitude: 52.52, Longitude: 13.405}
		for _, c := range sim.DemoFleet(2000, 1) {
			if !plate.MatchString(c.Plate) || c.Model == "" || c.OdometerKM < 0 ||
				c.ChargePercent < 35 || c.ChargePercent > 100 || geo.DistanceM(c.Position, centre) > 3000 {
				t.Errorf("%+v", c)
			}
		}
	})
	t.Run("plates are unique, also over several series", func(t *testing.T) {
		seen := map[string]bool{}
		for _, c := range sim.DemoFleet(40_000, 3) {
			if seen[c.Plate] {
				t.Fatalf("%s twice", c.Plate)
			}
			seen[c.Plate] = true
		}
	})
	t.Run("the same seed gives the same cars, and a larger fleet begins with the smaller", func(t *testing.T) {
		if !slices.Equal(sim.DemoFleet(24, 5), sim.DemoFleet(100, 5)[:24]) {
			t.Error("the first 24 of 100 are others")
		}
		if slices.Equal(sim.DemoFleet(24, 5), sim.DemoFleet(24, 6)) {
			t.Error("another seed gives the same cars")
		}
	})
	t.Run("in another place the streets lie as at home", func(t *testing.T) {
		middle := geo.Position{Latitude: -33.4489, Longitude: -70.6693}
		here, there := sim.DemoFleet(200, 1), sim.DemoFleetAround(middle, 200, 1)
		for i := range here {
			home, away := geo.DistanceM(here[i].Position, sim.Centre()), geo.DistanceM(there[i].Position, middle)
			if math.Abs(home-away) > 0.01*home || (here[i].Position.Latitude > sim.Centre().Latitude) != (there[i].Position.Latitude > middle.Latitude) ||
				here[i].Plate != there[i].Plate {
				t.Errorf("%+v is %.0f m from the middle, %+v %.0f m", here[i], home, there[i], away)
			}
		}
	})
	t.Run("no cars are no cars", func(t *testing.T) {
		if n := len(sim.DemoFleet(0, 1)) + len(sim.DemoFleet(-3, 1)); n != 0 {
			t.Errorf("%d cars", n)
		}
	})
}
