package adaptertest

import (
	"reflect"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

// forget: what people wrote goes, what happened stays.
func forget(t *testing.T, open Open) {
	s, again := open(t)
	noted := func(account string) (trip.Trip, idem.Key) {
		key := idem.Key{Principal: account, Operation: "trip.Start", Value: "k", BodyHash: "h"}
		n := finished(t, s, create(t, s, trip.NewTrip(id(), account, "c", key, now)))
		if n.End.Note == "" {
			t.Fatal("nobody wrote of it")
		}
		return n, key
	}
	mine, myKey := noted("1")
	other, otherKey := noted("2")
	for range 2 {
		if err := s.Forget(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	s = again()
	mine.End.Note, mine.Key = "", idem.Key{}
	for _, want := range []trip.Trip{mine, other} {
		if got, err := s.Trip(t.Context(), want.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := s.ByKey(t.Context(), myKey, now); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the key: got %v", err)
	}
	if got, err := s.ByKey(t.Context(), otherKey, now); err != nil || got.Trip.ID != other.ID {
		t.Errorf("another's key: got %+v, %v", got, err)
	}
}
