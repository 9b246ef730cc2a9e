package adaptertest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/car"
	"freecar/internal/geo"
	"freecar/internal/nearby"
)

// Index holds a car.Index to its contract.
func Index(t *testing.T, open func(car.Policy) car.Index) {
	t.Run("what comes in any order, twice or not at all, ends as the store after a sweep", func(t *testing.T) {
		for seed := range uint64(50) {
			converges(t, open(policy), rand.New(rand.NewPCG(seed, 2)))
		}
	})
	t.Run("only rentable cars are found", func(t *testing.T) { rentable(t, open) })
	t.Run("a sighting is noticeable when riders would notice", func(t *testing.T) { noticeable(t, open) })
	t.Run("a box is searched, also across the antimeridian", func(t *testing.T) { boxes(t, open) })
	t.Run("writers and readers at once", func(t *testing.T) { shared(t, open) })
}

func listing(n int) car.Listing {
	c := fresh(n)
	c.Last.At = start
	return c.Listing()
}

var (
	states = []car.State{car.Available, car.Available, car.Available, car.Stopped, car.OnTrip, car.NonContactable, car.Removed}
	locks  = []car.Lock{car.Locked, car.Locked, car.Locked, car.Unlocked}
)

// step gives the car's next view: a change, or a reading.
func step(random *rand.Rand, l car.Listing) car.Listing {
	if random.IntN(2) == 0 {
		l.Version++
		l.State, l.Lock = states[random.IntN(len(states))], locks[random.IntN(len(locks))]
		return l
	}
	l.Seen.At = l.Seen.At.Add(time.Second)
	l.Seen.Position.Latitude += (random.Float64() - 0.5) / 100
	l.Seen.ChargePercent = float64(random.IntN(101))
	return l
}

func converges(t *testing.T, x car.Index, random *rand.Rand) {
	t.Helper()
	const cars = 20
	store := map[string]car.Listing{}
	var views []car.Listing
	for n := range cars {
		l := listing(n)
		for range 20 {
			views = append(views, l)
			l = step(random, l)
		}
		store[l.ID] = l // the last view of each may be lost, too
		views = append(views, l)
	}
	for range len(views) * 3 / 2 { // about a fifth never comes, others come often
		l := views[random.IntN(len(views))]
		if random.IntN(3) == 0 {
			x.Spot(l.ID, l.Seen)
		} else {
			x.Merge(l)
		}
	}
	for _, l := range store {
		x.Merge(l)
	}
	equal(t, x, store)
}

// equal compares the index with a scan of the store.
func equal(t *testing.T, x car.Index, store map[string]car.Listing) {
	t.Helper()
	const radius, minCharge = 50_000, 30
	var want []car.Hit
	for _, l := range store {
		d := geo.DistanceM(centre, l.Seen.Position)
		if l.Rentable(policy) && l.Seen.ChargePercent >= minCharge && d <= radius {
			want = append(want, car.Hit{Listing: l, DistanceM: d})
		}
	}
	slices.SortFunc(want, func(a, b car.Hit) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), cmp.Compare(a.Listing.ID, b.Listing.ID))
	})
	if got := x.Nearest(centre, radius, minCharge, len(store)); !slices.Equal(got, want) {
		t.Fatalf("got\n%v\nwant\n%v", got, want)
	}
}

func found(x car.Index) []string {
	var ids []string
	for _, hit := range x.Nearest(centre, 1000, 0, 100) {
		ids = append(ids, hit.Listing.ID)
	}
	return ids
}

func rentable(t *testing.T, open func(car.Policy) car.Index) {
	for name, c := range map[string]struct {
		spoil func(*car.Listing)
		found bool
	}{
		"available":  {func(*car.Listing) {}, true},
		"just full":  {func(l *car.Listing) { l.Seen.ChargePercent = policy.LowCharge }, true},
		"low":        {func(l *car.Listing) { l.Seen.ChargePercent = policy.LowCharge - 0.1 }, false},
		"claimed":    {func(l *car.Listing) { l.State = car.Stopped }, false},
		"unlocked":   {func(l *car.Listing) { l.Lock = car.Unlocked }, false},
		"silent":     {func(l *car.Listing) { l.State = car.NonContactable }, false},
		"never seen": {func(l *car.Listing) { l.Seen = car.Sighting{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := open(policy)
			l := listing(1)
			x.Merge(l)
			l.Version++
			l.Seen.At = l.Seen.At.Add(time.Second)
			if c.spoil(&l); !l.Seen.Known { // what was seen once is not forgotten: begin anew
				x = open(policy)
			}
			x.Merge(l)
			if got := found(x); (len(got) == 1) != c.found {
				t.Errorf("found %v", got)
			}
		})
	}
}

func noticeable(t *testing.T, open func(car.Policy) car.Index) {
	x := open(policy)
	l := listing(1)
	if x.Spot(l.ID, l.Seen) {
		t.Error("noticed a car that nobody knows")
	}
	x.Merge(l)
	n := 0
	spot := func(northM, charge float64) bool {
		n++
		return x.Spot(l.ID, car.Sighting{Known: true, At: start.Add(time.Duration(n) * time.Second), ChargePercent: charge,
			Position: geo.Position{Latitude: centre.Latitude + northM/111_195, Longitude: centre.Longitude}})
	}
	for i, c := range []struct {
		northM, charge float64
		want           bool
	}{
		{0, 80, false}, {20, 80, false}, {30, 80, true}, {45, 80, false}, {50, 80.9, false}, {50, 81, true},
		{50, 10.5, true}, {50, 9.9, true}, {50, 10.1, true},
	} {
		if got := spot(c.northM, c.charge); got != c.want {
			t.Errorf("sighting %d (%v): got %t", i, c, got)
		}
	}
	if x.Spot(l.ID, car.Sighting{Known: true, At: start, Position: geo.Position{}}) {
		t.Error("noticed an old sighting")
	}
	if hits := x.Nearest(centre, 1000, 0, 1); len(hits) != 1 || hits[0].Listing.Seen.ChargePercent != 10.1 {
		t.Errorf("the index shows %v", hits)
	}
}

func boxes(t *testing.T, open func(car.Policy) car.Index) {
	x := open(policy)
	for n, at := range []geo.Position{{Latitude: 1, Longitude: 179}, {Latitude: 1, Longitude: -179.5}, {Latitude: 1, Longitude: 170}} {
		l := listing(n)
		l.Seen.Position = at
		x.Merge(l)
	}
	got := x.Within(nearby.Box{West: 178, South: 0, East: -179, North: 2}, 0, 10)
	if len(got) != 2 || got[0].Listing.ID != uuid(0) || got[1].Listing.ID != uuid(1) {
		t.Errorf("got %v", got)
	}
}

func shared(t *testing.T, open func(car.Policy) car.Index) {
	x := open(policy)
	store := map[string]car.Listing{}
	var mu sync.Mutex
	parallel(16, func(i int) {
		random := rand.New(rand.NewPCG(uint64(i), 3))
		l := listing(i)
		for range 50 {
			x.Merge(l)
			x.Spot(l.ID, l.Seen)
			_ = x.Nearest(centre, 1000, 0, 5)
			l = step(random, l)
		}
		x.Merge(l)
		mu.Lock()
		defer mu.Unlock()
		store[l.ID] = l
	})
	equal(t, x, store)
}
