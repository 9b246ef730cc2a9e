package trip_test

import (
	"testing"
	"time"

	"freecar/internal/money"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
)

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
	if done.Refunded != money.Of(0) || done.Paid() != done.Fare.Total {
		t.Errorf("nothing was paid back yet: %v, %v", done.Refunded, done.Paid())
	}
	if err := sqlite.NewRefunds(r.store).Save(t.Context(), trip.Refund{TripID: begun.ID, Total: money.Of(61), Version: 3}); err != nil {
		t.Fatal(err)
	}
	if paidBack, err := r.Receipt(t.Context(), "1", begun.ID); err != nil || paidBack.Refunded != money.Of(61) || paidBack.Paid() != money.Of(300) || paidBack.Version != done.Version {
		t.Errorf("after a refund: %+v, %v", paidBack, err)
	}
	if len(r.world.claims) != 0 {
		t.Error("the car is still claimed")
	}
	if again, err := r.End(t.Context(), "1", begun.ID); err != nil || again.State != trip.Finished || again.Version != done.Version {
		t.Errorf("ending again: %+v, %v", again, err)
	}
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
