package trip_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/trip"
)

// TestCrash stops the saga after each of its effects, as kill -9 would, and lets two
// recoverers loose on what is left.
func TestCrash(t *testing.T) {
	crash := errs.E(errs.Unavailable, "crash", "")
	everything := func(w *world, ops ...string) {
		for _, op := range ops {
			w.before[op] = crash
		}
	}
	t.Run("while requesting: undone", func(t *testing.T) {
		for _, at := range []string{"claim", "hold"} {
			r := newRig(t)
			r.world.after[at] = crash
			everything(r.world, "release hold", "release car") // the instance is dead: it undoes nothing
			_, _ = r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})
			r.recover(t)
			r.recover(t)
			r.untouched(t)
		}
	})
	t.Run("a start left at its first step is undone by recovery alone", func(t *testing.T) {
		r := newRig(t)
		left := trip.NewTrip(ids.Random{}.New(), "1", "c", idem.Key{}, r.clock.Now())
		if err := r.store.Create(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		_, _ = r.world.Claim(t.Context(), trip.Claim{CarID: "c", ID: left.ID, Account: "1", Kind: trip.ForTrip})
		_ = r.world.Hold(t.Context(), left.ID, "1", money.Of(2000))
		r.recover(t)
		r.untouched(t)
		if err := r.world.Hold(t.Context(), left.ID, "1", money.Of(2000)); err == nil {
			t.Error("a late hold was taken")
		}
	})
	t.Run("before the unlock command: sent by recovery", func(t *testing.T) {
		r := newRig(t)
		r.world.before["command"] = crash
		begun := r.start(t)
		r.recover(t)
		r.world.acknowledge(trip.CommandDone)
		r.recover(t) // the event is lost too
		if got := r.trip(t, begun.ID); got.State != trip.InProgress {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("while settling: paid once", func(t *testing.T) {
		for _, at := range []string{"capture", "release car"} {
			r := newRig(t)
			begun := r.start(t)
			r.world.acknowledge(trip.CommandDone)
			r.advance(t, begun.ID)
			r.clock.Advance(time.Hour)
			if _, err := r.End(t.Context(), "1", begun.ID); err != nil {
				t.Fatal(err)
			}
			r.world.acknowledge(trip.CommandDone)
			r.world.after[at] = crash
			if err := r.Advance(t.Context(), begun.ID); !errors.Is(err, crash) {
				t.Fatalf("got %v", err)
			}
			r.recover(t)
			got := r.trip(t, begun.ID)
			if got.State != trip.Finished || r.world.captured[begun.ID] != got.Fare.Total.Amount || got.Fare.Total != money.Of(100+60*29) {
				t.Errorf("%s: got %+v, captured %v", at, got, r.world.captured)
			}
		}
	})
}
