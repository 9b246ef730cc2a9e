package adaptertest

import (
	"slices"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

func rentals(t *testing.T, open Open) {
	s, _ := open(t)
	lapsed := reserved(t, s, "1", "c", idem.Key{})
	update(t, s, lapsed.ID, func(n *trip.Trip) error { return n.Lapse(trip.ReservationCancelled, now) })
	update(t, s, lapsed.ID, func(n *trip.Trip) error { return n.LapseDone(now) })
	driven := reserved(t, s, "1", "c", idem.Key{})
	update(t, s, driven.ID, requestStart(idem.Key{}, now))
	finished(t, s, driven)
	others := finished(t, s, create(t, s, fresh("2")))
	refused := create(t, s, fresh("1"))
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	rented := finished(t, s, create(t, s, fresh("1")))
	live := reserved(t, s, "1", "c", idem.Key{})

	want := []string{live.ID, rented.ID, driven.ID, lapsed.ID}
	var got []string
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := s.Rentals(t.Context(), "1", cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Trips {
			got = append(got, n.ID)
		}
		cursor = page.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := s.Rentals(t.Context(), "1", others.ID, 3); errs.KindOf(err) != errs.Invalid {
		t.Errorf("another's cursor: %v", err)
	}
}
