package trip_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
)

// elsewhere lets another instance act just before a claim of this one.
type elsewhere struct {
	*world
	before func()
}

func (e *elsewhere) Claim(ctx context.Context, c trip.Claim) (trip.ClaimedCar, error) {
	if before := e.before; before != nil {
		e.before = nil
		before()
	}
	return e.world.Claim(ctx, c)
}

// ahead is an instance whose clock is some time before the others'.
func (r *rig) ahead(by time.Duration, cars trip.Cars) *trip.Rentals {
	return trip.NewRentals(trip.Config{Trips: r.store, Cars: cars, Licences: r.world, Wallet: wallet{r.world},
		Tariffs: r.office.pricing, Places: r.office.zoning, Promotions: promotions{r.world, r.office.campaigns}, Refunds: sqlite.NewRefunds(r.store),
		Clock: clock.NewManual(r.clock.Now().Add(by)), IDs: ids.Random{}, Policy: policy, Log: func(context.Context, string, string, error) {}})
}

// TestClaimAgain: recovery looks at a trip whose car has not unlocked, and is slow; the trip
// ends elsewhere before it claims the car.
func TestClaimAgain(t *testing.T) {
	crash := errs.E(errs.Unavailable, "crash", "")
	// cancelled lets the trip fail at another instance, which frees the car.
	cancelled := func(t *testing.T, r *rig, id string) {
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, id)
		if got := r.trip(t, id); got.State != trip.Cancelled || len(r.world.claims) != 0 {
			t.Fatalf("got %+v, claims %v", got, r.world.claims)
		}
		clear(r.world.commands)
	}
	closed := func(t *testing.T, r *rig, id string) {
		t.Helper()
		if len(r.world.claims) != 0 {
			t.Errorf("a trip that is over has the car: %v", r.world.claims)
		}
		if len(r.world.commands[id]) != 0 {
			t.Errorf("the car was told %v", r.world.commands[id])
		}
	}
	// slow is a recovery that finds the car without the trip, and others act before its claim.
	slow := func(t *testing.T, meanwhile func(r *rig, id string), failing string) (*rig, string) {
		r := newRig(t)
		begun := r.start(t)
		r.clock.Advance(3 * time.Second)
		cars := &elsewhere{world: r.world, before: func() {
			r.world.claims["c"] = trip.Claim{CarID: "c", ID: begun.ID, Account: "1", Kind: trip.ForTrip}
			meanwhile(r, begun.ID)
			if failing != "" {
				r.world.after[failing] = crash
			}
		}}
		delete(r.world.claims, "c") // as it is for an instance that reads it after the release
		if err := r.with(r.store, cars).Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		return r, begun.ID
	}
	t.Run("the car did not unlock, and the trip is cancelled", func(t *testing.T) {
		r, id := slow(t, func(r *rig, id string) { cancelled(t, r, id) }, "")
		closed(t, r, id)
	})
	t.Run("and the answer to the claim is lost", func(t *testing.T) {
		r, id := slow(t, func(r *rig, id string) { cancelled(t, r, id) }, "claim")
		closed(t, r, id)
	})
	t.Run("the other instance has freed the car and not said so yet", func(t *testing.T) {
		r, id := slow(t, func(r *rig, id string) {
			r.world.acknowledge(trip.CommandFailed)
			r.world.after["release car"] = crash
			if err := r.Advance(t.Context(), id); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			clear(r.world.commands)
		}, "")
		closed(t, r, id)
		if got := r.trip(t, id); got.State != trip.Cancelled {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the trip has begun meanwhile", func(t *testing.T) {
		r, id := slow(t, func(r *rig, id string) {
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, id)
		}, "")
		r.has(t, id, trip.ForTrip)
		if got := r.trip(t, id); got.Step != trip.Driving {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("clocks differ: the trip is given up elsewhere before it is here", func(t *testing.T) {
		r := newRig(t)
		r.world.before["command"] = crash
		begun := r.start(t)
		r.clock.Advance(trip.AckAtMost - time.Second)
		delete(r.world.claims, "c")
		ahead := r.ahead(2*time.Second, r.world)
		cars := &elsewhere{world: r.world, before: func() {
			if err := ahead.Advance(t.Context(), begun.ID); err != nil {
				t.Fatal(err)
			}
		}}
		if err := r.with(r.store, cars).Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.trip(t, begun.ID); got.State != trip.Cancelled {
			t.Fatalf("got %+v", got)
		}
		closed(t, r, begun.ID)
	})
	t.Run("a claim that is a reservation's again is made the trip's, and the car opens", func(t *testing.T) {
		r, id := slow(t, func(r *rig, id string) {
			clear(r.world.commands)
			r.world.claims["c"] = trip.Claim{CarID: "c", ID: id, Account: "1", Kind: trip.ForReservation}
		}, "")
		r.has(t, id, trip.ForTrip)
		if len(r.world.commands[id]) != 1 {
			t.Errorf("the car was told %v", r.world.commands[id])
		}
	})
}
