package nearby

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"freecar/internal/geo"
)

// BenchmarkNearest is the twenty nearest cars, asked for by riders, who are where cars are, while cars
// move, come and go. It reports what a query takes on the middle and at the 99th percentile, and how many
// updates a second there were.
func BenchmarkNearest(b *testing.B) {
	for _, cars := range []int{100_000, 1_000_000} {
		r := rand.New(rand.NewPCG(1, 2))
		at := fleet(r, cars)
		x := New[int]()
		for i, p := range at {
			x.Put(keyOf(i), p, i)
		}
		for _, radiusM := range []float64{1_000, 50_000} {
			for _, updates := range []int{0, 10_000} {
				b.Run(fmt.Sprintf("cars=%d/radius=%gkm/updates=%d", cars, radiusM/1000, updates), func(b *testing.B) {
					stop := traffic(b, x, at, updates)
					measure(b, func() { x.Nearest(stray(r, at[r.IntN(cars)], 300), radiusM, 20, nil) })
					stop()
				})
			}
		}
		b.Run(fmt.Sprintf("cars=%d/radius=50km/empty", cars), func(b *testing.B) {
			measure(b, func() { x.Nearest(uniform(r), 50_000, 20, nil) })
		})
		b.Run(fmt.Sprintf("cars=%d/radius=50km/edge", cars), func(b *testing.B) {
			measure(b, func() { x.Nearest(stray(r, at[r.IntN(cars)], 30_000), 50_000, 20, nil) })
		})
		b.Run(fmt.Sprintf("cars=%d/radius=50km/one in ten", cars), func(b *testing.B) {
			tenth := func(i int) bool { return i%10 == 0 }
			measure(b, func() { x.Nearest(stray(r, at[r.IntN(cars)], 300), 50_000, 20, tenth) })
		})
	}
}

// BenchmarkWithin is what a map of 2 km by 2 km shows, at most 100 cars.
func BenchmarkWithin(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	at := fleet(r, 100_000)
	x := New[int]()
	for i, p := range at {
		x.Put(keyOf(i), p, i)
	}
	measure(b, func() {
		p := at[r.IntN(len(at))]
		x.Within(Box{max(p.Longitude-0.01, -180), p.Latitude - 0.01, min(p.Longitude+0.01, 180), p.Latitude + 0.01}, p, 100, nil)
	})
}

// BenchmarkPut moves a car by some tens of metres.
func BenchmarkPut(b *testing.B) {
	for _, cars := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("cars=%d", cars), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			at := fleet(r, cars)
			x := New[int]()
			keys := make([]string, cars)
			for i, p := range at {
				keys[i] = keyOf(i)
				x.Put(keys[i], p, i)
			}
			for b.Loop() {
				i := r.IntN(cars)
				x.Put(keys[i], stray(r, at[i], 30), i)
			}
		})
	}
}

// measure runs query and reports its median and 99th percentile.
func measure(b *testing.B, query func()) {
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		query()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns/query")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns/query")
}

// traffic makes so many updates a second until stop is called: three in four move a car by some tens of
// metres, one takes it away and brings it back.
func traffic(b *testing.B, x *Index[int], at []geo.Position, perSecond int) (stop func()) {
	quit, done := make(chan struct{}), make(chan int)
	start := time.Now()
	go func() {
		r := rand.New(rand.NewPCG(3, 4))
		made := 0
		defer func() { done <- made }()
		for tick := time.Tick(time.Millisecond); ; {
			select {
			case <-quit:
				return
			case <-tick:
			}
			// What is due by now, so that a late tick does not slow the traffic.
			for due := int(time.Since(start).Seconds() * float64(perSecond)); made < due; made++ {
				i := r.IntN(len(at))
				if made%4 == 0 {
					x.Delete(keyOf(i))
				}
				x.Put(keyOf(i), stray(r, at[i], 30), i)
			}
		}
	}()
	return func() {
		elapsed := time.Since(start)
		close(quit)
		b.ReportMetric(float64(<-done)/elapsed.Seconds(), "updates/s")
	}
}
