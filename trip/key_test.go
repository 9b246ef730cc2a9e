package trip_test

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/trip"
)

// vanishing is a store in which the first request's key is gone by the time the second
// looks: it was refused in between.
type vanishing struct{ trip.Repository }

func (vanishing) Create(context.Context, trip.Trip) error { return trip.ErrDuplicateKey }

func TestAKeyThatVanishes(t *testing.T) {
	r := newRig(t)
	s := trip.NewRentals(trip.Config{Trips: vanishing{r.store}, Cars: r.world, Licences: r.world, Wallet: wallet{r.world},
		Clock: r.clock, IDs: ids.Random{}, Policy: policy, Log: func(context.Context, string, string, error) {}})
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	if got, err := s.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c", Key: key}); !errors.Is(err, idem.ErrInProgress) {
		t.Errorf("got %+v, %v", got, err)
	}
}

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
