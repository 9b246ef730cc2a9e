package nearby

import (
	"math/rand/v2"
	"sync"
	"testing"

	"freecar/internal/geo"
)

// TestParallelUse is for the race detector, and holds every answer against what an answer must be.
func TestParallelUse(t *testing.T) {
	const writers, keys, steps = 4, 200, 1500
	home := geo.Position{Latitude: 31.2, Longitude: 121.5}
	x := New[geo.Position]()

	var wg sync.WaitGroup
	there := make([]map[string]geo.Position, writers) // what each writer left behind; its keys are its own
	for w := range writers {
		there[w] = make(map[string]geo.Position)
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for range steps {
				key := keyOf(w*keys + r.IntN(keys))
				if r.IntN(4) == 0 {
					x.Delete(key)
					delete(there[w], key)
					continue
				}
				p := stray(r, home, 500)
				x.Put(key, p, p)
				there[w][key] = p
				if hits := x.Within(Box{p.Longitude, p.Latitude, p.Longitude, p.Latitude}, p, 1, nil); len(hits) != 1 || hits[0].Key != key {
					t.Errorf("%s is not where it was just put: %v", key, hits)
				}
			}
		})
	}
	for reader := range 2 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(reader), 2))
			for range steps {
				from := stray(r, home, 500)
				check(t, from, 400, x.Nearest(from, 400, 30, nil))
			}
		})
	}
	wg.Wait()

	left := 0
	for _, kept := range there {
		left += len(kept)
		for _, p := range kept {
			if hits := x.Nearest(p, 0, 1, nil); len(hits) != 1 || hits[0].Position != p {
				t.Fatalf("nothing at %v: %v", p, hits)
			}
		}
	}
	if x.Len() != left || x.root.count != left {
		t.Errorf("Len() = %d with %d in the tree, want %d", x.Len(), x.root.count, left)
	}
}

// check holds hits against what must be so of any answer. Each value is the position it was put at.
func check(t *testing.T, from geo.Position, radiusM float64, hits []Hit[geo.Position]) {
	seen := make(map[string]bool)
	for i, h := range hits {
		switch {
		case h.Value != h.Position:
			t.Errorf("%s: the value is of another place than the position", h.Key)
		case h.DistanceM != geo.DistanceM(from, h.Position) || h.DistanceM > radiusM:
			t.Errorf("%s: %v m is wrong", h.Key, h.DistanceM)
		case seen[h.Key]:
			t.Errorf("%s is there twice", h.Key)
		case i > 0 && h.DistanceM < hits[i-1].DistanceM:
			t.Errorf("%s is nearer than the one before", h.Key)
		}
		seen[h.Key] = true
	}
}
