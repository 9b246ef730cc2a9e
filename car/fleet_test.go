package car_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/car"
	"freecar/car/internal/adapter/nearby"
	"freecar/car/internal/adapter/sqlite"
	"freecar/car/internal/adaptertest"
	"freecar/internal/clock"
	"freecar/internal/geo"
)

// count makes ids that sort.
type count struct {
	mu sync.Mutex
	n  int
}

func (c *count) New() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("01900000-0000-7000-8000-%012d", c.n)
}

// announced keeps what the other instances are told.
type announced struct{ last map[string]car.Sighting }

func (a *announced) Announce(_ context.Context, spotted map[string]car.Sighting) { a.last = spotted }

// answers is a trip service that knows which trips live.
type answers struct {
	live map[string]bool
	err  error
}

func (a *answers) Live(_ context.Context, c car.Claim) (bool, error) { return a.live[c.ID], a.err }

// stubborn is a repository that cannot change some cars.
type stubborn struct {
	car.Repository
	broken map[string]error
}

func (s stubborn) Update(ctx context.Context, id string, change func(*car.Car) error) (car.Car, error) {
	if err := s.broken[id]; err != nil {
		return car.Car{}, err
	}
	return s.Repository.Update(ctx, id, change)
}

// company is a fleet on a store of its own, and how to ask for more instances.
type company struct {
	*car.Fleet
	clock     *clock.Manual
	announced *announced
	trips     *answers
	broken    map[string]error // what becomes of changes to a car, by its id
	another   func() *car.Fleet
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{clock: clock.NewManual(start), announced: &announced{}, trips: &answers{live: map[string]bool{}}, broken: map[string]error{}}
	path, ids := filepath.Join(t.TempDir(), "car.db"), &count{}
	c.another = func() *car.Fleet {
		cars, err := sqlite.NewCars(t.Context(), path, adaptertest.Encode, c.clock)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cars.Close() })
		return car.NewFleet(car.Config{
			Cars: stubborn{cars, c.broken}, Index: nearby.New(policy), Announcer: c.announced, Trips: c.trips, Clock: c.clock, IDs: ids, Policy: policy,
			Log: func(_ context.Context, msg, carID string, err error) { t.Errorf("%s: car %s: %v", msg, carID, err) },
		})
	}
	c.Fleet = c.another()
	return c
}

// park registers a car that the device speaks for, as it did a moment ago.
func (c *company) park(t *testing.T, plate string) string {
	t.Helper()
	r, err := c.Register(t.Context(), car.Registering{Registration: car.Registration{Plate: plate, Model: "e-Up", First: parked()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Bind(t.Context(), device, []string{r.Car.ID}, start); err != nil {
		t.Fatal(err)
	}
	first := c.standing(r.Car.ID, 0)
	first.At = first.At.Add(-time.Millisecond)
	if report := c.report(t, first); report.Accepted != 1 {
		t.Fatalf("its first word: %+v", report)
	}
	return r.Car.ID
}

func (c *company) report(t *testing.T, readings ...car.Reading) car.Report {
	t.Helper()
	c.announced.last = nil
	report, err := c.Report(t.Context(), device, readings)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// standing is a good reading at the clock's time, some metres north of the centre.
func (c *company) standing(id string, northM float64) car.Reading {
	return car.Reading{CarID: id, At: c.clock.Now(), ChargePercent: 80, OdometerM: 1000, Locked: true,
		Position: geo.Position{Latitude: centre.Latitude + northM/111_195, Longitude: centre.Longitude}}
}

func (c *company) claim(t *testing.T, id, trip string) {
	t.Helper()
	if _, err := c.Claim(t.Context(), id, car.Claim{Kind: car.ForTrip, ID: trip, AccountID: account}); err != nil {
		t.Fatal(err)
	}
}

func (c *company) unlock(t *testing.T, id, trip string) car.Command {
	t.Helper()
	k, err := c.Command(t.Context(), id, car.Order{ClaimID: trip, Step: "unlock", Kind: car.CommandUnlock})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (c *company) state(t *testing.T, id string) car.Car {
	t.Helper()
	found, err := c.Car(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func nearest(s car.Service) []string {
	var ids []string
	for _, f := range s.Search(context.Background(), car.Search{From: centre, RadiusM: 1000, Limit: 100}) {
		ids = append(ids, f.Listing.ID)
	}
	return ids
}

func TestReports(t *testing.T) {
	t.Run("each reading is taken or refused by its index", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.clock.Advance(time.Second)
		good, ahead, wild := c.standing(id, 0), c.standing(id, 0), c.standing(id, 0)
		ahead.At = ahead.At.Add(policy.ClockSkew + time.Millisecond)
		wild.Position.Latitude = 91
		report := c.report(t, wild, c.standing("unknown", 0), ahead, good, good, car.Reading{})
		want := map[int]error{0: car.ErrReadingInvalid, 1: car.ErrNotBound, 2: car.ErrReadingFuture, 4: car.ErrStale, 5: car.ErrReadingInvalid}
		if report.Accepted != 1 || len(report.Refused) != len(want) {
			t.Errorf("got %+v", report)
		}
		var order []int
		for _, r := range report.Refused {
			order = append(order, r.Index)
			if !errors.Is(r.Err, want[r.Index]) {
				t.Errorf("reading %d: got %v, want %v", r.Index, r.Err, want[r.Index])
			}
		}
		if !slices.Equal(order, slices.Sorted(maps.Keys(want))) {
			t.Errorf("refused in the order %v", order)
		}
	})
	t.Run("a parked car's move is in the search at once and announced beyond 25 m", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		for i, step := range []struct {
			northM    float64
			announced bool
		}{{20, false}, {40, true}, {50, false}, {900, true}, {2000, true}} {
			c.clock.Advance(time.Second)
			c.report(t, c.standing(id, step.northM))
			if _, told := c.announced.last[id]; told != step.announced {
				t.Errorf("step %d: announced %t", i, told)
			}
		}
		if got := nearest(c); len(got) != 0 {
			t.Errorf("found where it was: %v", got)
		}
	})
	t.Run("a rented car's move is nobody's business", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		c.clock.Advance(time.Second)
		if c.report(t, c.standing(id, 500)); len(c.announced.last) != 0 {
			t.Errorf("announced %v", c.announced.last)
		}
		if last := c.state(t, id).Last; last.At != c.clock.Now() || last.ReceivedAt != c.clock.Now() {
			t.Errorf("got %+v", last)
		}
	})
	t.Run("a car left open by a rider who drove on is locked when it stands", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		k := c.unlock(t, id, trip)
		if _, err := c.Acknowledge(t.Context(), car.Acknowledgement{DeviceID: device, CommandID: k.ID, Done: true}); err != nil {
			t.Fatal(err)
		}
		c.clock.Advance(time.Second)
		driving := c.standing(id, 0)
		driving.SpeedKMH = 30
		c.report(t, driving)
		if _, err := c.Release(t.Context(), id, car.Releasing{Kind: car.ForTrip, ID: trip}); err != nil || c.state(t, id).Lock != car.Unlocked {
			t.Fatalf("released as %s, %v", c.state(t, id).Lock, err)
		}
		c.clock.Advance(time.Second)
		if c.report(t, c.standing(id, 0)); c.state(t, id).Lock != car.Locking {
			t.Errorf("it is %s", c.state(t, id).Lock)
		}
	})
	t.Run("a car that opened though its trip came to nothing is out of the search, and locked when it stands", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		c.unlock(t, id, trip) // it happens, and nobody is told
		c.clock.Advance(policy.CommandTimeout)
		if err := c.ExpireCommands(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Release(t.Context(), id, car.Releasing{Kind: car.ForTrip, ID: trip}); err != nil {
			t.Fatal(err)
		}
		want(t, c.state(t, id), car.Available, car.Locked)
		say := func(after time.Duration, locked bool, speed float64, want car.Lock) car.Car {
			t.Helper()
			c.clock.Advance(after)
			r := c.standing(id, 0)
			r.Locked, r.SpeedKMH = locked, speed
			c.report(t, r)
			got := c.state(t, id)
			if got.Lock != want || len(nearest(c)) == 1 != (want == car.Locked) {
				t.Fatalf("it is %s, riders find %v", got.Lock, nearest(c))
			}
			return got
		}
		rolling := say(time.Second, false, 80, car.Unlocked)
		if err := rolling.Claimable(policy, c.clock.Now()); !errors.Is(err, car.ErrUnavailable) {
			t.Errorf("somebody else can have it: %v", err)
		}
		say(time.Second, false, 80, car.Unlocked)
		stands := say(time.Second, false, 0, car.Locking)
		waiting := stands.Waiting()
		if len(waiting) != 1 || waiting[0].Kind != car.CommandLock || waiting[0].Origin() != car.ByFleet {
			t.Fatalf("it waits for %+v", waiting)
		}
		done := car.Acknowledgement{DeviceID: device, CommandID: waiting[0].ID, Done: true}
		if _, err := c.Acknowledge(t.Context(), done); err != nil {
			t.Fatal(err)
		}
		closed := c.state(t, id)
		stale := c.standing(id, 0) // taken before it was locked, and late
		c.clock.Advance(time.Second)
		stale.Locked = false
		if c.report(t, stale); c.state(t, id).Version != closed.Version {
			t.Errorf("a reading from before opened it: %+v", c.state(t, id))
		}
		say(time.Second, true, 0, car.Locked)
		say(time.Second, false, 0, car.Unlocked) // not again within a minute
		say(time.Minute, false, 0, car.Locking)
	})
	t.Run("a car that comes back open after a silence is not rented", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.clock.Advance(policy.SilentAfter + time.Second)
		if err := c.LoseContact(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := c.standing(id, 0)
		r.Locked, r.SpeedKMH = false, 80
		c.report(t, r)
		want(t, c.state(t, id), car.Available, car.Unlocked)
		if got := nearest(c); len(got) != 0 {
			t.Errorf("riders find %v", got)
		}
	})
	t.Run("a silent car leaves the search and comes back when it speaks", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.clock.Advance(policy.SilentAfter + time.Second)
		if err := c.LoseContact(t.Context()); err != nil || len(nearest(c)) != 0 || c.state(t, id).State != car.NonContactable {
			t.Errorf("still found: %v, %v", nearest(c), err)
		}
		c.report(t, c.standing(id, 0))
		if got := nearest(c); !slices.Equal(got, []string{id}) || c.state(t, id).State != car.Available {
			t.Errorf("found %v", got)
		}
	})
}

func TestInstances(t *testing.T) {
	t.Run("the instance that commits shows it at once, another when it learns of it", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		id := c.park(t, "B-FC 1")
		if got := nearest(other); len(got) != 0 {
			t.Fatalf("the other found %v", got)
		}
		began, err := other.Load(t.Context(), time.Time{})
		if err != nil || !began.Equal(start) || !slices.Equal(nearest(other), []string{id}) {
			t.Errorf("after loading the other found %v, %v", nearest(other), err)
		}
		before := c.state(t, id)
		c.claim(t, id, trip)
		if got := nearest(c); len(got) != 0 {
			t.Errorf("found a claimed car: %v", got)
		}
		other.Learn(c.state(t, id))
		other.Learn(before) // late
		if got := nearest(other); len(got) != 0 {
			t.Errorf("the other found a claimed car: %v", got)
		}
	})
	t.Run("a sweep finds what the feed lost", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		id := c.park(t, "B-FC 1")
		began, err := other.Load(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		c.clock.Advance(time.Hour)
		c.report(t, c.standing(id, 700))
		if _, err := other.Load(t.Context(), began); err != nil {
			t.Fatal(err)
		}
		if got := other.Search(t.Context(), car.Search{From: centre, RadiusM: 1000, Limit: 1}); len(got) != 1 || got[0].DistanceM < 699 || got[0].DistanceM > 701 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a command reaches who listens, here and where it is learnt", func(t *testing.T) {
		c := newCompany(t)
		other := c.another()
		id := c.park(t, "B-FC 1")
		here, stopHere := c.Listen(device)
		there, stopThere := other.Listen(device)
		strangers, stopStrangers := c.Listen("device-2")
		defer stopHere()
		defer stopStrangers()
		c.claim(t, id, trip)
		k := c.unlock(t, id, trip)
		other.Learn(c.state(t, id))
		for _, listener := range []<-chan car.Pending{here, there} {
			if p := <-listener; p.CarID != id || p.Command.ID != k.ID {
				t.Errorf("got %+v", p)
			}
		}
		stopThere()
		stopThere()
		learnt := c.state(t, id)
		for range 1000 { // nobody reads: nobody waits
			other.Learn(learnt)
			c.Learn(learnt)
		}
		if len(there)+len(strangers) != 0 {
			t.Errorf("%d after leaving, %d for a stranger", len(there), len(strangers))
		}
	})
}

func TestUpkeep(t *testing.T) {
	t.Run("commands without an answer expire, more than a batch of them", func(t *testing.T) {
		c := newCompany(t)
		var ids []string
		for n := range 120 {
			id := c.park(t, fmt.Sprint("B-FC ", n))
			ids = append(ids, id)
			c.claim(t, id, id)
			c.unlock(t, id, id)
		}
		c.clock.Advance(policy.CommandTimeout - time.Millisecond)
		if err := c.ExpireCommands(t.Context()); err != nil || c.state(t, ids[0]).Lock != car.Unlocking {
			t.Errorf("expired early, %v", err)
		}
		c.clock.Advance(time.Millisecond)
		if err := c.ExpireCommands(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if got := c.state(t, id); got.Lock != car.Locked || got.Commands[0].State != car.TimedOut {
				t.Fatalf("got %+v", got)
			}
		}
		if p, err := c.Pending(t.Context(), device); err != nil || len(p) != 0 {
			t.Errorf("%d pending, %v", len(p), err)
		}
	})
	t.Run("a car that cannot be changed stands in no other's way", func(t *testing.T) {
		c := newCompany(t)
		first, second := c.park(t, "B-FC 1"), c.park(t, "B-FC 2")
		for _, id := range []string{first, second} {
			c.claim(t, id, id)
			c.unlock(t, id, id)
			c.clock.Advance(time.Millisecond) // the first is overdue first
		}
		c.broken[first] = errors.New("broken")
		c.clock.Advance(policy.CommandTimeout)
		if err := c.ExpireCommands(t.Context()); !errors.Is(err, c.broken[first]) {
			t.Errorf("got %v", err)
		}
		if c.state(t, first).Lock != car.Unlocking || c.state(t, second).Lock != car.Locked {
			t.Errorf("they are %s and %s", c.state(t, first).Lock, c.state(t, second).Lock)
		}
	})
	t.Run("an old claim without a trip is released, the others stay", func(t *testing.T) {
		c := newCompany(t)
		dead, live, young := c.park(t, "B-FC 1"), c.park(t, "B-FC 2"), c.park(t, "B-FC 3")
		c.claim(t, dead, "trip-dead")
		c.claim(t, live, "trip-live")
		c.clock.Advance(3 * time.Minute)
		c.claim(t, young, "trip-young")
		c.trips.live["trip-live"] = true
		if err := c.QuestionClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.state(t, dead).Claim != nil || c.state(t, live).Claim == nil || c.state(t, young).Claim == nil {
			t.Error("the wrong claims were released")
		}
	})
	t.Run("no answer releases nothing", func(t *testing.T) {
		c := newCompany(t)
		id := c.park(t, "B-FC 1")
		c.claim(t, id, trip)
		c.clock.Advance(time.Hour)
		c.trips.err = errors.New("away")
		if err := c.QuestionClaims(t.Context()); !errors.Is(err, c.trips.err) || c.state(t, id).Claim == nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestBindingCars(t *testing.T) {
	c := newCompany(t)
	id := c.park(t, "B-FC 1")
	t.Run("unknown cars are left out", func(t *testing.T) {
		if err := c.Bind(t.Context(), "device-2", []string{"unknown", id}, start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if cars, err := c.DeviceCars(t.Context(), "device-2", "", 10); err != nil || len(cars) != 1 {
			t.Errorf("got %v, %v", cars, err)
		}
	})
	t.Run("the device before is refused", func(t *testing.T) {
		c.clock.Advance(time.Second)
		if report := c.report(t, c.standing(id, 0)); report.Accepted != 0 {
			t.Errorf("got %+v", report)
		}
	})
}
