package trip_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
)

// TestAnyLife does random things with one car for two riders, at two instances whose clocks
// differ by seconds: whatever is asked, recovered, acknowledged or lost while another call
// is between two of its steps. After each it checks what must always hold, and in the end
// that all comes to an end.
func TestAnyLife(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			l := newAnyLife(t, seed)
			for range 60 {
				l.something()
				l.check()
			}
			l.converge()
		})
	}
}

type anyLife struct {
	*rig
	t         *testing.T
	random    *rand.Rand
	instances [2]*trip.Rentals
	clocks    [2]*clock.Manual
	meanwhile sync.Mutex // something happens while something else does
	over      map[string]trip.Trip
	did       []string
}

func newAnyLife(t *testing.T, seed uint64) *anyLife {
	l := &anyLife{rig: newRig(t), t: t, random: rand.New(rand.NewPCG(seed, 3)), over: map[string]trip.Trip{}}
	p := policy
	p.ReserveAgain = 0 // the same car again and again
	l.world.now = l.rig.clock.Now
	for i, skew := range []time.Duration{-2 * time.Second, 3 * time.Second} {
		l.clocks[i] = clock.NewManual(l.rig.clock.Now().Add(skew))
		l.instances[i] = trip.NewRentals(trip.Config{Trips: nosyTrips{l.store, l}, Cars: nosyCars{l.world, l}, Licences: l.world, Wallet: nosyWallet{wallet{l.world}, l},
			Tariffs: l.office.pricing, Places: l.office.zoning, Promotions: promotions{l.world, l.office.campaigns}, Refunds: sqlite.NewRefunds(l.store),
			Clock: l.clocks[i], IDs: ids.Random{}, Policy: p, Log: func(context.Context, string, string, error) {}})
	}
	return l
}

// something is asked of one of the instances, or happens to the world.
func (l *anyLife) something() {
	ctx, s := l.t.Context(), l.instances[l.random.IntN(2)]
	account, id := fmt.Sprint(1+l.random.IntN(2)), l.any()
	what := l.random.IntN(16)
	l.did = append(l.did, fmt.Sprint(what))
	var err error
	switch what {
	case 0, 1:
		_, err = s.Start(ctx, trip.StartTrip{Account: account, CarID: "c"})
	case 2:
		_, err = s.Reserve(ctx, trip.ReserveCar{Account: account, CarID: "c"})
	case 3:
		_, err = s.Start(ctx, trip.StartTrip{Account: account, ReservationID: id})
	case 4:
		err = s.CancelReservation(ctx, account, id)
	case 5:
		_, err = s.Extend(ctx, trip.ExtendReservation{Account: account, ID: id})
	case 6:
		_, err = s.Pause(ctx, account, id)
	case 7:
		_, err = s.Resume(ctx, account, id)
	case 8:
		_, err = s.End(ctx, account, id)
	case 9:
		_, err = s.EndByStaff(ctx, trip.StaffEnd{TripID: id, Reason: "random", WithoutLock: l.random.IntN(3) == 0})
	case 10, 11:
		l.world.acknowledge([]trip.CommandState{trip.CommandDone, trip.CommandDone, trip.CommandFailed}[l.random.IntN(3)])
		err = s.Advance(ctx, id)
	case 12:
		err = s.Recover(ctx)
	case 13:
		l.advance(time.Duration(l.random.IntN(40_000)) * time.Millisecond)
	case 14:
		l.world.mu.Lock()
		at := []map[string]error{l.world.before, l.world.after}[l.random.IntN(2)]
		at[breakable[l.random.IntN(len(breakable))]] = errs.E(errs.Unavailable, "crash", "")
		l.world.mu.Unlock()
	case 15:
		l.world.drive(l.odometer()+int64(l.random.IntN(200)), float64(l.random.IntN(2)*30), l.rig.clock.Now())
	}
	code := errs.CodeOf(err)
	if err != nil && (errs.KindOf(err) == errs.Internal || code == "hold_released" || code == "moved_on") {
		l.t.Errorf("%v: a rider is told %v", l.did, err)
	}
}

var breakable = []string{"claim", "reserve", "release car", "command", "car", "licence", "solvent", "hold", "capture", "release hold"}

// interrupt lets something else happen between two steps of a call.
func (l *anyLife) interrupt() {
	if !l.meanwhile.TryLock() {
		return
	}
	defer l.meanwhile.Unlock()
	if l.random.IntN(6) == 0 {
		l.something()
	}
}

func (l *anyLife) odometer() int64 {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	return l.world.car.OdometerM
}

func (l *anyLife) advance(d time.Duration) {
	l.rig.clock.Advance(d)
	for _, c := range l.clocks {
		c.Advance(d)
	}
}

// all are the rentals that there are.
func (l *anyLife) all() (all []trip.Trip) {
	for _, account := range []string{"1", "2"} {
		for cursor := ""; ; {
			page, err := l.store.Rentals(l.t.Context(), account, cursor, 100)
			if err != nil {
				l.t.Fatal(err)
			}
			all = append(all, page.Trips...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return all
}

// any is the id of some rental, of one that lives if possible.
func (l *anyLife) any() string {
	all := l.all()
	for _, t := range all {
		if t.Live() && l.random.IntN(3) > 0 {
			return t.ID
		}
	}
	if len(all) == 0 {
		return ids.Random{}.New()
	}
	return all[l.random.IntN(len(all))].ID
}

func (l *anyLife) check() {
	l.t.Helper()
	has := l.world.claims["c"]
	trips, slots := 0, map[string]string{}
	for _, t := range l.all() {
		if before, ended := l.over[t.ID]; ended && !reflect.DeepEqual(before, t) {
			l.t.Errorf("%v: a rental changed after its end: %+v", l.did, t)
		}
		if !t.Live() {
			l.over[t.ID] = t
			continue
		}
		if t.Accepted {
			trips++
		}
		if other := slots[t.Slot()]; other != "" {
			l.t.Errorf("%v: account %s has %s and %s", l.did, t.Account, other, t.ID)
		}
		slots[t.Slot()] = t.ID
		switch t.Step {
		case trip.Driving, trip.Pausing, trip.Parked, trip.Resuming, trip.Locking:
			if has != (trip.Claim{CarID: "c", Kind: trip.ForTrip, ID: t.ID, Account: t.Account}) {
				l.t.Errorf("%v: the car of a trip that is %s is claimed by %+v", l.did, t.Step, has)
			}
			if l.world.held[t.ID] == 0 {
				l.t.Errorf("%v: a trip that is %s holds no money", l.did, t.Step)
			}
		}
	}
	if trips > 1 {
		l.t.Errorf("%v: %d trips with one car", l.did, trips)
	}
}

// converge lets no more fail, and wants everything to end.
func (l *anyLife) converge() {
	l.t.Helper()
	l.meanwhile.Lock()
	for round := 0; ; round++ {
		clear(l.world.before)
		clear(l.world.after)
		l.advance(policy.ReservationFor + time.Second)
		l.world.drive(l.odometer(), 0, l.rig.clock.Now())
		live := 0
		for _, t := range l.all() {
			if t.State == trip.InProgress || t.State == trip.Paused {
				_, _ = l.instances[round%2].End(l.t.Context(), t.Account, t.ID) // it may take more than one
			}
			l.world.acknowledge(trip.CommandDone)
			if t.Live() {
				live++
			}
		}
		for _, s := range l.instances {
			if err := s.Recover(l.t.Context()); err != nil {
				l.t.Fatal(err)
			}
		}
		l.check()
		if live == 0 {
			break
		}
		if round == 20 {
			l.t.Fatalf("%v: %+v does not end", l.did, l.all())
		}
	}
	for car, claim := range l.world.claims {
		l.t.Errorf("%v: car %s has the claim %+v though all is over", l.did, car, claim)
	}
	if len(l.world.held) > 0 {
		l.t.Errorf("%v: held %v", l.did, l.world.held)
	}
	finished := map[string]int64{}
	for _, t := range l.all() {
		if t.State == trip.Finished {
			finished[t.ID] = t.Fare.Total.Amount
		}
		if t.Fare.Total.Amount < 0 || !t.StartedAt.IsZero() && t.StartedAt.Before(t.CreatedAt) {
			l.t.Errorf("%v: %+v", l.did, t)
		}
	}
	for id, amount := range l.world.captured {
		if paid, is := finished[id]; !is || paid != amount {
			l.t.Errorf("%v: captured %d of %s, which costs %d", l.did, amount, id, paid)
		}
		delete(finished, id)
	}
	for id, amount := range finished {
		if amount > 0 {
			l.t.Errorf("%v: %s is finished and not paid", l.did, id)
		}
	}
}

// The ports with something else between two of their calls.
type nosyTrips struct {
	trip.Repository
	l *anyLife
}

func (n nosyTrips) Update(ctx context.Context, id string, change func(*trip.Trip) error) (trip.Trip, error) {
	n.l.interrupt()
	return n.Repository.Update(ctx, id, change)
}

type nosyCars struct {
	*world
	l *anyLife
}

func (n nosyCars) Claim(ctx context.Context, c trip.Claim) (trip.ClaimedCar, error) {
	n.l.interrupt()
	defer n.l.interrupt()
	return n.world.Claim(ctx, c)
}

func (n nosyCars) Release(ctx context.Context, r trip.Release) error {
	n.l.interrupt()
	return n.world.Release(ctx, r)
}

// Command wants the trip alive that a command is of, unless the car refuses it.
func (n nosyCars) Command(ctx context.Context, carID, tripID, step string, c trip.Command) error {
	err := n.world.Command(ctx, carID, tripID, step, c)
	if t, missing := n.l.store.Trip(ctx, tripID); err == nil && (missing != nil || !t.Live()) {
		n.l.t.Errorf("%v: the car is told to %s for the trip %+v, %v", n.l.did, c, t, missing)
	}
	return err
}

func (n nosyCars) Car(ctx context.Context, id string) (trip.CarState, error) {
	defer n.l.interrupt()
	return n.world.Car(ctx, id)
}

type nosyWallet struct {
	wallet
	l *anyLife
}

func (n nosyWallet) Hold(ctx context.Context, tripID, account string, amount money.Money) error {
	n.l.interrupt()
	return n.wallet.Hold(ctx, tripID, account, amount)
}
