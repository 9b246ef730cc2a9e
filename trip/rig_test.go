package trip_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var policy = trip.DefaultPolicy()

// rig is the service over a real store and a world of fakes.
type rig struct {
	*trip.Rentals
	world  *world
	clock  *clock.Manual
	store  *sqlite.Trips
	office *office
}

func newRig(t *testing.T) *rig {
	t.Helper()
	store, err := sqlite.NewTrips(t.Context(), filepath.Join(t.TempDir(), "trip.db"), endpoint.Event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &rig{world: newWorld(), clock: clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)), store: store}
	r.office = officeOver(t, store, r.clock)
	r.Rentals = r.instance()
	return r
}

// instance is one more replica over the same store.
func (r *rig) instance() *trip.Rentals { return r.over(r.store) }

func (r *rig) over(trips trip.Repository) *trip.Rentals { return r.with(trips, r.world) }

func (r *rig) with(trips trip.Repository, cars trip.Cars) *trip.Rentals {
	return trip.NewRentals(trip.Config{Trips: trips, Cars: cars, Licences: r.world, Wallet: wallet{r.world},
		Tariffs: r.office.pricing, Places: r.office.zoning, Promotions: promotions{r.world, r.office.campaigns}, Refunds: sqlite.NewRefunds(r.store),
		Clock: r.clock, IDs: ids.Random{}, Policy: policy, Log: func(context.Context, string, string, error) {}})
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
		wg.Go(func() { instance.Recover(t.Context()) })
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
