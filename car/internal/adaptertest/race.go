package adaptertest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/idem"
)

var noKey idem.Key

func races(t *testing.T, open Open) {
	t.Run("64 claims on one car through two handles", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		handles := []Store{s, again()}
		create(t, s, 1)
		var won atomic.Int64
		var winner atomic.Value
		parallel(64, func(i int) {
			_, err := handles[i%2].Update(t.Context(), uuid(1), claim(uuid(100+i)))
			switch {
			case err == nil:
				won.Add(1)
				winner.Store(uuid(100 + i))
			case !errors.Is(err, car.ErrUnavailable):
				t.Error(err)
			}
		})
		found, err := s.Car(t.Context(), uuid(1))
		if err != nil || won.Load() != 1 || found.Claim.ID != winner.Load() || found.Version != 2 {
			t.Errorf("%d won, the car says %+v at version %d, %v", won.Load(), found.Claim, found.Version, err)
		}
		gapless(t, s, 1, 2)
	})
	t.Run("64 repetitions of one claim are one change", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		handles := []Store{s, again()}
		create(t, s, 1)
		parallel(64, func(i int) {
			if _, err := handles[i%2].Update(t.Context(), uuid(1), claim(uuid(100))); err != nil {
				t.Error(err)
			}
		})
		gapless(t, s, 1, 2)
	})
	t.Run("claims against releases: the log alternates", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		handles := []Store{s, again()}
		create(t, s, 1)
		var won atomic.Int64
		parallel(64, func(i int) {
			trip := uuid(100 + i)
			if _, err := handles[i%2].Update(t.Context(), uuid(1), claim(trip)); err == nil {
				won.Add(1)
			} else if !errors.Is(err, car.ErrUnavailable) {
				t.Error(err)
			}
			if _, err := handles[(i+1)%2].Update(t.Context(), uuid(1), release(trip)); err != nil {
				t.Error(err)
			}
		})
		found, err := s.Car(t.Context(), uuid(1))
		if err != nil || found.Claim != nil || won.Load() == 0 {
			t.Errorf("%d won and the car is claimed by %+v, %v", won.Load(), found.Claim, err)
		}
		history := gapless(t, s, 1, int(1+2*won.Load()))
		for i, kind := range history[1:] {
			if want := [...]string{"freecar.car.claimed.v1", "freecar.car.released.v1"}[i%2]; kind != want {
				t.Fatalf("event %d is %s, want %s", i+2, kind, want)
			}
		}
	})
	t.Run("64 cars with one plate are one car", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		handles := []Store{s, again()}
		var won atomic.Int64
		parallel(64, func(i int) {
			c := fresh(i)
			c.Plate = "B-FC 1"
			if _, _, err := handles[i%2].Create(t.Context(), c, noKey); err == nil {
				won.Add(1)
			} else if !errors.Is(err, car.ErrPlateExists) {
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d were created", won.Load())
		}
	})
}

func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	ready := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-ready; do(i) })
	}
	close(ready)
	wg.Wait()
}

// gapless checks that a car has so many events, versioned from 1 on, and gives their types.
func gapless(t *testing.T, s Store, n, want int) []string {
	t.Helper()
	history, err := s.History(t.Context(), uuid(n))
	if err != nil || len(history) != want {
		t.Fatalf("%d events, want %d, %v", len(history), want, err)
	}
	kinds := make([]string, 0, want)
	for i, e := range history {
		if e.Version != int64(i)+1 {
			t.Fatalf("event %d has version %d", i+1, e.Version)
		}
		kinds = append(kinds, e.Type)
	}
	return kinds
}
