package trip

import (
	"context"
	"errors"
	"slices"
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
)

// StuckAfter is how long a rental may be due until somebody has to look at it: recovery
// tries again every second, and what it has not mended by then it may never mend.
const StuckAfter = time.Minute

// ErrNotStuck refuses to write off a fare that may well be paid by itself.
var ErrNotStuck = errs.E(errs.Conflict, "trip_not_stuck", "Only the fare of a trip that is ending and cannot be paid is written off; see the trips that are stuck.")

// ErrPaid is the wallet's word for a trip whose fare was taken: there is nothing to release.
var ErrPaid = errs.E(errs.Conflict, "hold_captured", "The trip is paid.")

// ErrOwnFare refuses to give up one's own fare.
var ErrOwnFare = errs.E(errs.Conflict, "own_account", "Nobody writes off their own fare; ask a colleague.")

// WriteOff is what finance asks for when a fare cannot be paid; By is the account that does.
type WriteOff struct{ TripID, Reason, By string }

// stuck says that recovery has not got on with the rental for too long.
func (t *Trip) stuck(now time.Time) bool {
	return !t.NextAt.IsZero() && !now.Before(t.NextAt.Add(StuckAfter))
}

// WriteOff gives the fare up, so that the trip can end: the wallet refuses it for good,
// since its store was restored from before the trip, say. Again it changes nothing.
// Errors: ErrOwnFare, ErrNotStuck.
func (t *Trip) WriteOff(w WriteOff, now time.Time) error {
	switch {
	case w.By == t.Account:
		return ErrOwnFare
	case t.Fare.writtenOff():
		return errMovedOn
	case t.Step != Settling || !t.stuck(now):
		return ErrNotStuck
	}
	t.Fare = t.Fare.writeOff()
	t.End.noteAlso(w.Reason)
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("written_off", now)
	return nil
}

// undoWriteOff puts the fare back that the wallet turns out to have taken before it was
// given up.
func (t *Trip) undoWriteOff(now time.Time) error {
	if t.Step != Settling || !t.Fare.writtenOff() {
		return errMovedOn
	}
	t.Fare = t.Fare.owed()
	t.await(now.Add(settleAgain), time.Time{})
	t.changed("write_off_undone", now)
	return nil
}

// WriteOff ends a trip whose fare cannot be paid, without the fare; one that turns out to
// be paid ends with it, and finance gives it back as of any trip.
func (s *Rentals) WriteOff(ctx context.Context, w WriteOff) (Trip, error) {
	if _, err := s.AnyTrip(ctx, w.TripID); err != nil {
		return Trip{}, err
	}
	t, err := s.trips.Update(ctx, w.TripID, func(t *Trip) error { return t.WriteOff(w, s.clock.Now()) })
	if err != nil && !errors.Is(err, errMovedOn) {
		return Trip{}, err
	}
	if err == nil {
		if err := s.settle(ctx, t); err != nil {
			s.log(ctx, "a trip that was written off is left to recovery", t.ID, err)
		}
	}
	return s.AnyTrip(ctx, w.TripID)
}

// Stuck is how many rentals recovery does not get on with.
func (s *Rentals) Stuck(ctx context.Context) (int, error) {
	return s.trips.CountDue(ctx, s.clock.Now().Add(-StuckAfter))
}

// StuckTrips lists the trips that recovery does not get on with.
func (s *Rentals) StuckTrips(ctx context.Context, f Filter) (Page, error) {
	f.DueBy = s.clock.Now().Add(-StuckAfter)
	return s.AllTrips(ctx, f)
}

// pay takes the fare or, when it was written off, gives back what is held for it. A fare
// that was taken before it was written off is owed again: the receipt has to say what the
// rider was charged. It is the trip as it is then.
func (s *Rentals) pay(ctx context.Context, t Trip) (Trip, error) {
	if !t.Fare.writtenOff() {
		return t, s.wallet.Capture(ctx, t.ID, t.Fare.Total)
	}
	err := s.wallet.Release(ctx, t.ID)
	if !errors.Is(err, ErrPaid) {
		return t, err
	}
	s.log(ctx, "a fare that was written off is paid; it is owed again", t.ID, err)
	return s.update(ctx, t, func(t *Trip) error { return t.undoWriteOff(s.clock.Now()) })
}

const lineWrittenOff = "written_off"

// writeOff takes all of the fare off.
func (f Fare) writeOff() Fare {
	off := money.Money{Amount: -f.Total.Amount, Currency: f.Total.Currency}
	return Fare{
		Total: money.Money{Currency: f.Total.Currency},
		Lines: append(slices.Clip(f.Lines), Line{Code: lineWrittenOff, Text: "Written off", Amount: off}),
	}
}

// owed is the fare as it was before it was written off.
func (f Fare) owed() Fare {
	owed := Fare{Total: f.Total}
	for _, l := range f.Lines {
		if l.Code == lineWrittenOff {
			owed.Total = owed.Total.Minus(l.Amount)
			continue
		}
		owed.Lines = append(owed.Lines, l)
	}
	return owed
}

// writtenOff says that nobody pays the fare any more.
func (f Fare) writtenOff() bool {
	return slices.ContainsFunc(f.Lines, func(l Line) bool { return l.Code == lineWrittenOff })
}
