package trip_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/trip"
)

// hostileZones are sets of about so many positions that cost a naive check the most.
var hostileZones = map[string]func(positions int) []trip.Outline{
	"one part of many holes": func(n int) []trip.Outline {
		rings := []trip.Ring{square(0, 0, 80)}
		for i := range n / 5 {
			rings = append(rings, square(float64(i%100)-50, float64(i/100)/2-50, 0.1))
		}
		return []trip.Outline{single("holes", true, rings...)}
	},
	"one zone of many parts": func(n int) []trip.Outline {
		var parts [][]trip.Ring
		for i := range n / 5 {
			parts = append(parts, []trip.Ring{square(float64(i%100)-50, float64(i/100)/2-50, 0.1)})
		}
		return []trip.Outline{multi("parts", true, parts...)}
	},
	"parts within the boxes of others": func(n int) []trip.Outline {
		var parts [][]trip.Ring
		for i := range n / 10 { // corners, one in the other
			a, b := float64(i)*0.01, float64(i)*0.01+0.001
			parts = append(parts, []trip.Ring{{{a, a}, {80, a}, {80, b}, {b, b}, {b, 80}, {a, 80}, {a, a}}})
		}
		return []trip.Outline{multi("corners", true, parts...)}
	},
	"teeth": func(n int) (outlines []trip.Outline) {
		for z := range max(1, n/4000) {
			ring := trip.Ring{{0, 0}}
			m := min(n, 4000)
			for i := range m {
				ring = append(ring, []float64{float64(i+1) / float64(m), float64(i%2)*80 + 1e-6})
			}
			ring = append(ring, []float64{1, 0}, []float64{0, 0})
			outlines = append(outlines, single(string(rune('a'+z)), true, ring))
		}
		return outlines
	},
	"slanting teeth": func(n int) (outlines []trip.Outline) {
		const most = 4900
		for z := range max(1, n/most) {
			ring := trip.Ring{}
			for i := range min(n, most) { // each edge in the box of all others
				x := float64(i) / most
				ring = append(ring, []float64{x + float64(i%2)*80, float64(i%2)*80 - x})
			}
			ring = append(ring, []float64{90, -90}, []float64{-1, -90}, ring[0])
			outlines = append(outlines, single(string(rune('a'+z)), true, ring))
		}
		return outlines
	},
	"a spiral": func(n int) []trip.Outline {
		var in, out trip.Ring
		for i := range min(n, 4900) / 2 {
			angle, r := float64(i)/10, 1+float64(i)/100
			in = append(in, []float64{r * math.Cos(angle), r * math.Sin(angle)})
			out = append(out, []float64{(r + 0.2) * math.Cos(angle), (r + 0.2) * math.Sin(angle)})
		}
		for i := len(out) - 1; i >= 0; i-- {
			in = append(in, out[i])
		}
		return []trip.Outline{single("spiral", true, append(in, in[0]))}
	},
}

// TestZonesAreDrawnInTime: no set that may be sent keeps a processor for longer than the
// request may take, not even under the race detector, which takes ten times as long.
func TestZonesAreDrawnInTime(t *testing.T) {
	const positions, atMost = 2_500, 10 * time.Second // an eighth of what may be sent
	for name, outlines := range hostileZones {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			_, err := trip.DrawZones(outlines(positions))
			if took := time.Since(begin); took > atMost {
				t.Errorf("it took %v: %v", took, err)
			}
			if err != nil && errs.KindOf(err) != errs.Invalid {
				t.Errorf("refused with %v", err)
			}
		})
	}
	t.Run("what is tangled is refused for that", func(t *testing.T) {
		_, err := trip.DrawZones(hostileZones["slanting teeth"](4900))
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Fields[0].Code != "too_complex" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a zone of far too many positions is refused before it is looked at", func(t *testing.T) {
		var rings []trip.Ring
		for range 70 {
			rings = append(rings, hostileZones["slanting teeth"](4900)[0].Parts[0][0])
		}
		begin := time.Now()
		_, err := trip.DrawZones([]trip.Outline{single("many", true, rings...)})
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Fields[0].Code != "too_long" || time.Since(begin) > time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}
