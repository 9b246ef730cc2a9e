package trip_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the other services as a trip sees them. fail makes a call fail, once per
// entry, before or after its effect.
type world struct {
	mu       sync.Mutex
	claims   map[string]string // car → trip
	commands map[string]map[string]trip.CommandState
	settled  map[string]time.Time // when a step's command was
	held     map[string]int64
	captured map[string]int64
	released map[string]bool
	licence  error
	funds    error
	car      trip.CarState
	before   map[string]error
	after    map[string]error
	away     map[string]error // fails until it is taken out
}

func newWorld() *world {
	return &world{claims: map[string]string{}, commands: map[string]map[string]trip.CommandState{}, settled: map[string]time.Time{}, held: map[string]int64{},
		captured: map[string]int64{}, released: map[string]bool{}, before: map[string]error{}, after: map[string]error{}, away: map[string]error{},
		car: trip.CarState{OdometerM: 1000}}
}

// call runs an effect between the failures planned for it.
func (w *world) call(op string, effect func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.away[op]; err != nil {
		return err
	}
	if err := w.before[op]; err != nil {
		delete(w.before, op)
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	err := w.after[op]
	delete(w.after, op)
	return err
}

func (w *world) Claim(_ context.Context, carID, tripID, _ string) (trip.ClaimedCar, error) {
	err := w.call("claim", func() error {
		if owner := w.claims[carID]; owner != "" && owner != tripID {
			return trip.ErrCarUnavailable
		}
		w.claims[carID] = tripID
		return nil
	})
	return trip.ClaimedCar{ID: carID, Plate: "B-FC 1", Model: "Zoe", PlanID: "standard", OdometerM: 1000}, err
}

func (w *world) Command(_ context.Context, carID, tripID, step string, _ trip.Command) error {
	return w.call("command", func() error {
		if w.claims[carID] != tripID {
			return errs.E(errs.Conflict, "not_claimed", "")
		}
		if w.commands[tripID] == nil {
			w.commands[tripID] = map[string]trip.CommandState{}
		}
		if w.commands[tripID][step] == "" {
			w.commands[tripID][step] = trip.CommandPending
		}
		return nil
	})
}

func (w *world) Car(_ context.Context, carID string) (trip.CarState, error) {
	var car trip.CarState
	err := w.call("car", func() error {
		car = w.car
		car.ID, car.TripID = carID, w.claims[carID]
		car.Commands = map[string]trip.Outcome{}
		for step, state := range w.commands[car.TripID] {
			car.Commands[step] = trip.Outcome{State: state, At: w.settled[step]}
		}
		return nil
	})
	return car, err
}

func (w *world) Check(context.Context, string) error {
	return w.call("licence", func() error { return w.licence })
}

func (w *world) Hold(_ context.Context, tripID, _ string, amount money.Money) error {
	return w.call("hold", func() error {
		if w.released[tripID] {
			return errs.E(errs.Conflict, "hold_released", "")
		}
		if w.funds != nil {
			return w.funds
		}
		w.held[tripID] = amount.Amount
		return nil
	})
}

func (w *world) Capture(_ context.Context, tripID string, fare money.Money) error {
	return w.call("capture", func() error {
		if was, ok := w.captured[tripID]; ok && was != fare.Amount {
			return errs.E(errs.Conflict, "captured", "")
		}
		w.captured[tripID] = fare.Amount
		delete(w.held, tripID)
		return nil
	})
}

// wallet and cars both have a Release.
type wallet struct{ *world }

func (w wallet) Release(_ context.Context, tripID string) error {
	return w.call("release hold", func() error {
		if _, ok := w.captured[tripID]; ok {
			return errs.E(errs.Conflict, "captured", "")
		}
		delete(w.held, tripID)
		w.released[tripID] = true
		return nil
	})
}

func (w *world) Release(_ context.Context, carID, tripID string) error {
	return w.call("release car", func() error {
		if w.claims[carID] == tripID {
			delete(w.claims, carID)
		}
		return nil
	})
}

// acknowledge settles all commands that are pending.
func (w *world) acknowledge(state trip.CommandState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, steps := range w.commands {
		for step, was := range steps {
			if was == trip.CommandPending {
				steps[step] = state
			}
		}
	}
}

// rig is the service over a real store and a world of fakes.
type rig struct {
	*trip.Rentals
	world *world
	clock *clock.Manual
	store *sqlite.Trips
}

func newRig(t *testing.T) *rig {
	t.Helper()
	store, err := sqlite.NewTrips(t.Context(), filepath.Join(t.TempDir(), "trip.db"), endpoint.Event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &rig{world: newWorld(), clock: clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)), store: store}
	r.Rentals = r.instance()
	return r
}

// instance is one more replica over the same store.
func (r *rig) instance() *trip.Rentals {
	return trip.NewRentals(trip.Config{Trips: r.store, Cars: r.world, Licences: r.world, Wallet: wallet{r.world},
		Clock: r.clock, IDs: ids.Random{}, Log: func(context.Context, string, string, error) {}})
}

func (r *rig) start(t *testing.T) trip.Trip {
	t.Helper()
	started, err := r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	return started.Trip
}

// recover lets what is due come due and looks after it once with each instance.
func (r *rig) recover(t *testing.T) {
	t.Helper()
	r.clock.Advance(trip.RequestAtMost + time.Second)
	var wg sync.WaitGroup
	for _, instance := range []*trip.Rentals{r.Rentals, r.instance()} {
		wg.Go(func() { instance.RecoverOnce(t.Context()) })
	}
	wg.Wait()
}

func (r *rig) trip(t *testing.T, id string) trip.Trip {
	t.Helper()
	got, err := r.store.Trip(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// advance plays the car service's event.
func (r *rig) advance(t *testing.T, id string) {
	t.Helper()
	if err := r.Advance(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// untouched says that nothing is left of trips: no claim, no money, no list entry.
func (r *rig) untouched(t *testing.T) {
	t.Helper()
	if len(r.world.claims) != 0 || len(r.world.held) != 0 || len(r.world.captured) != 0 {
		t.Errorf("left behind: claims %v, held %v, captured %v", r.world.claims, r.world.held, r.world.captured)
	}
	if page, err := r.Trips(t.Context(), trip.Filter{Account: "1", Limit: 10}); err != nil || len(page.Trips) != 0 {
		t.Errorf("in the list: %+v, %v", page.Trips, err)
	}
	if _, err := r.Current(t.Context(), "1"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("current: %v", err)
	}
}

func TestJourney(t *testing.T) {
	r := newRig(t)
	begun := r.start(t)
	if begun.State != trip.Starting || r.world.held[begun.ID] != 2000 {
		t.Fatalf("got %+v, held %v", begun, r.world.held)
	}
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	r.clock.Advance(9 * time.Minute)
	r.world.car.OdometerM = 6000
	live, err := r.Trip(t.Context(), "1", begun.ID)
	if err != nil || live.State != trip.InProgress || live.DistanceM != 5000 || live.Fare.Total != money.Of(100+9*29) {
		t.Fatalf("live: %+v, %v", live, err)
	}
	ending, err := r.End(t.Context(), "1", begun.ID)
	if err != nil || ending.State != trip.Ending {
		t.Fatalf("ending: %+v, %v", ending, err)
	}
	r.clock.Advance(20 * time.Second) // the car takes its time; the fare's clock stands
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	done, err := r.Receipt(t.Context(), "1", begun.ID)
	if err != nil || done.State != trip.Finished || done.Fare.Total != money.Of(100+9*29) || r.world.captured[begun.ID] != done.Fare.Total.Amount {
		t.Fatalf("done: %+v, %v, captured %v", done, err, r.world.captured)
	}
	if len(r.world.claims) != 0 {
		t.Error("the car is still claimed")
	}
	if again, err := r.End(t.Context(), "1", begun.ID); err != nil || again.State != trip.Finished || again.Version != done.Version {
		t.Errorf("ending again: %+v, %v", again, err)
	}
}

func TestRefusedStart(t *testing.T) {
	outage := errs.E(errs.Unavailable, "unavailable", "")
	for name, tc := range map[string]struct {
		plan func(*world)
		want error
	}{
		"the car has another trip":           {func(w *world) { w.claims["c"] = "other" }, trip.ErrCarUnavailable},
		"no licence":                         {func(w *world) { w.licence = trip.ErrLicence }, trip.ErrLicence},
		"no money":                           {func(w *world) { w.funds = trip.ErrFunds }, trip.ErrFunds},
		"claimed, but the answer is lost":    {func(w *world) { w.after["claim"] = outage }, outage},
		"held, but the answer is lost":       {func(w *world) { w.after["hold"] = outage }, outage},
		"the profile service is away":        {func(w *world) { w.before["licence"] = outage }, outage},
		"and the hold cannot be released":    {func(w *world) { w.after["hold"] = outage; w.before["release hold"] = outage }, outage},
		"and the car cannot be released":     {func(w *world) { w.licence = trip.ErrLicence; w.before["release car"] = outage }, trip.ErrLicence},
		"and the release's answers are lost": {func(w *world) { w.funds = trip.ErrFunds; w.after["release hold"] = outage }, trip.ErrFunds},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			tc.plan(r.world)
			if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"}); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			r.recover(t)
			if r.world.claims["c"] == "other" {
				delete(r.world.claims, "c")
			}
			r.untouched(t)
			r.world.licence, r.world.funds = nil, nil
			r.start(t) // the account is free
		})
	}
}

// TestCrash stops the saga after each of its effects, as kill -9 would, and lets two
// recoverers loose on what is left.
func TestCrash(t *testing.T) {
	crash := errs.E(errs.Unavailable, "crash", "")
	everything := func(w *world, ops ...string) {
		for _, op := range ops {
			w.before[op] = crash
		}
	}
	t.Run("while requesting: undone", func(t *testing.T) {
		for _, at := range []string{"claim", "hold"} {
			r := newRig(t)
			r.world.after[at] = crash
			everything(r.world, "release hold", "release car") // the instance is dead: it undoes nothing
			_, _ = r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})
			r.recover(t)
			r.recover(t)
			r.untouched(t)
		}
	})
	t.Run("a start left at its first step is undone by recovery alone", func(t *testing.T) {
		r := newRig(t)
		left := trip.NewTrip(ids.Random{}.New(), "1", "c", idem.Key{}, r.clock.Now())
		if err := r.store.Create(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		_, _ = r.world.Claim(t.Context(), "c", left.ID, "1")
		_ = r.world.Hold(t.Context(), left.ID, "1", money.Of(2000))
		r.recover(t)
		r.untouched(t)
		if err := r.world.Hold(t.Context(), left.ID, "1", money.Of(2000)); err == nil {
			t.Error("a late hold was taken")
		}
	})
	t.Run("before the unlock command: sent by recovery", func(t *testing.T) {
		r := newRig(t)
		r.world.before["command"] = crash
		begun := r.start(t)
		r.recover(t)
		r.world.acknowledge(trip.CommandDone)
		r.recover(t) // the event is lost too
		if got := r.trip(t, begun.ID); got.State != trip.InProgress {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("while settling: paid once", func(t *testing.T) {
		for _, at := range []string{"capture", "release car"} {
			r := newRig(t)
			begun := r.start(t)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, begun.ID)
			r.clock.Advance(time.Hour)
			if _, err := r.End(t.Context(), "1", begun.ID); err != nil {
				t.Fatal(err)
			}
			r.world.acknowledge(trip.CommandDone)
			r.world.after[at] = crash
			if err := r.Advance(t.Context(), begun.ID); !errors.Is(err, crash) {
				t.Fatalf("got %v", err)
			}
			r.recover(t)
			got := r.trip(t, begun.ID)
			if got.State != trip.Finished || r.world.captured[begun.ID] != got.Fare.Total.Amount || got.Fare.Total != money.Of(100+60*29) {
				t.Errorf("%s: got %+v, captured %v", at, got, r.world.captured)
			}
		}
	})
}

func TestSilentCar(t *testing.T) {
	down := errs.E(errs.Unavailable, "unavailable", "")
	t.Run("no unlock in time: cancelled, released, nothing charged", func(t *testing.T) {
		for name, silence := range map[string]func(r *rig){
			"the car service gives up":         func(r *rig) { r.world.acknowledge(trip.CommandFailed) },
			"the command never reached a soul": func(r *rig) { clear(r.world.commands) },
		} {
			r := newRig(t)
			begun := r.start(t)
			silence(r)
			r.world.away["command"] = down
			r.clock.Advance(trip.AckAtMost)
			r.recover(t)
			got := r.trip(t, begun.ID)
			if got.State != trip.Cancelled || got.Reason != "unlock_failed" || len(r.world.claims)+len(r.world.held)+len(r.world.captured) != 0 {
				t.Errorf("%s: got %+v, claims %v, held %v", name, got, r.world.claims, r.world.held)
			}
			r.world.claims["c"] = begun.ID // even if the car had not let go
			r.world.commands[begun.ID] = map[string]trip.CommandState{"unlocking": trip.CommandDone}
			r.advance(t, begun.ID)
			if late := r.trip(t, begun.ID); late.Version != got.Version {
				t.Errorf("%s: a cancelled trip changed: %+v", name, late)
			}
		}
	})
	t.Run("no lock in time: in progress again, and it can end again", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.OdometerM = 6000
		r.clock.Advance(time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || got.Reason != "lock_failed" {
			t.Fatalf("got %+v", got)
		}
		r.clock.Advance(time.Hour) // stands there: not the rider's fault
		if live, err := r.Trip(t.Context(), "1", begun.ID); err != nil || live.Fare.Total != money.Of(100+29) {
			t.Errorf("standing after a failed lock: %+v, %v", live.Fare, err)
		}
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+29) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("who drives on after a failed lock pays for it", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.OdometerM = 6000
		r.clock.Advance(time.Minute)
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, begun.ID)
		r.world.car.OdometerM = 7000
		r.clock.Advance(9 * time.Minute)
		if live, err := r.Trip(t.Context(), "1", begun.ID); err != nil || live.Fare.Total != money.Of(100+10*29) {
			t.Errorf("driving on: %+v, %v", live.Fare, err)
		}
		r.end(t, begun.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.Fare.Total != money.Of(100+10*29) || got.DistanceM != 6000 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a lock command that waits is the car service's to give up, not ours", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.end(t, begun.ID)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Ending {
			t.Fatalf("got %+v", got)
		}
		r.world.acknowledge(trip.CommandDone)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a car that is locked already ends the trip", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.car.Locked = true
		r.world.away["command"] = errs.E(errs.Conflict, "lock_state", "")
		r.end(t, begun.ID)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a car that is not the trip's any more ends the trip, at what it had driven", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.claims["c"] = "another trip"
		r.world.car.OdometerM = 9_000_000
		r.end(t, begun.ID)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.Finished || got.DistanceM != 0 || r.world.claims["c"] != "another trip" {
			t.Errorf("got %+v, claims %v", got, r.world.claims)
		}
	})
	t.Run("a car service away for too long: driving again, and the car is not locked behind it", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.world.before["command"] = down
		r.end(t, begun.ID)
		r.clock.Advance(trip.AckAtMost)
		r.recover(t)
		if got := r.trip(t, begun.ID); got.State != trip.InProgress || len(r.world.commands[begun.ID]) != 1 {
			t.Errorf("got %+v, commands %v", got, r.world.commands)
		}
	})
}

func TestTheFareBeginsWithTheUnlock(t *testing.T) {
	for name, tc := range map[string]struct{ unlocked, want time.Duration }{
		"heard of late":        {5 * time.Second, 5 * time.Second},
		"before it was wanted": {-time.Hour, 0},
		"in the future":        {time.Hour, time.Minute},
	} {
		r := newRig(t)
		begun := r.start(t)
		r.world.settled["unlocking"] = begun.CreatedAt.Add(tc.unlocked)
		r.clock.Advance(time.Minute)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, begun.ID)
		if got := r.trip(t, begun.ID).StartedAt.Sub(begun.CreatedAt); got != tc.want {
			t.Errorf("%s: began after %v, want %v", name, got, tc.want)
		}
	}
}

// drive starts a trip and unlocks its car.
func (r *rig) drive(t *testing.T) trip.Trip {
	t.Helper()
	begun := r.start(t)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	return begun
}

func (r *rig) end(t *testing.T, id string) {
	t.Helper()
	if _, err := r.End(t.Context(), "1", id); err != nil {
		t.Fatal(err)
	}
}

// vanishing is a store in which the first request's key is gone by the time the second
// looks: it was refused in between.
type vanishing struct{ trip.Repository }

func (vanishing) Create(context.Context, trip.Trip) error { return trip.ErrDuplicateKey }

func TestAKeyThatVanishes(t *testing.T) {
	r := newRig(t)
	s := trip.NewRentals(trip.Config{Trips: vanishing{r.store}, Cars: r.world, Licences: r.world, Wallet: wallet{r.world},
		Clock: r.clock, IDs: ids.Random{}, Log: func(context.Context, string, string, error) {}})
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	if got, err := s.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c", Key: key}); !errors.Is(err, idem.ErrInProgress) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRefusedEnd(t *testing.T) {
	r := newRig(t)
	begun := r.start(t)
	if _, err := r.End(t.Context(), "1", begun.ID); !errors.Is(err, trip.ErrEndRefused) {
		t.Errorf("while starting: got %v", err)
	}
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	r.world.car.SpeedKMH, r.world.car.DoorsOpen, r.world.car.ReadAt = 30, true, r.clock.Now()
	_, err := r.End(t.Context(), "1", begun.ID)
	refused, ok := errors.AsType[*errs.Error](err)
	if !ok || refused.Code != "end_refused" || len(refused.Fields) != 2 || refused.Fields[0].Code != "moving" || refused.Fields[1].Code != "doors_open" {
		t.Errorf("got %v", err)
	}
	stops := 0
	for step := range r.world.commands[begun.ID] {
		if len(step) > 4 && step[:4] == "stop" {
			stops++
		}
	}
	if stops != 1 {
		t.Errorf("the car was asked to stop %d times", stops)
	}
	if got := r.trip(t, begun.ID); got.State != trip.InProgress {
		t.Errorf("the refusal changed the trip: %+v", got)
	}
	r.world.car.DoorsOpen = false
	r.clock.Advance(11 * time.Second) // the reading is too old to say that it moves
	if _, err := r.End(t.Context(), "1", begun.ID); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestOthersTrips(t *testing.T) {
	r := newRig(t)
	begun := r.start(t)
	for name, err := range map[string]error{
		"get":     second(r.Trip(t.Context(), "2", begun.ID)),
		"end":     second(r.End(t.Context(), "2", begun.ID)),
		"receipt": second(r.Receipt(t.Context(), "2", begun.ID)),
	} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestIdempotentStart(t *testing.T) {
	r := newRig(t)
	c := trip.StartTrip{Account: "1", CarID: "c", Key: idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}}
	first, err := r.Start(t.Context(), c)
	if err != nil || first.Replayed {
		t.Fatal(first, err)
	}
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, first.Trip.ID)
	again, err := r.Start(t.Context(), c)
	if err != nil || !again.Replayed || again.Trip.ID != first.Trip.ID || again.Trip.State != trip.Starting {
		t.Errorf("got %+v, %v", again, err)
	}
	c.Key.BodyHash = "other"
	if _, err := r.Start(t.Context(), c); errs.KindOf(err) != errs.KeyReused {
		t.Errorf("another body: got %v", err)
	}
}
