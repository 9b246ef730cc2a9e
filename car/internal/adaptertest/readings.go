package adaptertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/clock"
)

func judgeAs(device string) func(car.Standing, car.Reading) error {
	return func(before car.Standing, r car.Reading) error { return before.Judge(device, r, policy) }
}

func readings(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	before := bound(t, s, 1, "device")
	create(t, s, 2)
	t.Run("each by itself, a later one after an earlier of the same call", func(t *testing.T) {
		fell := reading(uuid(1), 6)
		fell.OdometerM = 7
		batch := []car.Reading{reading(uuid(1), 5), reading(uuid(1), 4), fell, reading(uuid(2), 5), reading(uuid(3), 5), reading(uuid(1), 7)}
		want := []error{nil, car.ErrStale, car.ErrOdometerFell, car.ErrNotBound, car.ErrNotBound, nil}
		verdicts, err := s.SaveReadings(t.Context(), batch, judgeAs("device"))
		if err != nil || len(verdicts) != len(want) {
			t.Fatalf("got %v, %v", verdicts, err)
		}
		for i, v := range verdicts {
			if !errors.Is(v.Err, want[i]) {
				t.Errorf("reading %d: got %v, want %v", i, v.Err, want[i])
			}
		}
		if last := verdicts[5].Before; last.State != car.Available || last.Lock != car.Locked || last.DeviceID != "device" || last.Last == nil || *last.Last != reading(uuid(1), 5) {
			t.Errorf("before the last one stood %+v", last)
		}
	})
	t.Run("the last one is on the car, which did not change", func(t *testing.T) {
		found, err := again().Car(t.Context(), uuid(1))
		if err != nil || found.Last == nil || *found.Last != reading(uuid(1), 7) {
			t.Fatalf("got %+v, %v", found.Last, err)
		}
		found.Last = before.Last
		same(t, found, before)
	})
	t.Run("a change sees it and does not undo it", func(t *testing.T) {
		saved := update(t, s, 1, claim(uuid(100)))
		if saved.Last == nil || *saved.Last != reading(uuid(1), 7) {
			t.Errorf("got %+v", saved.Last)
		}
	})
	t.Run("none at all is fine", func(t *testing.T) {
		if verdicts, err := s.SaveReadings(t.Context(), nil, judgeAs("device")); err != nil || len(verdicts) != 0 {
			t.Errorf("got %v, %v", verdicts, err)
		}
	})
	t.Run("racing calls leave the latest, and each time is accepted once", func(t *testing.T) {
		bound(t, s, 10, "device")
		handles := []Store{s, again()}
		accepted := make([]int, 20)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				n := i % 20
				verdicts, err := handles[i/20].SaveReadings(t.Context(), []car.Reading{reading(uuid(10), n+1)}, judgeAs("device"))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				} else if verdicts[0].Err == nil {
					accepted[n]++
				}
			})
		}
		wg.Wait()
		for n, times := range accepted {
			if times > 1 {
				t.Errorf("reading %d was accepted %d times", n, times)
			}
		}
		if found, err := s.Car(t.Context(), uuid(10)); err != nil || *found.Last != reading(uuid(10), 20) {
			t.Errorf("got %+v, %v", found.Last, err)
		}
	})
}

func listings(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	for n := 1; n <= 3; n++ {
		bound(t, s, n, "device")
	}
	waiting := car.New(car.Registration{ID: uuid(4), Plate: "B-FC 4", Model: "e-Up"}, start)
	if _, _, err := s.Create(t.Context(), waiting, noKey); err != nil {
		t.Fatal(err)
	}
	listed := func(t *testing.T, since time.Time) map[string]car.Listing {
		t.Helper()
		got := map[string]car.Listing{}
		if err := s.Listings(t.Context(), since, func(l car.Listing) { got[l.ID] = l }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("all of them, as the cars say themselves", func(t *testing.T) {
		got := listed(t, time.Time{})
		for n := 1; n <= 4; n++ {
			c, err := s.Car(t.Context(), uuid(n))
			if err != nil || got[uuid(n)] != c.Listing() {
				t.Errorf("car %d: got %+v, want %+v, %v", n, got[uuid(n)], c.Listing(), err)
			}
		}
		if len(got) != 4 {
			t.Errorf("got %d", len(got))
		}
	})
	t.Run("since a moment: by change or by reading", func(t *testing.T) {
		later := start.Add(time.Minute)
		update(t, s, 1, func(c *car.Car) error { return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: uuid(100)}, policy, later) })
		if _, err := s.SaveReadings(t.Context(), []car.Reading{reading(uuid(2), 60)}, judgeAs("device")); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, later); len(got) != 2 || got[uuid(1)].State != car.Stopped || !got[uuid(2)].Seen.At.Equal(later) {
			t.Errorf("got %v", fmt.Sprint(got))
		}
	})
}
