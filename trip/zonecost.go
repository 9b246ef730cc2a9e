package trip

import (
	"cmp"
	"math"
	"slices"
)

// Whether edges cross is asked of all pairs of them whose boxes overlap. On a map these are
// neighbours; drawn on purpose they are all pairs, and a set that may be sent took half a
// minute.
const mostOverlaps = 500_000 // in a set

// box is where an edge, a ring or a part lies, in degrees.
type box struct{ west, south, east, north float64 }

func boxOf(positions ...[]float64) box {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range positions {
		b.west, b.east = min(b.west, p[0]), max(b.east, p[0])
		b.south, b.north = min(b.south, p[1]), max(b.north, p[1])
	}
	return b
}

func edgesOf(r Ring) (boxes []box) {
	for i := 1; i < len(r); i++ {
		boxes = append(boxes, boxOf(r[i-1], r[i]))
	}
	return boxes
}

// tangled says that with these boxes the set has more pairs that overlap than are looked at.
func (d *drawing) tangled(at string, boxes []box) bool {
	slices.SortFunc(boxes, func(a, b box) int { return cmp.Compare(a.west, b.west) })
	for i, a := range boxes {
		for _, b := range boxes[i+1:] {
			if b.west > a.east {
				break
			}
			if b.south <= a.north && b.north >= a.south {
				d.overlaps++
			}
		}
		if d.overlaps > mostOverlaps {
			d.breach(at, "too_complex", "Too many edges or parts lie within one another's bounds; draw it with fewer.")
			return true
		}
	}
	return false
}

// positionsOf is how many positions outlines have.
func positionsOf(outlines []Outline) (n int) {
	for _, o := range outlines {
		for _, rings := range o.Parts {
			for _, r := range rings {
				n += len(r)
			}
		}
	}
	return n
}
