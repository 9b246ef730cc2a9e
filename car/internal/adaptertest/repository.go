package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
)

// Repository holds a car.Repository to its contract.
func Repository(t *testing.T, open Open) {
	t.Run("cars are created once and found again", func(t *testing.T) { creates(t, open) })
	t.Run("an idempotency key is one car", func(t *testing.T) { keys(t, open) })
	t.Run("what is not there is missing", func(t *testing.T) { missing(t, open) })
	t.Run("an update is all or nothing", func(t *testing.T) { updates(t, open) })
	t.Run("the fleet is listed in pages", func(t *testing.T) { pages(t, open) })
	t.Run("commands are found by id and device", func(t *testing.T) { commands(t, open) })
	t.Run("upkeep finds its cars", func(t *testing.T) { upkeep(t, open) })
	t.Run("readings are judged and saved in order", func(t *testing.T) { readings(t, open) })
	t.Run("listings tell what changed", func(t *testing.T) { listings(t, open) })
	t.Run("events are gapless and replay to the state", func(t *testing.T) { replays(t, open) })
	t.Run("staff run the fleet", func(t *testing.T) { fleet(t, open) })
	t.Run("claims race and one wins", func(t *testing.T) { races(t, open) })
	t.Run("reservations and pauses", func(t *testing.T) { rentals(t, open) })
}

func creates(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	saved := create(t, s, 1)
	for _, handle := range []Store{s, again()} {
		found, err := handle.Car(t.Context(), uuid(1))
		if err != nil {
			t.Fatal(err)
		}
		same(t, found, saved)
		same(t, found, fresh(1))
	}
	t.Run("a plate is taken", func(t *testing.T) {
		twin := fresh(2)
		twin.Plate = saved.Plate
		_, _, err := s.Create(t.Context(), twin, idem.Key{})
		wantError(t, err, car.ErrPlateExists)
		_, err = s.Car(t.Context(), uuid(2))
		wantError(t, err, car.ErrMissing)
		if h, err := s.History(t.Context(), uuid(2)); err != nil || len(h) != 0 {
			t.Errorf("a refused car left %d events, %v", len(h), err)
		}
	})
	t.Run("the caller may change what it gave and got", func(t *testing.T) {
		c := fresh(3)
		got, _, err := s.Create(t.Context(), c, idem.Key{})
		if err != nil {
			t.Fatal(err)
		}
		c.Last.ChargePercent, got.Last.ChargePercent = 1, 2
		found, err := s.Car(t.Context(), uuid(3))
		if err != nil || found.Last.ChargePercent != 80 {
			t.Errorf("the stored car changed: %v, %v", found.Last, err)
		}
	})
}

func keys(t *testing.T, open Open) {
	c := clock.NewManual(start)
	s, again := open(t, c)
	key := idem.Key{Principal: "1", Operation: "car.Register", Value: "k", BodyHash: "h"}
	first, _, err := s.Create(t.Context(), fresh(1), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a repetition gets the first answer, whatever the car is now", func(t *testing.T) {
		update(t, s, 1, claim(uuid(100)))
		answer, replayed, err := again().Create(t.Context(), fresh(2), key)
		if err != nil || !replayed {
			t.Fatalf("replayed %t, %v", replayed, err)
		}
		same(t, answer, first)
	})
	t.Run("another body under it is refused", func(t *testing.T) {
		other := key
		other.BodyHash = "other"
		if _, _, err := s.Create(t.Context(), fresh(2), other); errs.KindOf(err) != errs.KeyReused {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a refused request leaves its key free", func(t *testing.T) {
		free := key
		free.Value = "free"
		if _, _, err := s.Create(t.Context(), fresh(1), free); !errors.Is(err, car.ErrPlateExists) {
			t.Fatalf("got %v", err)
		}
		if _, replayed, err := s.Create(t.Context(), fresh(3), free); err != nil || replayed {
			t.Errorf("replayed %t, %v", replayed, err)
		}
	})
	t.Run("it is forgotten after a day", func(t *testing.T) {
		c.Advance(idem.Keep + time.Second)
		if _, replayed, err := s.Create(t.Context(), fresh(4), key); err != nil || replayed {
			t.Errorf("replayed %t, %v", replayed, err)
		}
	})
}

func missing(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	_, err := s.Car(t.Context(), uuid(1))
	wantError(t, err, car.ErrMissing)
	_, err = s.Update(t.Context(), uuid(1), func(*car.Car) error { t.Error("asked for a change"); return nil })
	wantError(t, err, car.ErrMissing)
	_, err = s.CarOfCommand(t.Context(), uuid(1))
	wantError(t, err, car.ErrNoCommand)
	if page, err := s.Cars(t.Context(), car.Filter{Limit: 10}); err != nil || len(page.Cars) != 0 || page.Next != "" {
		t.Errorf("an empty fleet: %v, %v", page, err)
	}
	if cars, err := s.DeviceCars(t.Context(), "device", "", 10); err != nil || len(cars) != 0 {
		t.Errorf("an unknown device: %v, %v", cars, err)
	}
}

func updates(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	before := create(t, s, 1)
	unchanged := func(t *testing.T) {
		t.Helper()
		found, err := again().Car(t.Context(), uuid(1))
		if err != nil {
			t.Fatal(err)
		}
		same(t, found, before)
		if h, err := s.History(t.Context(), uuid(1)); err != nil || int64(len(h)) != before.Version {
			t.Errorf("%d events at version %d, %v", len(h), before.Version, err)
		}
	}
	t.Run("an error saves nothing and comes back", func(t *testing.T) {
		refused := errors.New("refused")
		_, err := s.Update(t.Context(), uuid(1), func(c *car.Car) error { return errors.Join(claim(uuid(100))(c), refused) })
		wantError(t, err, refused)
		unchanged(t)
	})
	t.Run("a panic saves nothing", func(t *testing.T) {
		if _, err := s.Update(t.Context(), uuid(1), func(c *car.Car) error { _ = claim(uuid(100))(c); panic("boom") }); err == nil {
			t.Error("no error")
		}
		unchanged(t)
	})
	t.Run("a change that records nothing saves nothing", func(t *testing.T) {
		update(t, s, 1, func(c *car.Car) error { c.Model, c.Last.ChargePercent = "another", 1; return nil })
		unchanged(t)
	})
	t.Run("a recorded change is saved whole", func(t *testing.T) {
		saved := update(t, s, 1, claim(uuid(100)))
		if saved.Version != before.Version+1 || saved.Claim == nil || saved.State != car.Stopped {
			t.Errorf("got %+v", saved)
		}
		found, err := again().Car(t.Context(), uuid(1))
		if err != nil {
			t.Fatal(err)
		}
		same(t, found, saved)
	})
	t.Run("the caller may change what it got", func(t *testing.T) {
		update(t, s, 1, order(uuid(200), uuid(100), "unlock", car.CommandUnlock)).Commands[0].State = car.Failed
		found, err := s.Car(t.Context(), uuid(1))
		if err != nil || found.Commands[0].State != car.Waiting {
			t.Errorf("the stored car changed: %+v, %v", found.Commands, err)
		}
	})
}

func pages(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	for n := range 25 {
		create(t, s, 100+n)
	}
	update(t, s, 103, claim(uuid(1)))
	t.Run("newest first, joined they are the whole, though cars are added", func(t *testing.T) {
		var seen []string
		f := car.Filter{Limit: 10}
		for n := 0; ; n++ {
			page, err := s.Cars(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Cars {
				seen = append(seen, c.ID)
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
			create(t, s, 500+n)
		}
		var want []string
		for n := 24; n >= 0; n-- {
			want = append(want, uuid(100+n))
		}
		if !slices.Equal(seen, want) {
			t.Errorf("got %v", seen)
		}
	})
	t.Run("a page that is just full is the last", func(t *testing.T) {
		if page, err := s.Cars(t.Context(), car.Filter{State: car.Stopped, Limit: 1}); err != nil || page.Next != "" {
			t.Errorf("next %q, %v", page.Next, err)
		}
	})
	t.Run("filters hold", func(t *testing.T) {
		for _, f := range []car.Filter{{State: car.Stopped, Limit: 5}, {Plate: "B-FC 103", Limit: 5}} {
			if page, err := s.Cars(t.Context(), f); err != nil || len(page.Cars) != 1 || page.Cars[0].ID != uuid(103) {
				t.Errorf("%+v: got %v, %v", f, page, err)
			}
		}
	})
	t.Run("a cursor that no page gave is invalid", func(t *testing.T) {
		if _, err := s.Cars(t.Context(), car.Filter{Limit: 5, Cursor: "' OR 1"}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("got %v", err)
		}
	})
}

func commands(t *testing.T, open Open) {
	s, again := open(t, clock.NewManual(start))
	bound(t, s, 1, "device")
	bound(t, s, 2, "device")
	bound(t, s, 3, "other")
	for n := 1; n <= 3; n++ {
		update(t, s, n, claim(uuid(100+n)))
		update(t, s, n, order(uuid(200+n), uuid(100+n), "unlock", car.CommandUnlock))
	}
	t.Run("a device has its cars", func(t *testing.T) {
		cars, err := again().DeviceCars(t.Context(), "device", "", 10)
		if err != nil || len(cars) != 2 || cars[0].ID != uuid(1) || cars[1].ID != uuid(2) || cars[0].Last == nil {
			t.Errorf("got %v, %v", cars, err)
		}
	})
	t.Run("a command has its car", func(t *testing.T) {
		if id, err := again().CarOfCommand(t.Context(), uuid(202)); err != nil || id != uuid(2) {
			t.Errorf("got %q, %v", id, err)
		}
	})
	t.Run("what waits is there for its device, until it is answered", func(t *testing.T) {
		wantPending(t, s, "device", uuid(201), uuid(202))
		update(t, s, 1, func(c *car.Car) error {
			_, err := c.Acknowledge(car.Acknowledgement{DeviceID: "device", CommandID: uuid(201), Done: true}, uuid(900), policy, start)
			return err
		})
		wantPending(t, s, "device", uuid(202))
		wantPending(t, s, "nobody")
	})
	t.Run("a car that changes its device takes its commands along", func(t *testing.T) {
		update(t, s, 2, func(c *car.Car) error {
			c.Bind("other", start.Add(time.Second), policy, start.Add(time.Hour))
			return nil
		})
		wantPending(t, s, "device")
		wantPending(t, s, "other", uuid(202), uuid(203))
	})
	t.Run("what the car forgot is missing", func(t *testing.T) {
		for i := range 6 { // stop requests settle one another
			update(t, s, 1, order(uuid(300+i), uuid(101), fmt.Sprint("stop", i), car.CommandStop))
		}
		_, err := s.CarOfCommand(t.Context(), uuid(201))
		wantError(t, err, car.ErrNoCommand)
		if id, err := s.CarOfCommand(t.Context(), uuid(305)); err != nil || id != uuid(1) {
			t.Errorf("got %q, %v", id, err)
		}
	})
}

func wantPending(t *testing.T, s Store, device string, want ...string) {
	t.Helper()
	pending, err := s.Pending(t.Context(), device)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pending {
		got = append(got, p.Command.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has pending %v, want %v", device, got, want)
	}
}

func upkeep(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	for n := 1; n <= 3; n++ {
		create(t, s, n)
	}
	update(t, s, 1, claim(uuid(101)))
	update(t, s, 2, claim(uuid(102)))
	update(t, s, 2, order(uuid(202), uuid(102), "unlock", car.CommandUnlock))
	wantIDs := func(t *testing.T, got []string, err error, want ...string) {
		t.Helper()
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	t.Run("overdue at the deadline and not before", func(t *testing.T) {
		deadline := start.Add(policy.CommandTimeout)
		got, err := s.Overdue(t.Context(), deadline.Add(-time.Millisecond), 10)
		wantIDs(t, got, err)
		got, err = s.Overdue(t.Context(), deadline, 10)
		wantIDs(t, got, err, uuid(2))
		update(t, s, 2, func(c *car.Car) error { c.Expire(deadline); return nil })
		got, err = s.Overdue(t.Context(), deadline, 10)
		wantIDs(t, got, err)
	})
	t.Run("silent are the available ones that were last heard before", func(t *testing.T) {
		got, err := s.Silent(t.Context(), start, 10)
		wantIDs(t, got, err)
		got, err = s.Silent(t.Context(), start.Add(time.Millisecond), 10)
		wantIDs(t, got, err, uuid(3))
	})
	t.Run("claimed are those claimed long ago, in pages", func(t *testing.T) {
		ids := func(until time.Time, after string, limit int) ([]string, error) {
			cars, err := s.Claimed(t.Context(), until, after, limit)
			var got []string
			for _, c := range cars {
				got = append(got, c.ID)
			}
			return got, err
		}
		got, err := ids(start.Add(-time.Millisecond), "", 10)
		wantIDs(t, got, err)
		got, err = ids(start, "", 1)
		wantIDs(t, got, err, uuid(1))
		got, err = ids(start, uuid(1), 10)
		wantIDs(t, got, err, uuid(2))
		update(t, s, 2, release(uuid(102)))
		got, err = ids(start, "", 10)
		wantIDs(t, got, err, uuid(1))
	})
}

func replays(t *testing.T, open Open) {
	s, _ := open(t, clock.NewManual(start))
	bound(t, s, 1, "device")
	acknowledge := func(id string, done bool) func(*car.Car) error {
		return func(c *car.Car) error {
			_, err := c.Acknowledge(car.Acknowledgement{DeviceID: "device", CommandID: id, Done: done}, uuid(900), policy, start)
			return err
		}
	}
	life := []func(*car.Car) error{
		claim(uuid(100)), order(uuid(201), uuid(100), "unlock", car.CommandUnlock), acknowledge(uuid(201), true),
		order(uuid(202), uuid(100), "stop", car.CommandStop), acknowledge(uuid(202), true),
		order(uuid(203), uuid(100), "lock", car.CommandLock), acknowledge(uuid(203), false),
		order(uuid(204), uuid(100), "lock again", car.CommandLock), acknowledge(uuid(204), true),
		release(uuid(100)),
	}
	for _, step := range life {
		saved := update(t, s, 1, step)
		history, err := s.History(t.Context(), uuid(1))
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range history {
			if e.Version != int64(i)+1 {
				t.Fatalf("event %d has version %d", i+1, e.Version)
			}
		}
		last := history[len(history)-1]
		want, err := Encode(t.Context(), car.Event{Car: saved})
		if err != nil || string(last.Data) != string(want.Data) {
			t.Errorf("after %s the events say\n%s\nand the store\n%s, %v", last.Type, last.Data, want.Data, err)
		}
	}
}
