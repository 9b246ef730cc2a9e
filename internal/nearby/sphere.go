package nearby

import (
	"math"

	"freecar/internal/geo"
)

const radian = math.Pi / 180

// point is a place on the unit sphere, or any other point of space.
type point [3]float64

func onSphere(p geo.Position) point {
	sinLat, cosLat := math.Sincos(p.Latitude * radian)
	sinLon, cosLon := math.Sincos(p.Longitude * radian)
	return point{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// chord2 is the square of the straight distance between two points.
func (p *point) chord2(q *point) float64 {
	x, y, z := p[0]-q[0], p[1]-q[1], p[2]-q[2]
	return x*x + y*y + z*z
}

// reachOf is the chord2 beyond which nothing is within distanceM metres. It errs on the far side by far
// more than rounding does, in points and in distances (0.6 m at most for what is near, where a chord is
// a distance), so that what it lets through must be measured, and what it stops need not be.
func reachOf(distanceM float64) float64 {
	angle := min(distanceM/geo.EarthRadiusM, math.Pi)
	half := math.Sin(angle / 2)
	return 4*half*half*(1+1e-9) + 1e-14
}

// cube is a part of space; its sides are 2*half long and parallel to the axes.
// Centres and halves are sums of powers of two, so no rounding moves a point over a border.
type cube struct {
	centre point
	half   float64
}

// everything holds the whole sphere.
var everything = cube{half: 1}

// octant numbers the eighth of the cube that p is in, or is nearest to: a bit per axis.
func (c *cube) octant(p *point) int {
	i := 0
	for axis := range p {
		if p[axis] >= c.centre[axis] {
			i |= 1 << axis
		}
	}
	return i
}

func (c *cube) eighth(octant int) cube {
	half := c.half / 2
	e := cube{c.centre, half}
	for axis := range e.centre {
		if octant>>axis&1 == 1 {
			e.centre[axis] += half
		} else {
			e.centre[axis] -= half
		}
	}
	return e
}

// chord2 is the square of the least distance from p to any point of the cube.
func (c *cube) chord2(p *point) float64 {
	x := max(math.Abs(p[0]-c.centre[0])-c.half, 0)
	y := max(math.Abs(p[1]-c.centre[1])-c.half, 0)
	z := max(math.Abs(p[2]-c.centre[2])-c.half, 0)
	return x*x + y*y + z*z
}
