package car_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/errs"
	"freecar/internal/idem"
)

func must(t *testing.T) func(car.Car, error) car.Car {
	return func(c car.Car, err error) car.Car {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestRunningTheFleet(t *testing.T) {
	t.Run("a car in service, or removed, is in no search: here at once, elsewhere when it is learnt", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		id := c.park(t, "B-FC 1")
		other.Learn(c.state(t, id))
		found := func(want ...string) {
			t.Helper()
			other.Learn(c.state(t, id))
			for _, instance := range []car.Service{c, other} {
				if got := nearest(instance); !slices.Equal(got, want) {
					t.Errorf("found %v, want %v", got, want)
				}
			}
		}
		found(id)
		must(t)(c.TakeOut(t.Context(), id, "brakes", false))
		found()
		must(t)(c.Return(t.Context(), id))
		found(id)
		must(t)(c.Change(t.Context(), id, car.Details{Plate: new("B-FC 2")}))
		if got := c.Search(t.Context(), car.Search{From: centre, RadiusM: 1000, Limit: 1}); got[0].Listing.Plate != "B-FC 2" {
			t.Errorf("it shows %+v", got[0].Listing)
		}
		must(t)(c.Retire(t.Context(), id))
		found()
		if cars, err := c.DeviceCars(t.Context(), device, "", 10); err != nil || len(cars) != 0 {
			t.Errorf("its device has %v, %v", cars, err)
		}
	})
	t.Run("silence while in service shows when it returns", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		must(t)(c.TakeOut(t.Context(), id, "brakes", false))
		c.clock.Advance(policy.SilentAfter + time.Second)
		if err := c.LoseContact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := must(t)(c.Return(t.Context(), id)); got.State != car.NonContactable {
			t.Errorf("it is %s", got.State)
		}
		c.report(t, c.standing(id, 0))
		if got := c.state(t, id); got.State != car.Available {
			t.Errorf("it spoke and is %s", got.State)
		}
	})
	t.Run("a car that speaks in service stays there, also an open one", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		must(t)(c.TakeOut(t.Context(), id, "brakes", false))
		k, err := c.OrderByStaff(t.Context(), id, car.CommandUnlock, idem.Key{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Acknowledge(t.Context(), car.Acknowledgement{DeviceID: device, CommandID: k.Command.ID, Done: true}); err != nil {
			t.Fatal(err)
		}
		c.clock.Advance(time.Second)
		c.report(t, c.standing(id, 0))
		want(t, c.state(t, id), car.NonOperational, car.Unlocked)
	})
	t.Run("a car that went into service open, as its rider drove on, is locked when it stands", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		k := c.unlock(t, id, trip)
		if _, err := c.Acknowledge(t.Context(), car.Acknowledgement{DeviceID: device, CommandID: k.ID, Done: true}); err != nil {
			t.Fatal(err)
		}
		must(t)(c.TakeOut(t.Context(), id, "brakes", true))
		c.clock.Advance(time.Second)
		driving := c.standing(id, 0)
		driving.SpeedKMH = 30
		c.report(t, driving)
		released := must(t)(c.Release(t.Context(), id, car.Releasing{Kind: car.ForTrip, ID: trip}))
		want(t, released, car.NonOperational, car.Unlocked)
		c.clock.Advance(time.Second)
		c.report(t, c.standing(id, 0))
		want(t, c.state(t, id), car.NonOperational, car.Locking)
	})
	t.Run("a command of staff reaches the device, is sent again, and its key is one command", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		must(t)(c.TakeOut(t.Context(), id, "brakes", false))
		commands, stop := c.Listen(device)
		defer stop()
		key := idem.Key{Principal: "1", Operation: "car.Unlock", Value: "k", BodyHash: "h"}
		first, err := c.OrderByStaff(t.Context(), id, car.CommandUnlock, key)
		if err != nil || first.Replayed {
			t.Fatalf("got %+v, %v", first, err)
		}
		if p := <-commands; p.Command.ID != first.Command.ID {
			t.Errorf("heard %+v", p)
		}
		if waiting, err := c.Pending(t.Context(), device); err != nil || len(waiting) != 1 || waiting[0].Command.ID != first.Command.ID {
			t.Errorf("pending %+v, %v", waiting, err)
		}
		c.clock.Advance(policy.CommandTimeout)
		if err := c.ExpireCommands(t.Context()); err != nil || c.state(t, id).Commands[0].State != car.TimedOut {
			t.Errorf("got %+v, %v", c.state(t, id).Commands, err)
		}
		again, err := c.OrderByStaff(t.Context(), id, car.CommandUnlock, key)
		if err != nil || !again.Replayed || again.Command != first.Command {
			t.Errorf("got %+v, %v", again, err)
		}
		if got := c.state(t, id); len(got.Commands) != 1 || got.Lock != car.Locked {
			t.Errorf("it was told %+v", got.Commands)
		}
	})
	t.Run("service against claims: exactly one of them has each car", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		for n := range 20 {
			id := c.park(t, fmt.Sprint("B-FC ", n))
			var wg sync.WaitGroup
			var outErr, claimErr error
			wg.Go(func() { _, outErr = c.TakeOut(t.Context(), id, "brakes", false) })
			wg.Go(func() {
				_, claimErr = other.Claim(t.Context(), id, car.Claim{Kind: car.ForTrip, ID: id, AccountID: account})
			})
			wg.Wait()
			got := c.state(t, id)
			switch {
			case outErr == nil && errors.Is(claimErr, car.ErrUnavailable) && got.State == car.NonOperational && got.Claim == nil:
			case claimErr == nil && errors.Is(outErr, car.ErrClaimed) && got.State == car.Stopped && got.Outage == nil:
			default:
				t.Errorf("service %v, claim %v: %+v", outErr, claimErr, got)
			}
		}
	})
}

func TestDevicesComingAndGoing(t *testing.T) {
	const next = "device-2"
	later := start.Add(time.Second)
	t.Run("a device that waits takes over when the present one falls silent", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		if err := c.Bind(t.Context(), next, []string{id}, later); err != nil {
			t.Fatal(err)
		}
		replaced := func(want string) {
			t.Helper()
			if err := c.ReplaceDevices(t.Context()); err != nil || c.state(t, id).DeviceID != want {
				t.Errorf("%s speaks, %v", c.state(t, id).DeviceID, err)
			}
		}
		c.clock.Advance(policy.SilentAfter)
		replaced(device)
		c.clock.Advance(time.Millisecond)
		replaced(next)
	})
	t.Run("a revoked device loses its cars, also those it would get", func(t *testing.T) {
		c := newCompany(t)
		has, waits := c.park(t, "B-FC 1"), c.park(t, "B-FC 2")
		c.claim(t, waits, trip)
		if err := c.Bind(t.Context(), next, []string{has, waits}, later); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Unbind(t.Context(), next); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.state(t, has); got.DeviceID != "" || len(nearest(c)) != 0 {
			t.Errorf("it has %+v", got)
		}
		if got := c.state(t, waits); got.DeviceID != device || got.NextDevice != nil {
			t.Errorf("it waits for %+v", got)
		}
	})
	t.Run("news of a registration that comes after that of its end binds nothing", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		if err := c.Unbind(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if err := c.Bind(t.Context(), next, []string{id}, later); err != nil || c.state(t, id).DeviceID == next {
			t.Errorf("%s speaks, %v", c.state(t, id).DeviceID, err)
		}
	})
	t.Run("whichever of both comes first, or at once, it ends unbound", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		for n := range 10 {
			gone := fmt.Sprint("gone-", n)
			ids := []string{c.park(t, fmt.Sprint("A ", n)), c.park(t, fmt.Sprint("B ", n)), "unknown"}
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := c.Bind(t.Context(), gone, ids, later); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := other.Unbind(t.Context(), gone); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if cars, err := c.DeviceCars(t.Context(), gone, "", 10); err != nil || len(cars) != 0 {
				t.Errorf("it has %v, %v", cars, err)
			}
		}
	})
}

func importLine(number int, plate string) car.ImportLine {
	return car.ImportLine{Number: number, Registration: car.Registration{Plate: plate, Model: "Zoe", First: parked()}}
}

// imported imports and tells each line's end in one text.
func imported(t *testing.T, s car.Service, dryRun bool, lines ...car.ImportLine) []string {
	t.Helper()
	var got []string
	err := s.Import(t.Context(), lines, dryRun, func(done car.Imported) error {
		text := fmt.Sprint(done.Number, " ", done.Outcome)
		for _, why := range done.Refused {
			text += " " + why.Field + ":" + why.Code
		}
		got = append(got, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestImporting(t *testing.T) {
	wanted := func(t *testing.T, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	fleetOf := func(t *testing.T, c *company) []car.Car {
		t.Helper()
		page, err := c.Cars(t.Context(), car.Filter{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return page.Cars
	}
	t.Run("new cars are known and wait for their devices, and a second time nothing changes", func(t *testing.T) {
		c := newCompany(t)
		lines := []car.ImportLine{importLine(2, "B-FC 1"), importLine(3, "B-FC 2")}
		wanted(t, imported(t, c, true, lines...), "2 created", "3 created")
		if got := fleetOf(t, c); len(got) != 0 {
			t.Errorf("the dry run made %v", got)
		}
		wanted(t, imported(t, c, false, lines...), "2 created", "3 created")
		before := fleetOf(t, c)
		if len(before) != 2 || len(nearest(c)) != 0 || before[0].State != car.NonContactable || before[0].Last.CarID != before[0].ID || !before[0].Last.ReceivedAt.Equal(start) {
			t.Errorf("got %+v", before)
		}
		c.clock.Advance(time.Hour)
		wanted(t, imported(t, c, false, lines...), "2 unchanged", "3 unchanged")
		for i, after := range fleetOf(t, c) {
			if after.Version != before[i].Version || *after.Last != *before[i].Last {
				t.Errorf("changed to %+v", after)
			}
		}
	})
	t.Run("a known car is described anew and stays where it is", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		line := importLine(2, "B-FC 1")
		line.First.Position.Latitude = 1
		wanted(t, imported(t, c, true, line), "2 updated")
		if got := c.state(t, id); got.Model != "e-Up" {
			t.Errorf("the dry run made it %+v", got)
		}
		wanted(t, imported(t, c, false, line), "2 updated")
		if got := c.state(t, id); got.Model != "Zoe" || got.PricingPlanID != car.DefaultPlan || got.Last.Position != centre || got.DeviceID != device {
			t.Errorf("got %+v", got)
		}
		line.PricingPlanID = "night"
		wanted(t, imported(t, c, false, line), "2 updated")
		if got := c.state(t, id); got.PricingPlanID != "night" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("what one line cannot be stops no other", func(t *testing.T) {
		c := newCompany(t)
		must(t)(c.Retire(t.Context(), c.park(t, "B-FC 9")))
		bad := car.ImportLine{Number: 3, Registration: car.Registration{Plate: "B-FC 2"}, Bad: []errs.Field{{Field: "model", Code: "required"}}}
		lines := []car.ImportLine{importLine(2, "B-FC 1"), bad, importLine(4, "B-FC 1"), importLine(5, "B-FC 9"), importLine(6, "B-FC 2")}
		want := []string{"2 created", "3 refused model:required", "4 refused plate:repeated", "5 refused plate:car_removed", "6 created"}
		wanted(t, imported(t, c, true, lines...), want...)
		wanted(t, imported(t, c, false, lines...), want...)
	})
	t.Run("a rented car is described, too", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		wanted(t, imported(t, c, false, importLine(2, "B-FC 1")), "2 updated")
		if got := c.state(t, id); got.State != car.Stopped || got.Claim == nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("one list on two instances at once is one fleet", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		var lines []car.ImportLine
		for n := range 150 {
			lines = append(lines, importLine(n+2, fmt.Sprint("B-FC ", n)))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := map[string]int{}
		for _, instance := range []car.Service{c, other} {
			wg.Go(func() {
				for i, text := range imported(t, instance, false, lines...) {
					mu.Lock()
					made[text]++
					mu.Unlock()
					if !strings.HasPrefix(text, fmt.Sprint(i+2, " ")) {
						t.Errorf("at place %d is told %q", i, text)
					}
				}
			})
		}
		wg.Wait()
		for n := range 150 {
			if created, unchanged := made[fmt.Sprint(n+2, " created")], made[fmt.Sprint(n+2, " unchanged")]; created != 1 || unchanged != 1 {
				t.Errorf("line %d: created %d times, unchanged %d", n+2, created, unchanged)
			}
		}
		if got := fleetOf(t, c); len(got) != 150 {
			t.Errorf("%d cars", len(got))
		}
	})
	t.Run("who hears no more ends it, and what was done stays", func(t *testing.T) {
		c := newCompany(t)
		var lines []car.ImportLine
		for n := range 200 {
			lines = append(lines, importLine(n+2, fmt.Sprint("B-FC ", n)))
		}
		gone := errors.New("gone")
		if err := c.Import(t.Context(), lines, false, func(car.Imported) error { return gone }); !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
		made := len(fleetOf(t, c))
		if made == 0 || made == 200 {
			t.Errorf("%d cars", made)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Import(ctx, lines, false, func(car.Imported) error { t.Error("told"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		imported(t, c, false, lines...)
		if got := fleetOf(t, c); len(got) != 200 {
			t.Errorf("%d cars", len(got))
		}
	})
}
