package sim

import (
	"math/rand/v2"
	"time"

	"freecar/internal/geo"
)

const (
	gridBearing = 12.0   // degrees: how the streets of the city lie
	bound       = 8000.0 // metres: how far from home a driver goes

	shortestBlock = 80.0  // metres
	longestBlock  = 250.0 // metres
	slowest       = 20 / 3.6
	fastest       = 50 / 3.6
	acceleration  = 2.0 // metres a second, a second
)

// drive is where a driver is going: block by block over a grid of streets.
type drive struct {
	home    geo.Position
	quarter int     // the direction, in quarters of a turn from gridBearing
	left    float64 // metres to the next corner
	cruise  float64 // the speed for this block, metres a second
	braking float64 // metres a second, a second
	thirst  float64 // percent of charge a metre
}

// newDrive makes a driver for a vehicle. Home is the city centre, or where the vehicle
// is when that is somewhere else.
func newDrive(from geo.Position, random *rand.Rand) drive {
	t := drive{home: centre, quarter: random.IntN(4), thirst: 1 / (2500 + 500*random.Float64())}
	if geo.DistanceM(from, centre) > bound {
		t.home = from
	}
	t.turn(from, random)
	return t
}

func (t *drive) bearing() float64 { return gridBearing + 90*float64(t.quarter) }

// turn chooses the next block at a corner: mostly straight on, never out of bounds.
func (t *drive) turn(corner geo.Position, random *rand.Rand) {
	t.left = shortestBlock + (longestBlock-shortestBlock)*random.Float64()
	t.cruise = slowest + (fastest-slowest)*random.Float64()
	way := []int{0, 0, 1, 3}[random.IntN(4)] // straight, right or left
	for range 4 {
		before := t.quarter
		t.quarter = (t.quarter + way) % 4
		end := geo.DistanceM(shifted(corner, t.bearing(), t.left), t.home)
		if end <= bound || end < geo.DistanceM(corner, t.home) {
			return
		}
		t.quarter, way = before, way+1
	}
}

// brake stops the vehicle evenly within brakingTime.
func (v *vehicle) brake() {
	v.trip.braking = v.speed / brakingTime.Seconds()
	v.become(braking, brakingTime)
}

// move drives for d, or for as long as it takes to the next corner, and returns how long.
func (v *vehicle) move(d time.Duration) time.Duration {
	before, after := v.speed, v.speedAfter(d)
	metres := (before + after) / 2 * d.Seconds()
	if metres >= v.trip.left {
		part := v.trip.left / metres
		metres, after = v.trip.left, before+(after-before)*part
		d = time.Duration(float64(d) * part)
	}
	v.speed = after
	v.roll(metres)
	return d
}

func (v *vehicle) speedAfter(d time.Duration) float64 {
	t := d.Seconds()
	switch {
	case v.mode == braking:
		return max(v.speed-v.trip.braking*t, 0)
	case v.speed < v.trip.cruise:
		return min(v.speed+acceleration*t, v.trip.cruise)
	}
	return max(v.speed-acceleration*t, v.trip.cruise)
}

// roll moves the vehicle along its block and turns at the corner.
func (v *vehicle) roll(metres float64) {
	v.position = shifted(v.position, v.trip.bearing(), metres)
	v.odometer += metres
	v.charge = max(v.charge-v.trip.thirst*metres, 0)
	v.trip.left -= metres
	if v.trip.left <= 0 {
		v.trip.turn(v.position, v.random)
	}
}
