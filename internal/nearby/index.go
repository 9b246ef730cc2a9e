package nearby

import (
	"math"
	"sync"

	"freecar/internal/geo"
)

// Index keeps values by key, each at a position, and answers nearest and box queries.
//
// It is safe for concurrent use. What Put and Delete did is in every answer that is asked for after they
// returned, and each answer shows the index at one instant. Writers hold the lock for two or three microseconds,
// readers share it for as long as their search takes.
type Index[V any] struct {
	mu    sync.RWMutex
	byKey map[string]*entry[V]
	root  node[V]
}

// Hit is one thing in an answer.
type Hit[V any] struct {
	Key       string
	Position  geo.Position
	Value     V
	DistanceM float64 // metres over ground, as geo.DistanceM has them
}

// New makes an empty index.
func New[V any]() *Index[V] {
	return &Index[V]{byKey: make(map[string]*entry[V])}
}

// Put places value under key, in the stead of what was there before, wherever that was.
// It reports false and changes nothing if the position is not [geo.Position.Valid].
func (x *Index[V]) Put(key string, at geo.Position, value V) bool {
	if !at.Valid() {
		return false
	}
	e := &entry[V]{key, at, onSphere(at), value}
	x.mu.Lock()
	defer x.mu.Unlock()
	if old, ok := x.byKey[key]; ok {
		x.root.remove(everything, old)
	}
	x.byKey[key] = e
	x.root.insert(everything, e)
	return true
}

// Delete takes key out, if it is there.
func (x *Index[V]) Delete(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if old, ok := x.byKey[key]; ok {
		delete(x.byKey, key)
		x.root.remove(everything, old)
	}
}

// Len is how many keys there are.
func (x *Index[V]) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.byKey)
}

// Nearest returns the things within radiusM metres (inclusive) of from that accept lets through,
// nearest first, equally near ones by key, at most limit of them.
//
// A nil accept lets all through; it is asked only about what would be in the answer as far as is known,
// and must not use the index. The answer is empty if from is not valid, radiusM is negative or NaN,
// or limit is not positive. An infinite radius is the whole earth.
func (x *Index[V]) Nearest(from geo.Position, radiusM float64, limit int, accept func(V) bool) []Hit[V] {
	return x.search(from, radiusM, &wholeEarth, limit, accept)
}

// Within returns the things in the box that accept lets through, nearest to from first, equally near ones
// by key, at most limit of them. The place from, such as the middle of the box, may be outside it.
//
// For accept, from and limit the rules of [Index.Nearest] hold; a box that is not [Box.Valid] holds nothing.
func (x *Index[V]) Within(b Box, from geo.Position, limit int, accept func(V) bool) []Hit[V] {
	if !b.Valid() {
		return nil
	}
	return x.search(from, math.Inf(1), newRegion(b), limit, accept)
}

func (x *Index[V]) search(from geo.Position, radiusM float64, in *region, limit int, accept func(V) bool) []Hit[V] {
	if !from.Valid() || !(radiusM >= 0) || limit <= 0 {
		return nil
	}
	s := search[V]{
		from: from, point: onSphere(from),
		radiusM: radiusM, reach: reachOf(radiusM),
		region: in, limit: limit, accept: accept,
		best: make(farthestFirst[V], 0, min(limit, 32)),
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.visit(&x.root, everything)
	return s.hits()
}
