package adaptertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

func keys(t *testing.T, open Open) {
	s, _ := open(t)
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	refused := create(t, s, trip.NewTrip(id(), "1", "c", key, now))
	if got, err := s.ByKey(t.Context(), key, now); err != nil || got.Hash != "h" || got.Trip.ID != refused.ID || got.Answered {
		t.Errorf("in flight: got %+v %v", got, err)
	}
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	n := finished(t, s, create(t, s, trip.NewTrip(id(), "1", "c", key, now)))
	got, err := s.ByKey(t.Context(), key, now)
	if err != nil || got.Trip.ID != n.ID || got.Trip.State != trip.Starting || !got.Answered || got.Trip.Serial != n.Serial {
		t.Errorf("the answer is not the one given: %+v, %v", got, err)
	}
	if _, err := s.ByKey(t.Context(), key, now.Add(idem.Keep+time.Minute)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("after a day: got %v", err)
	}
	if err := s.Create(t.Context(), trip.NewTrip(id(), "1", "c", key, now.Add(idem.Keep-time.Minute))); !errors.Is(err, trip.ErrDuplicateKey) {
		t.Errorf("within a day: got %v", err)
	}
	create(t, s, trip.NewTrip(id(), "1", "c", key, now.Add(idem.Keep+time.Minute)))
}

func keyRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	if won := race(t, trip.ErrDuplicateKey, func(i int) error {
		return stores[i%2].Create(t.Context(), trip.NewTrip(id(), fmt.Sprint(i), "c", key, now))
	}); won != 1 {
		t.Errorf("%d trips under one key", won)
	}
}

func startKeys(t *testing.T, open Open) {
	s, _ := open(t)
	made := idem.Key{Principal: "1", Operation: "trip.Reserve", Value: "k", BodyHash: "h"}
	begun := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h2"}
	kept := reserved(t, s, "1", "c", made)
	want := func(key idem.Key, answered bool, step trip.Step) {
		t.Helper()
		got, err := s.ByKey(t.Context(), key, now)
		if err != nil || got.Hash != key.BodyHash || got.Answered != answered || got.Trip.ID != kept.ID || got.Trip.Step != step {
			t.Errorf("%s: got %+v, %v", key.Operation, got, err)
		}
	}
	want(made, true, trip.Waiting)
	update(t, s, kept.ID, requestStart(begun, now))
	want(begun, false, trip.Requesting)
	update(t, s, kept.ID, func(n *trip.Trip) error { return n.RefuseStart("insufficient_funds", now) })
	if _, err := s.ByKey(t.Context(), begun, now); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the key of a refused start: %v", err)
	}
	update(t, s, kept.ID, func(n *trip.Trip) error { return n.Return(now) })
	update(t, s, kept.ID, requestStart(begun, now))
	finished(t, s, kept)
	want(begun, true, trip.Unlocking)
	want(made, true, trip.Waiting)
	other := reserved(t, s, "1", "c", idem.Key{})
	if _, err := s.Update(t.Context(), other.ID, requestStart(begun, now)); !errors.Is(err, trip.ErrDuplicateKey) {
		t.Errorf("a key of another start: %v", err)
	}
	if got, err := s.Trip(t.Context(), other.ID); err != nil || got.Step != trip.Waiting || got.Version != other.Version {
		t.Errorf("it changed to %+v, %v", got, err)
	}
}

func startKeyRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	var kept []string
	for i := range racers {
		kept = append(kept, reserved(t, s, fmt.Sprint(i), "c", idem.Key{}).ID)
	}
	if won := race(t, trip.ErrDuplicateKey, func(i int) error {
		_, err := stores[i%2].Update(t.Context(), kept[i], requestStart(key, now))
		return err
	}); won != 1 {
		t.Errorf("%d starts under one key", won)
	}
}
