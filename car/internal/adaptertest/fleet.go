package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/idem"
	"freecar/internal/nearby"
)

// fleet is what those who run the fleet need of a repository.
func fleet(t *testing.T, open Open) {
	t.Run("what staff change is saved whole and replays", func(t *testing.T) { staffChanges(t, open) })
	t.Run("plates stay unique as they change", func(t *testing.T) { plates(t, open) })
	t.Run("a keyed change is one change", func(t *testing.T) { keyedUpdates(t, open) })
	t.Run("filters choose and pages hold", func(t *testing.T) { filters(t, open) })
	t.Run("devices come, wait and go", func(t *testing.T) { devices(t, open) })
}

func describe(d car.Details) func(*car.Car) error {
	return func(c *car.Car) error { return c.Describe(d, start) }
}

func takeOut(c *car.Car) error { return c.TakeOut("brakes", true, start) }

func bind(device string, second int) func(*car.Car) error {
	return func(c *car.Car) error {
		c.Bind(device, start.Add(time.Duration(second)*time.Second), policy, start)
		return nil
	}
}

func unbind(device string) func(*car.Car) error {
	return func(c *car.Car) error { c.Unbind(device, start); return nil }
}

func staffChanges(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	bound(t, s, 1, "device")
	life := []func(*car.Car) error{
		describe(car.Details{Plate: new("B-FC 77"), Model: new("Zoe"), PricingPlanID: new("night")}),
		claim(uuid(100)), takeOut, bind("device-2", 1), unbind("device-2"), bind("device-3", 2), release(uuid(100)),
		func(c *car.Car) error {
			_, err := c.OrderByStaff(uuid(201), car.CommandUnlock, policy, start)
			return err
		},
		func(c *car.Car) error { return c.Return(uuid(202), policy, start) },
		unbind("device-3"), bind("device-4", 3), takeOut,
		func(c *car.Car) error { return c.Retire(start) },
	}
	for _, step := range life {
		saved := update(t, s, 1, step)
		for _, handle := range []Store{s, again()} {
			found, err := handle.Car(t.Context(), uuid(1))
			if err != nil {
				t.Fatal(err)
			}
			same(t, found, saved)
		}
		if l := listed(t, s)[uuid(1)]; l != saved.Listing() {
			t.Errorf("the search gets %+v of %+v", l, saved.Listing())
		}
		history, err := s.History(t.Context(), uuid(1))
		if err != nil || int64(len(history)) != saved.Version {
			t.Fatalf("%d events at version %d, %v", len(history), saved.Version, err)
		}
		last := history[len(history)-1]
		want, err := Encode(t.Context(), car.Event{Car: saved})
		if err != nil || string(last.Data) != string(want.Data) || last.Version != saved.Version {
			t.Errorf("after %s the events say\n%s\nand the store\n%s, %v", last.Type, last.Data, want.Data, err)
		}
	}
	gapless(t, s, 1, 3+len(life))
}

func listed(t *testing.T, s Store) map[string]car.Listing {
	t.Helper()
	got := map[string]car.Listing{}
	if err := s.Listings(t.Context(), time.Time{}, func(l car.Listing) { got[l.ID] = l }); err != nil {
		t.Fatal(err)
	}
	return got
}

func plates(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	before := create(t, s, 1)
	create(t, s, 2)
	t.Run("one that another has saves nothing", func(t *testing.T) {
		_, err := s.Update(t.Context(), uuid(1), describe(car.Details{Plate: new("B-FC 2"), Model: new("Zoe")}))
		wantError(t, err, car.ErrPlateExists)
		found, err := again().Car(t.Context(), uuid(1))
		if err != nil {
			t.Fatal(err)
		}
		same(t, found, before)
		gapless(t, s, 1, 1)
	})
	t.Run("a car is found by the plate that it has", func(t *testing.T) {
		update(t, s, 1, describe(car.Details{Plate: new("B-FC 77")}))
		if c, err := again().CarOfPlate(t.Context(), "B-FC 77"); err != nil || c.ID != uuid(1) || c.Last == nil {
			t.Errorf("got %+v, %v", c, err)
		}
		_, err := s.CarOfPlate(t.Context(), "B-FC 1")
		wantError(t, err, car.ErrMissing)
		if page, err := s.Cars(t.Context(), car.Filter{Plate: "B-FC 77", Limit: 5}); err != nil || len(page.Cars) != 1 {
			t.Errorf("got %v, %v", page, err)
		}
	})
	t.Run("a removed car keeps its plate", func(t *testing.T) {
		update(t, s, 2, func(c *car.Car) error { return c.Retire(start) })
		if c, err := s.CarOfPlate(t.Context(), "B-FC 2"); err != nil || c.State != car.Removed {
			t.Errorf("got %+v, %v", c, err)
		}
		_, err := s.Update(t.Context(), uuid(1), describe(car.Details{Plate: new("B-FC 2")}))
		wantError(t, err, car.ErrPlateExists)
	})
	t.Run("32 cars that want one plate: one gets it", func(t *testing.T) {
		handles := []Store{s, again()}
		for n := range 32 {
			create(t, s, 100+n)
		}
		var won atomic.Int64
		parallel(32, func(i int) {
			_, err := handles[i%2].Update(t.Context(), uuid(100+i), describe(car.Details{Plate: new("B-FC 999")}))
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, car.ErrPlateExists):
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d got it", won.Load())
		}
	})
}

func keyedUpdates(t *testing.T, open Open) {
	c := clock.NewManual(start)
	s, again := open(t, c)
	bound(t, s, 1, "device")
	update(t, s, 1, takeOut)
	key := idem.Key{Principal: "1", Operation: "car.Unlock", Value: "k", BodyHash: "h"}
	unlock := func(id string) func(*car.Car) error {
		return func(c *car.Car) error { _, err := c.OrderByStaff(id, car.CommandUnlock, policy, start); return err }
	}
	first, replayed, err := s.UpdateKeyed(t.Context(), uuid(1), key, unlock(uuid(201)))
	if err != nil || replayed {
		t.Fatalf("replayed %t, %v", replayed, err)
	}
	t.Run("a repetition gets the first answer and changes nothing", func(t *testing.T) {
		update(t, s, 1, func(c *car.Car) error { c.Expire(start.Add(time.Hour)); return nil })
		answer, replayed, err := again().UpdateKeyed(t.Context(), uuid(1), key, unlock(uuid(202)))
		if err != nil || !replayed {
			t.Fatalf("replayed %t, %v", replayed, err)
		}
		same(t, answer, first)
		gapless(t, s, 1, 6)
	})
	t.Run("another body under it is refused", func(t *testing.T) {
		other := key
		other.BodyHash = "other"
		if _, _, err := s.UpdateKeyed(t.Context(), uuid(1), other, unlock(uuid(202))); errs.KindOf(err) != errs.KeyReused {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a refused request leaves its key free", func(t *testing.T) {
		free := key
		free.Value = "free"
		refused := errors.New("refused")
		_, _, err := s.UpdateKeyed(t.Context(), uuid(1), free, func(*car.Car) error { return refused })
		wantError(t, err, refused)
		if _, replayed, err := s.UpdateKeyed(t.Context(), uuid(1), free, unlock(uuid(203))); err != nil || replayed {
			t.Errorf("replayed %t, %v", replayed, err)
		}
	})
	t.Run("a change that is none has its key recorded, too", func(t *testing.T) {
		none := key
		none.Value = "none"
		for i, want := range []bool{false, true} {
			if _, replayed, err := s.UpdateKeyed(t.Context(), uuid(1), none, unlock(uuid(300+i))); err != nil || replayed != want {
				t.Errorf("replayed %t, %v", replayed, err)
			}
		}
	})
	t.Run("64 at once are one", func(t *testing.T) {
		handles := []Store{s, again()}
		bound(t, s, 2, "device")
		update(t, s, 2, takeOut)
		racing := key
		racing.Value = "racing"
		var made atomic.Int64
		parallel(64, func(i int) {
			saved, replayed, err := handles[i%2].UpdateKeyed(t.Context(), uuid(2), racing, unlock(uuid(400+i)))
			if err != nil || len(saved.Commands) != 1 {
				t.Errorf("%+v, %v", saved.Commands, err)
			}
			if !replayed {
				made.Add(1)
			}
		})
		if made.Load() != 1 {
			t.Errorf("%d were made", made.Load())
		}
		gapless(t, s, 2, 5)
	})
	t.Run("what is not there is missing", func(t *testing.T) {
		_, _, err := s.UpdateKeyed(t.Context(), uuid(9), idem.Key{Principal: "1", Operation: "o", Value: "v"}, unlock(uuid(500)))
		wantError(t, err, car.ErrMissing)
	})
}

func filters(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	places := []geo.Position{{Latitude: 52.5, Longitude: 13.4}, {Latitude: -17, Longitude: 179.9}, {Latitude: -17, Longitude: -179.9}, {Latitude: 48, Longitude: 11}}
	for n, place := range places {
		bound(t, s, n, fmt.Sprint("device-", n%2))
		r := reading(uuid(n), 10*n)
		r.DeviceID, r.Position, r.ChargePercent = fmt.Sprint("device-", n%2), place, float64(20*n)
		r.At = r.At.Add(time.Second)
		if _, err := s.SaveReadings(t.Context(), []car.Reading{r}, judgeAs(fmt.Sprint("device-", n%2))); err != nil {
			t.Fatal(err)
		}
	}
	unheard := car.New(car.Registration{ID: uuid(4), Plate: "B-FC 4", Model: "e-Up"}, start)
	if _, _, err := s.Create(t.Context(), unheard, noKey); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		filter car.Filter
		want   []int
	}{
		"all":                        {car.Filter{}, []int{4, 3, 2, 1, 0}},
		"a device's":                 {car.Filter{DeviceID: "device-1"}, []int{3, 1}},
		"low ones":                   {car.Filter{MaxCharge: new(20.0)}, []int{1, 0}},
		"empty ones":                 {car.Filter{MaxCharge: new(0.0)}, []int{0}},
		"silent ones and never seen": {car.Filter{SilentSince: start.Add(20 * time.Second)}, []int{4, 1, 0}},
		"in a box":                   {car.Filter{Box: &nearby.Box{West: 10, South: 47, East: 14, North: 53}}, []int{3, 0}},
		"across the antimeridian":    {car.Filter{Box: &nearby.Box{West: 179, South: -18, East: -179, North: -16}}, []int{2, 1}},
		"beside the antimeridian":    {car.Filter{Box: &nearby.Box{West: 179, South: -18, East: 180, North: -16}}, []int{1}},
		"all rules at once":          {car.Filter{DeviceID: "device-1", MaxCharge: new(20.0), State: car.Available, Plate: "B-FC 1"}, []int{1}},
		"none":                       {car.Filter{DeviceID: "nobody"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got, want []string
			for f := tc.filter; ; { // in pages of two
				f.Limit = 2
				page, err := s.Cars(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page.Cars {
					got = append(got, c.ID)
				}
				if f.Cursor = page.Next; f.Cursor == "" {
					break
				}
			}
			for _, n := range tc.want {
				want = append(want, uuid(n))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func devices(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	for n := 1; n <= 5; n++ {
		bound(t, s, n, "device")
	}
	update(t, s, 1, claim(uuid(100)))
	update(t, s, 1, bind("next", 1))
	wantIDs := func(t *testing.T, got []string, err error, want ...int) {
		t.Helper()
		slices.Sort(got)
		var ids []string
		for _, n := range want {
			ids = append(ids, uuid(n))
		}
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("got %v, %v, want %v", got, err, ids)
		}
	}
	t.Run("a device's cars come in pages", func(t *testing.T) {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			cars, err := again().DeviceCars(t.Context(), "device", after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(cars) == 0 {
				break
			}
			for _, c := range cars {
				got = append(got, c.ID)
			}
		}
		wantIDs(t, got, nil, 1, 2, 3, 4, 5)
	})
	t.Run("those it has and those it waits for are its", func(t *testing.T) {
		got, err := s.CarsOfDevice(t.Context(), "device")
		wantIDs(t, got, err, 1, 2, 3, 4, 5)
		got, err = s.CarsOfDevice(t.Context(), "next")
		wantIDs(t, got, err, 1)
		if cars, err := s.DeviceCars(t.Context(), "next", "", 10); err != nil || len(cars) != 0 {
			t.Errorf("it speaks for %v, %v", cars, err)
		}
	})
	t.Run("replaceable are those that were last heard before", func(t *testing.T) {
		got, err := s.Replaceable(t.Context(), start, 10)
		wantIDs(t, got, err)
		got, err = s.Replaceable(t.Context(), start.Add(time.Millisecond), 10)
		wantIDs(t, got, err, 1)
		update(t, s, 1, release(uuid(100)))
		got, err = s.Replaceable(t.Context(), start.Add(time.Hour), 10)
		wantIDs(t, got, err)
		got, err = s.CarsOfDevice(t.Context(), "next")
		wantIDs(t, got, err, 1)
	})
	t.Run("a revoked device is remembered", func(t *testing.T) {
		for i, want := range []bool{false, true, true} {
			if revoked, err := again().DeviceRevoked(t.Context(), "device"); err != nil || revoked != want {
				t.Errorf("%d: revoked %t, %v", i, revoked, err)
			}
			if err := s.RevokeDevice(t.Context(), "device"); err != nil {
				t.Fatal(err)
			}
		}
		if revoked, err := s.DeviceRevoked(t.Context(), "next"); err != nil || revoked {
			t.Errorf("another is revoked, %v", err)
		}
	})
}
