package adaptertest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"freecar/internal/idem"
	"freecar/trip"
)

const racers = 32

// race runs f in many goroutines at once and counts the nil errors; others must be want.
func race(t *testing.T, want error, f func(i int) error) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-begin
			switch err := f(i); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, want):
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	close(begin)
	wg.Wait()
	return won.Load()
}

func oneLive(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	if won := race(t, trip.ErrAccountBusy, func(i int) error { return stores[i%2].Create(t.Context(), fresh("1")) }); won != 1 {
		t.Errorf("%d trips at once", won)
	}
	live, err := s.Current(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, live.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	create(t, s, fresh("1"))
}

func serial(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	n := update(t, s, create(t, s, fresh("1")).ID, accept)
	n = update(t, s, n.ID, func(n *trip.Trip) error { return n.Begin(now, policy, now) })
	race(t, nil, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), n.ID, func(n *trip.Trip) error {
			if n.Step == trip.Driving {
				return n.RequestEnd(trip.EndRequest{OdometerM: 1000}, now)
			}
			return n.EndFailed("lock_failed", now, policy, now)
		})
		return err
	})
	history, err := s.History(t.Context(), n.ID)
	if err != nil || len(history) != 3+racers {
		t.Fatalf("%d events, %v", len(history), err)
	}
	for i, e := range history {
		if e.Version != int64(i+1) || e.Subject != n.ID {
			t.Errorf("event %d is %s", i, e.ID())
		}
	}
}

func oneTakes(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	n := update(t, s, create(t, s, fresh("1")).ID, accept)
	begun := errors.New("begun")
	if won := race(t, begun, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), n.ID, func(n *trip.Trip) error {
			if n.Begin(now, policy, now) != nil {
				return begun
			}
			return nil
		})
		return err
	}); won != 1 {
		t.Errorf("%d took the step", won)
	}
}

// startRace lets starts and an expiry loose on one reservation at the moment of its end.
func startRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	kept := reserved(t, s, "1", "c", idem.Key{})
	end := kept.Term.ExpiresAt
	lost := errors.New("lost")
	if won := race(t, lost, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), kept.ID, func(n *trip.Trip) error {
			if i%4 == 0 {
				err := n.Expire(end)
				if err != nil {
					return lost
				}
				return nil
			}
			if err := n.RequestStart(idem.Key{}, end.Add(-1)); err != nil {
				return lost
			}
			return nil
		})
		return err
	}); won != 1 {
		t.Errorf("%d won", won)
	}
}
