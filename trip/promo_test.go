package trip_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/trip"
)

// welcome makes the promotion that the tests use.
func (r *rig) welcome(t *testing.T, limit int64) trip.Promotion {
	t.Helper()
	return r.office.promote(t, trip.Promotion{Code: "welcome", PercentOff: 20, TotalLimit: limit, AccountLimit: 1})
}

// redeemed holds how many trips have the promotion against what is wanted.
func (r *rig) redeemed(t *testing.T, want int64) {
	t.Helper()
	page, err := r.office.campaigns.List(t.Context(), 1, "")
	if err != nil || len(page.Promotions) != 1 || page.Promotions[0].Redeemed != want {
		t.Errorf("got %+v, %v; want %d redeemed", page.Promotions, err, want)
	}
}

var withCode = trip.StartTrip{Account: "1", CarID: "c", PromoCode: " Welcome"}

func TestStartWithPromo(t *testing.T) {
	t.Run("the fare is less, live and in the end, whatever becomes of the promotion", func(t *testing.T) {
		r := newRig(t)
		p := r.welcome(t, 1)
		started, err := r.Start(t.Context(), withCode)
		if err != nil || started.Trip.Promo.Code != "WELCOME" || started.Trip.Promo.Discount != p.Discount() {
			t.Fatalf("got %+v, %v", started.Trip.Promo, err)
		}
		r.redeemed(t, 1)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, started.Trip.ID)
		if _, err := r.office.campaigns.End(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(10 * time.Minute)
		const whole = 100 + 10*29
		if live, err := r.Trip(t.Context(), "1", started.Trip.ID); err != nil || live.Fare.Total != money.Of(whole-whole*20/100) {
			t.Errorf("live: %+v, %v", live.Fare, err)
		}
		r.end(t, started.Trip.ID)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, started.Trip.ID)
		done := r.trip(t, started.Trip.ID)
		if last := done.Fare.Lines[len(done.Fare.Lines)-1]; done.Fare.Total != money.Of(312) || last.Code != "promotion" || last.Amount != money.Of(-78) || r.world.captured[done.ID] != 312 {
			t.Errorf("in the end: %+v, captured %v", done.Fare, r.world.captured)
		}
		r.redeemed(t, 1) // a finished trip has had it
	})
	t.Run("a code that is refused refuses the start, and leaves nothing", func(t *testing.T) {
		r := newRig(t)
		_, err := r.Start(t.Context(), withCode)
		if why(t, err) != "unknown" {
			t.Errorf("got %v", err)
		}
		r.untouched(t)
		r.start(t)
	})
	t.Run("a start that comes to nothing gives it back", func(t *testing.T) {
		outage := errs.E(errs.Unavailable, "unavailable", "")
		for name, plan := range map[string]func(*world){
			"the car is taken":                 func(w *world) { w.claims["c"] = taken("c") },
			"no licence":                       func(w *world) { w.licence = trip.ErrLicence },
			"no money":                         func(w *world) { w.funds = trip.ErrFunds },
			"held, but the answer is lost":     func(w *world) { w.after["hold"] = outage },
			"redeemed, but the answer is lost": func(w *world) { w.after["redeem"] = outage },
			"and it cannot be given back":      func(w *world) { w.funds = trip.ErrFunds; w.before["give back"] = outage },
			"given back, answer lost":          func(w *world) { w.funds = trip.ErrFunds; w.after["give back"] = outage },
		} {
			t.Run(name, func(t *testing.T) {
				r := newRig(t)
				r.welcome(t, 1)
				plan(r.world)
				if _, err := r.Start(t.Context(), withCode); err == nil {
					t.Fatal("it started")
				}
				r.recover(t)
				r.redeemed(t, 0)
				delete(r.world.claims, "c")
				r.untouched(t)
				r.world.licence, r.world.funds = nil, nil
				if _, err := r.Start(t.Context(), withCode); err != nil {
					t.Errorf("the next start: %v", err)
				}
				r.redeemed(t, 1)
			})
		}
	})
	t.Run("an instance that died after redeeming: recovery gives it back", func(t *testing.T) {
		r := newRig(t)
		r.welcome(t, 1)
		crash := errs.E(errs.Unavailable, "crash", "")
		r.world.after["redeem"] = crash
		for _, op := range []string{"give back", "release hold", "release car"} {
			r.world.before[op] = crash
		}
		_, _ = r.Start(t.Context(), withCode)
		r.redeemed(t, 1)
		r.recover(t)
		r.recover(t)
		r.redeemed(t, 0)
		r.untouched(t)
	})
	t.Run("a car that does not unlock gives it back", func(t *testing.T) {
		r := newRig(t)
		r.welcome(t, 1)
		started, err := r.Start(t.Context(), withCode)
		if err != nil {
			t.Fatal(err)
		}
		r.world.acknowledge(trip.CommandFailed)
		r.advance(t, started.Trip.ID)
		if got := r.trip(t, started.Trip.ID); got.State != trip.Cancelled {
			t.Fatalf("got %+v", got)
		}
		r.redeemed(t, 0)
		r.nothingHeld(t)
	})
	t.Run("a trip that was free by itself gives it back, whatever stops that halfway", func(t *testing.T) {
		crash := errs.E(errs.Unavailable, "crash", "")
		for name, plan := range map[string]func(*world){
			"nothing":                func(*world) {},
			"before it":              func(w *world) { w.before["give back"] = crash },
			"its answer":             func(w *world) { w.after["give back"] = crash },
			"the payment after that": func(w *world) { w.before["capture"] = crash },
		} {
			r := newRig(t)
			r.office.promote(t, trip.Promotion{Code: "welcome", PercentOff: 20, AccountLimit: 1, FirstTripOnly: true})
			id := r.begun(t, withCode)
			r.end(t, id)
			r.world.acknowledge(trip.CommandDone)
			plan(r.world)
			_ = r.Advance(t.Context(), id)
			r.recover(t)
			if got := r.trip(t, id); got.State != trip.Finished || got.Fare.Total != money.Of(0) {
				t.Fatalf("%s: got %s, %v", name, got.State, got.Fare.Total)
			}
			r.redeemed(t, 0)
			if _, err := r.Start(t.Context(), withCode); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("a trip that a promotion made free has had it, and was a first trip", func(t *testing.T) {
		r := newRig(t)
		r.office.promote(t, trip.Promotion{Code: "welcome", PercentOff: 100, AccountLimit: 2, FirstTripOnly: true})
		id := r.begun(t, withCode)
		r.clock.Advance(10 * time.Minute)
		r.end(t, id)
		r.world.acknowledge(trip.CommandDone)
		r.advance(t, id)
		r.redeemed(t, 1)
		if _, err := r.office.campaigns.Look(t.Context(), "welcome", "1"); why(t, err) != "first_trip_only" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a repeated request redeems once", func(t *testing.T) {
		r := newRig(t)
		r.welcome(t, 2)
		c := withCode
		c.Key = idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
		for range 2 {
			if _, err := r.Start(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		r.redeemed(t, 1)
	})
	t.Run("a trip on its way keeps the limit of its account", func(t *testing.T) {
		r := newRig(t)
		r.welcome(t, 0)
		if _, err := r.Start(t.Context(), withCode); err != nil {
			t.Fatal(err)
		}
		if _, err := r.office.campaigns.Look(t.Context(), "welcome", "1"); why(t, err) != "already_used" {
			t.Errorf("got %v", err)
		}
	})
}

// nothingHeld is untouched for a trip that was accepted, and is in the list.
func (r *rig) nothingHeld(t *testing.T) {
	t.Helper()
	if len(r.world.claims) != 0 || len(r.world.held) != 0 || len(r.world.captured) != 0 {
		t.Errorf("left behind: claims %v, held %v, captured %v", r.world.claims, r.world.held, r.world.captured)
	}
}

func TestStartReservedWithPromo(t *testing.T) {
	reserve := func(t *testing.T, r *rig) string {
		t.Helper()
		made, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"})
		if err != nil {
			t.Fatal(err)
		}
		return made.Reservation.ID
	}
	t.Run("a start that is refused gives it back, and the next one may have it again, another, or none", func(t *testing.T) {
		for code, want := range map[string]int64{"welcome": 20, "other": 50, "": 0} {
			r := newRig(t)
			r.office.promote(t, trip.Promotion{Code: "other", PercentOff: 50, AccountLimit: 1})
			r.welcome(t, 1)
			id := reserve(t, r)
			r.world.funds = trip.ErrFunds
			if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: id, PromoCode: "welcome"}); !errors.Is(err, trip.ErrFunds) {
				t.Fatalf("got %v", err)
			}
			if _, err := r.office.campaigns.Look(t.Context(), "welcome", "1"); err != nil {
				t.Errorf("not given back: %v", err)
			}
			r.world.funds = nil
			started, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: id, PromoCode: code})
			if err != nil || started.Trip.Promo.Discount.PercentOff != want {
				t.Errorf("%q: got %+v, %v", code, started.Trip.Promo, err)
			}
		}
	})
	t.Run("a refused start that recovery has to undo", func(t *testing.T) {
		r := newRig(t)
		r.welcome(t, 1)
		id := reserve(t, r)
		crash := errs.E(errs.Unavailable, "crash", "")
		r.world.after["redeem"] = crash
		r.world.before["give back"] = crash
		_, _ = r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: id, PromoCode: "welcome"})
		r.redeemed(t, 1)
		r.recover(t)
		r.recover(t)
		r.redeemed(t, 0)
		if _, err := r.CurrentReservation(t.Context(), "1"); err != nil {
			t.Errorf("the reservation is gone: %v", err)
		}
	})
}

// TestPromoRace lets many start at once with a code that few may have.
func TestPromoRace(t *testing.T) {
	const riders, limit = 64, 7
	r := newRig(t)
	r.welcome(t, limit)
	instances := []*trip.Rentals{r.Rentals, r.instance()}
	var wg sync.WaitGroup
	begin := make(chan struct{})
	codes := make([]string, riders)
	for i := range riders {
		wg.Go(func() {
			<-begin
			_, err := instances[i%2].Start(t.Context(), trip.StartTrip{Account: fmt.Sprint(i), CarID: fmt.Sprintf("car %d", i), PromoCode: "WELCOME"})
			codes[i] = why(t, err)
		})
	}
	close(begin)
	wg.Wait()
	got := map[string]int{}
	for _, code := range codes {
		got[code]++
	}
	if got[""] != limit || got["used_up"] != riders-limit {
		t.Errorf("got %v", got)
	}
	r.redeemed(t, limit)
	if len(r.world.claims) != limit || len(r.world.held) != limit {
		t.Errorf("%d claims, %d holds of %d trips", len(r.world.claims), len(r.world.held), limit)
	}
}

// TestPlanOfATrip: what staff change holds for trips that start later.
func TestPlanOfATrip(t *testing.T) {
	r := newRig(t)
	first := r.drive(t)
	r.office.publish(t, plan("standard", func(p *trip.Plan) { p.Unlock, p.Hold = 500, 3000 }))
	r.clock.Advance(10 * time.Minute)
	r.end(t, first.ID)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, first.ID)
	if done := r.trip(t, first.ID); done.Plan.Version != 1 || done.Fare.Total != money.Of(100+10*29) {
		t.Errorf("a trip of before: %+v", done.Fare)
	}
	if second := r.start(t); second.Plan.Version != 2 || r.world.held[second.ID] != 3000 {
		t.Errorf("a trip of after: plan %+v, held %v", second.Plan, r.world.held)
	}
}
