package nearby

import (
	"cmp"
	"container/heap"
	"slices"

	"freecar/internal/geo"
)

// search is one query on its way through the tree.
type search[V any] struct {
	from    geo.Position
	point   point
	radiusM float64
	region  *region
	limit   int
	accept  func(V) bool

	best  farthestFirst[V] // the answer so far, a heap once it is full
	reach float64          // chord2 beyond which nothing can enter the answer
}

// nearestFirst turns the octant that a point is in, or nearest to, into all eight, roughly by distance:
// it crosses no border, then one, two and three. The order saves work; the answer does not hang on it.
var nearestFirst = [8]int{0, 1, 2, 4, 3, 5, 6, 7}

func (s *search[V]) visit(n *node[V], in cube) {
	for i := range n.leaf {
		if n.leaf[i].point.chord2(&s.point) <= s.reach {
			s.consider(&n.leaf[i])
		}
	}
	if n.children == nil {
		return
	}
	home := in.octant(&s.point)
	for _, borders := range nearestFirst {
		child := &n.children[home^borders]
		if child.count == 0 {
			continue
		}
		if c := in.eighth(home ^ borders); c.chord2(&s.point) <= s.reach && s.region.touches(&c) {
			s.visit(child, c)
		}
	}
}

func (s *search[V]) consider(p *placed[V]) {
	c := candidate[V]{geo.DistanceM(s.from, p.at), p.entry}
	if c.distanceM > s.radiusM || !s.region.box.Contains(p.at) {
		return
	}
	full := len(s.best) == s.limit
	if full && c.compare(s.best[0]) > 0 {
		return
	}
	if s.accept != nil && !s.accept(c.entry.value) {
		return
	}
	if full {
		s.best[0] = c
		heap.Fix(&s.best, 0)
	} else if s.best = append(s.best, c); len(s.best) == s.limit {
		heap.Init(&s.best)
	}
	if len(s.best) == s.limit {
		s.reach = reachOf(s.best[0].distanceM)
	}
}

func (s *search[V]) hits() []Hit[V] {
	slices.SortFunc(s.best, candidate[V].compare)
	hits := make([]Hit[V], len(s.best))
	for i, c := range s.best {
		hits[i] = Hit[V]{c.entry.key, c.entry.at, c.entry.value, c.distanceM}
	}
	return hits
}

type candidate[V any] struct {
	distanceM float64
	entry     *entry[V]
}

func (c candidate[V]) compare(d candidate[V]) int {
	if c.distanceM != d.distanceM {
		return cmp.Compare(c.distanceM, d.distanceM)
	}
	return cmp.Compare(c.entry.key, d.entry.key)
}

// farthestFirst is a heap with the candidate on top that the next better one replaces.
type farthestFirst[V any] []candidate[V]

func (f farthestFirst[V]) Len() int           { return len(f) }
func (f farthestFirst[V]) Less(i, j int) bool { return f[i].compare(f[j]) > 0 }
func (f farthestFirst[V]) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }

// Push and Pop complete heap.Interface; the heap keeps its size, so nothing calls them.
func (f farthestFirst[V]) Push(any) { panic("nearby: the heap does not grow") }
func (f farthestFirst[V]) Pop() any { panic("nearby: the heap does not shrink") }
