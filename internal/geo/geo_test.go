package geo

import (
	"math"
	"testing"
)

func TestDistanceM(t *testing.T) {
	quarter := EarthRadiusM * math.Pi / 2
	for name, c := range map[string]struct {
		a, b Position
		want float64
	}{
		"the same place":          {Position{48.85, 2.35}, Position{48.85, 2.35}, 0},
		"equator to pole":         {Position{0, 17}, Position{90, -120}, quarter},
		"antipodes":               {Position{12, 30}, Position{-12, -150}, 2 * quarter},
		"over the antimeridian":   {Position{0, 179.5}, Position{0, -179.5}, quarter / 90},
		"over the pole":           {Position{89.5, 0}, Position{89.5, 180}, quarter / 90},
		"one meridian, two names": {Position{-17, 180}, Position{-17, -180}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := DistanceM(c.a, c.b); math.Abs(got-c.want) > 1e-6*max(c.want, 1) {
				t.Errorf("DistanceM(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
			}
			if DistanceM(c.a, c.b) != DistanceM(c.b, c.a) {
				t.Error("the way back is not as long")
			}
		})
	}
}

func TestValid(t *testing.T) {
	for p, want := range map[Position]bool{
		{90, 180}: true, {-90, -180}: true, {0, 0}: true,
		{90.001, 0}: false, {0, -180.001}: false,
		{math.NaN(), 0}: false, {0, math.NaN()}: false, {math.Inf(1), 0}: false, {0, math.Inf(-1)}: false,
	} {
		if p.Valid() != want {
			t.Errorf("%v valid: %v", p, !want)
		}
	}
}
