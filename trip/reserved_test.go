package trip_test

import (
	"testing"

	"freecar/trip"
)

func TestReservations(t *testing.T) {
	r := newRig(t)
	cancelled := r.reserve(t)
	if err := r.CancelReservation(t.Context(), "1", cancelled.ID); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(policy.ReserveAgain)
	kept := r.reserve(t)
	if _, err := r.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID}); err != nil {
		t.Fatal(err)
	}
	list, next, err := r.Reservations(t.Context(), "1", "", 10)
	if err != nil || next != "" || len(list) != 2 || list[0].ID != kept.ID || list[0].State != trip.ReservationStarted ||
		list[1].ID != cancelled.ID || list[1].State != trip.ReservationCancelled {
		t.Errorf("got %+v, %q, %v", list, next, err)
	}
	if list, next, err := r.Reservations(t.Context(), "2", "", 10); err != nil || next != "" || len(list) != 0 {
		t.Errorf("another's: %+v, %q, %v", list, next, err)
	}
	unreserved := newRig(t)
	unreserved.start(t)
	if list, next, err := unreserved.Reservations(t.Context(), "1", "", 10); err != nil || next != "" || len(list) != 0 {
		t.Errorf("a trip without one: %+v, %q, %v", list, next, err)
	}
}
