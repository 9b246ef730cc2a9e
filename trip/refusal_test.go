package trip_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/trip"
)

func TestRefusedStart(t *testing.T) {
	outage := errs.E(errs.Unavailable, "unavailable", "")
	for name, tc := range map[string]struct {
		plan func(*world)
		want error
	}{
		"the car has another trip":           {func(w *world) { w.claims["c"] = taken("c") }, trip.ErrCarUnavailable},
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
			if r.world.claims["c"] == taken("c") {
				delete(r.world.claims, "c")
			}
			r.untouched(t)
			r.world.licence, r.world.funds = nil, nil
			r.start(t) // the account is free
		})
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
	if stops := r.world.stops(begun.ID); stops != 1 {
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
