package trip_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/internal/photo"
	"freecar/trip"
)

var errAway = errs.E(errs.Unavailable, "unavailable", "away")

// unsaved is a store that saves no change.
type unsaved struct{ trip.Repository }

func (unsaved) Update(context.Context, string, func(*trip.Trip) error) (trip.Trip, error) {
	return trip.Trip{}, errAway
}

// TestNothingSaved: what staff do to a trip has not happened while it cannot be saved.
func TestNothingSaved(t *testing.T) {
	ending := func(t *testing.T, r *rig) string { id := r.drive(t).ID; r.end(t, id); return id }
	for name, tc := range map[string]struct {
		from func(*testing.T, *rig) string
		do   func(s *trip.Rentals, id string) error
	}{
		"an end is noted": {ending, func(s *trip.Rentals, id string) error {
			return second(s.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "x"}))
		}},
		"a lock is given up": {ending, func(s *trip.Rentals, id string) error {
			return second(s.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "x", WithoutLock: true}))
		}},
		"a fare is written off": {func(t *testing.T, r *rig) string { return r.unpayable(t) }, func(s *trip.Rentals, id string) error {
			return second(s.WriteOff(t.Context(), trip.WriteOff{TripID: id, Reason: "x", By: "9"}))
		}},
	} {
		r := newRig(t)
		id := tc.from(t, r)
		if err := tc.do(r.over(unsaved{r.store}), id); !errors.Is(err, errAway) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEndsThatAreDecided(t *testing.T) {
	t.Run("a trip that is starting has no end, whatever its car does", func(t *testing.T) {
		r := newRig(t)
		begun := r.start(t)
		if reasons, err := r.MayEnd(t.Context(), "1", begun.ID); err != nil || len(reasons) != 1 || reasons[0].Code != "not_started" {
			t.Errorf("got %+v, %v", reasons, err)
		}
		r.world.away["car"] = errAway
		if _, err := r.End(t.Context(), "1", begun.ID); !errors.Is(err, trip.ErrEndRefused) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing stands against an end that was accepted", func(t *testing.T) {
		r := newRig(t)
		begun := r.drive(t)
		r.end(t, begun.ID)
		r.world.car.DoorsOpen = true
		if reasons, err := r.MayEnd(t.Context(), "1", begun.ID); err != nil || len(reasons) != 0 {
			t.Errorf("got %+v, %v", reasons, err)
		}
	})
	t.Run("nor do zones where the car of somebody else is", func(t *testing.T) {
		r := newRig(t)
		if _, err := r.office.zoning.Replace(t.Context(), trip.ReplaceZones{Outlines: []trip.Outline{single("berlin", true, square(13.4, 52.52, 0.2))}}); err != nil {
			t.Fatal(err)
		}
		begun := r.drive(t)
		r.world.car.Position, r.world.car.ReadAt = geo.Position{Latitude: 48.1, Longitude: 11.5}, r.clock.Now()
		if reasons, err := r.MayEnd(t.Context(), "1", begun.ID); err != nil || len(reasons) != 1 {
			t.Fatalf("its own car: got %+v, %v", reasons, err)
		}
		r.world.claims["c"] = taken("c")
		if reasons, err := r.MayEnd(t.Context(), "1", begun.ID); err != nil || len(reasons) != 0 {
			t.Errorf("got %+v, %v", reasons, err)
		}
	})
	t.Run("staff end a trip that is settling: it is as it is", func(t *testing.T) {
		r := newRig(t)
		id := r.unpayable(t)
		if got, err := r.EndByStaff(t.Context(), trip.StaffEnd{TripID: id, Reason: "x"}); err != nil || got.Step != trip.Settling || got.End.Note != "" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("an end that failed is tried again before the platform's own end of the trip", func(t *testing.T) {
		now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
		late := trip.Trip{Step: trip.Driving, StartedAt: now.Add(10*time.Second - policy.TripAtMost)}
		if err := late.PostponeEnd("x", policy, now); err != nil || !late.NextAt.Equal(now.Add(10*time.Second)) {
			t.Errorf("next at %v, %v", late.NextAt, err)
		}
		young := trip.Trip{Step: trip.Driving, StartedAt: now}
		if err := young.PostponeEnd("x", policy, now); err != nil || !young.NextAt.Equal(now.Add(policy.EndAgain)) {
			t.Errorf("next at %v, %v", young.NextAt, err)
		}
	})
}

// TestLive is which claims of a rental stand.
func TestLive(t *testing.T) {
	r := newRig(t)
	now := r.clock.Now()
	fresh := func(change func(*trip.Trip)) trip.Trip {
		n := trip.NewTrip("", "", "c", idem.Key{}, now)
		change(&n)
		return n
	}
	kept := func(change func(*trip.Trip)) trip.Trip {
		n := trip.NewReservation("", "", "c", idem.Key{}, now)
		change(&n)
		return n
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	reserved := func(n *trip.Trip) { must(n.Reserve(trip.ClaimedCar{ID: "c"}, trip.Plan{}, policy, now)) }
	for name, tc := range map[string]struct {
		rental            trip.Trip
		trip, reservation bool
	}{
		"a start":                             {fresh(func(*trip.Trip) {}), true, false},
		"a start that is withdrawn":           {fresh(func(n *trip.Trip) { must(n.Withdraw("x", now)) }), true, false},
		"a trip":                              {fresh(func(n *trip.Trip) { must(n.Accept(trip.ClaimedCar{}, trip.Plan{}, now)) }), true, false},
		"one that came to nothing":            {fresh(func(n *trip.Trip) { must(n.Refuse("x", now)) }), false, false},
		"a reservation that is asked for":     {kept(func(*trip.Trip) {}), false, true},
		"a reservation that is withdrawn":     {kept(func(n *trip.Trip) { must(n.Withdraw("x", now)) }), true, true},
		"a reservation":                       {kept(reserved), false, true},
		"a reservation that is being started": {kept(func(n *trip.Trip) { reserved(n); must(n.RequestStart(idem.Key{}, now)) }), true, true},
		"a reservation whose start is refused": {kept(func(n *trip.Trip) {
			reserved(n)
			must(n.RequestStart(idem.Key{}, now))
			must(n.RefuseStart("x", now))
		}), true, true},
	} {
		n := tc.rental
		n.ID, n.Account = "rental of "+name, "rider of "+name
		must(r.store.Create(t.Context(), n))
		for kind, want := range map[trip.ClaimKind]bool{trip.ForTrip: tc.trip, trip.ForReservation: tc.reservation} {
			if got, err := r.Live(t.Context(), n.ID, kind); err != nil || got != want {
				t.Errorf("%s: the claim of a %s stands: %t, %v", name, kind, got, err)
			}
		}
	}
	if live, err := r.Live(t.Context(), "gone", trip.ForTrip); err != nil || live {
		t.Errorf("a rental that never was: %t, %v", live, err)
	}
}

// TestBusyAccount: a start of the car that the account has already is not that of a
// reservation, unless there is one.
func TestBusyAccount(t *testing.T) {
	again := func(r *rig, s *trip.Rentals, want error) {
		t.Helper()
		if err := second(s.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c"})); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	t.Run("it is being started", func(t *testing.T) {
		r := newRig(t)
		key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
		if err := r.store.Create(t.Context(), trip.NewTrip("n", "1", "c", key, r.clock.Now())); err != nil {
			t.Fatal(err)
		}
		again(r, r.Rentals, trip.ErrAccountBusy)
		if err := second(r.Start(t.Context(), trip.StartTrip{Account: "1", CarID: "c", Key: key})); !errors.Is(err, idem.ErrInProgress) {
			t.Errorf("the same request: %v", err)
		}
	})
	t.Run("it was reserved and is a trip", func(t *testing.T) {
		r := newRig(t)
		r.reserve(t)
		r.start(t)
		again(r, r.Rentals, trip.ErrAccountBusy)
	})
	t.Run("an outage is not taken for a reservation that is over", func(t *testing.T) {
		r := newRig(t)
		r.reserve(t)
		r.clock.Advance(policy.ReservationFor)
		again(r, r.over(&uncreated{r.store, errAway}), errAway)
	})
}

// uncreated is a store whose first Create fails.
type uncreated struct {
	trip.Repository
	once error
}

func (u *uncreated) Create(ctx context.Context, t trip.Trip) error {
	if err := u.once; err != nil {
		u.once = nil
		return err
	}
	return u.Repository.Create(ctx, t)
}

func TestDiscountLines(t *testing.T) {
	fare := trip.Fare{Total: money.Of(1000), Lines: []trip.Line{{Code: "unlock", Amount: money.Of(1000)}}}
	for text, d := range map[string]trip.Discount{
		"HALF: 50 % off":       {PromotionID: "p", Code: "HALF", PercentOff: 50},
		"FIVE: 5.00 EUR off":   {PromotionID: "p", Code: "FIVE", AmountOff: 500},
		"LEAST: 99.00 EUR off": {PromotionID: "p", Code: "LEAST", AmountOff: 9900, FareAtLeast: 500},
	} {
		if got := fare.Less(d); got.Total != money.Of(500) || len(got.Lines) != 2 || got.Lines[1].Text != text {
			t.Errorf("%s: got %+v", text, got)
		}
	}
	for _, f := range []trip.Fare{fare, {Total: money.Of(0)}} {
		if got := f.Less(trip.Discount{}); got.Total != f.Total || len(got.Lines) != len(f.Lines) {
			t.Errorf("nothing taken off: got %+v", got)
		}
	}
}

func TestReportAgain(t *testing.T) {
	r := newRig(t)
	d, pictures := newDesk(r)
	report := scratch(r.start(t).ID)
	report.Key = idem.Key{Principal: "1", Operation: "trip.Report", Value: "k", BodyHash: "h"}
	first, err := d.Report(t.Context(), report)
	if err != nil || first.Replayed {
		t.Fatal(first, err)
	}
	made := pictures.made
	if again, err := d.Report(t.Context(), report); err != nil || !again.Replayed || again.Issue.ID != first.Issue.ID || pictures.made != made {
		t.Errorf("got %+v, %v, and room for %d photos", again, err, pictures.made)
	}
}

// TestPhotoStoreThatFails: an error without a kind is passed on as it is.
func TestPhotoStoreThatFails(t *testing.T) {
	r := newRig(t)
	failed := errors.New("failed")
	d := trip.NewDesk(trip.DeskConfig{Trips: r.store, Pictures: failing{failed}, Clock: r.clock})
	if _, err := d.Report(t.Context(), scratch(r.start(t).ID)); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Create(context.Context, string, string, int64) (photo.Upload, error) {
	return photo.Upload{}, f.err
}

func (f failing) Link(context.Context, string) (photo.Link, error) { return photo.Link{}, f.err }

// TestSlot is what a rental takes, and when it had lapsed.
func TestSlot(t *testing.T) {
	at := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	over := trip.Term{At: at.Add(-time.Hour), Over: trip.ReservationExpired, OverAt: at.Add(-time.Minute)}
	paid := trip.Fare{Total: money.Of(100)}
	for name, tc := range map[string]struct {
		t      trip.Trip
		slot   string
		lapsed time.Time
	}{
		"live":                      {trip.Trip{State: trip.InProgress, Accepted: true}, "1", time.Time{}},
		"a reservation":             {trip.Trip{State: trip.Reserved, Term: trip.Term{At: at}}, "1", time.Time{}},
		"one that is over":          {trip.Trip{State: trip.Reserved, Term: over}, "t", at.Add(-time.Minute)},
		"one that is over and done": {trip.Trip{State: trip.Cancelled, Term: over, EndedAt: at}, "t", at.Add(-time.Minute)},
		"a start that was refused":  {trip.Trip{State: trip.Cancelled, EndedAt: at}, "t", time.Time{}},
		"a car that did not unlock": {trip.Trip{State: trip.Cancelled, Accepted: true, EndedAt: at}, "t", at},
		"a trip for nothing":        {trip.Trip{State: trip.Finished, Accepted: true, EndedAt: at}, "t", at},
		"a trip":                    {trip.Trip{State: trip.Finished, Accepted: true, EndedAt: at, Fare: paid}, "t", time.Time{}},
	} {
		tc.t.ID, tc.t.Account = "t", "1"
		if slot, lapsed := tc.t.Slot(), tc.t.LapsedAt(); slot != tc.slot || !lapsed.Equal(tc.lapsed) {
			t.Errorf("%s: takes %q, lapsed at %v", name, slot, lapsed)
		}
	}
}

// TestAskedAgain: what was asked for already is not refused, whatever the car is like now.
func TestAskedAgain(t *testing.T) {
	r := newRig(t)
	begun := r.drive(t)
	none := func(when string) {
		t.Helper()
		if reasons, err := r.MayPause(t.Context(), "1", begun.ID); err != nil || len(reasons) != 0 {
			t.Errorf("%s: got %+v, %v", when, reasons, err)
		}
	}
	r.pause(t, begun.ID)
	none("while it pauses")
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	none("when it is paused")
	r.resume(t, begun.ID)
	if got := r.resume(t, begun.ID); got.Step != trip.Resuming || got.Pause.Resumed != 1 {
		t.Errorf("resumed twice: %+v", got)
	}
}

// TestTripThatIsOver asks nothing of its car, which may be gone.
func TestTripThatIsOver(t *testing.T) {
	r := newRig(t)
	begun := r.drive(t)
	if _, err := r.Receipt(t.Context(), "1", begun.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a receipt before its end: %v", err)
	}
	r.end(t, begun.ID)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	r.world.away["car"] = errAway
	if reasons, err := r.MayEnd(t.Context(), "1", begun.ID); err != nil || len(reasons) != 0 {
		t.Errorf("got %+v, %v", reasons, err)
	}
	over := r.trip(t, begun.ID)
	if got := over.AsOf(trip.CarState{OdometerM: 99_000}, r.clock.Now().Add(time.Hour)); got.Fare.Total != over.Fare.Total || got.DistanceM != over.DistanceM {
		t.Errorf("it goes on: %+v", got)
	}
}

// TestFareStandsWhileItLocks: whatever its car does until it has locked.
func TestFareStandsWhileItLocks(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	locking := trip.Trip{State: trip.Ending, Step: trip.Locking, StartedAt: now, Plan: trip.Plan{PerMinute: []trip.Segment{{Rate: 29, Interval: 1}}},
		End: trip.End{At: now.Add(10 * time.Minute)}}
	if got := locking.AsOf(trip.CarState{OdometerM: 900}, now.Add(time.Hour)); got.Fare.Total.Amount != 290 {
		t.Errorf("got %+v", got.Fare)
	}
}

// TestWriteOffOfADrive: a trip that recovery does not get on with is written off only when
// its fare is due.
func TestWriteOffOfADrive(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	for step, want := range map[trip.Step]error{trip.Settling: nil, trip.Driving: trip.ErrNotStuck, trip.Locking: trip.ErrNotStuck, trip.Cancelling: trip.ErrNotStuck} {
		due := trip.Trip{Account: "1", Step: step, NextAt: now.Add(-trip.StuckAfter)}
		if err := due.WriteOff(trip.WriteOff{By: "9"}, now); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: got %v", step, err)
		}
	}
}

// TestReservationThatCannotBeGivenBack ends with the start that is refused.
func TestReservationThatCannotBeGivenBack(t *testing.T) {
	for name, during := range map[string]func(*rig){
		"its time is over": func(r *rig) { r.clock.Advance(policy.ReservationFor) },
		"its car is gone":  func(r *rig) { r.world.cars = map[string]bool{} },
	} {
		r := newRig(t)
		kept := r.reserve(t)
		r.world.away["hold"] = trip.ErrFunds
		s := r.with(r.store, &asleep{r.world, func() { during(r) }})
		if err := second(s.Start(t.Context(), trip.StartTrip{Account: "1", ReservationID: kept.ID})); err == nil {
			t.Errorf("%s: it was started", name)
		}
		if got := r.trip(t, kept.ID); got.State != trip.Cancelled || got.Term.Over != trip.ReservationExpired {
			t.Errorf("%s: got %s at %s", name, got.State, got.Step)
		}
	}
}

// TestNoPromotion: a trip without a code needs no promotions to end.
func TestNoPromotion(t *testing.T) {
	r := newRig(t)
	r.world.away["give back"] = errAway
	begun := r.drive(t)
	r.end(t, begun.ID)
	r.world.acknowledge(trip.CommandDone)
	r.advance(t, begun.ID)
	if got := r.trip(t, begun.ID); got.State != trip.Finished {
		t.Errorf("it is %s", got.State)
	}
}

// unreadable is a store whose plans cannot be read.
type unreadable struct{ trip.PlanStore }

func (unreadable) Latest(_ context.Context, id string) (trip.Plan, error) {
	if id == trip.StandardPlan {
		return trip.Standard(), nil
	}
	return trip.Plan{}, errAway
}

func TestPlans(t *testing.T) {
	t.Run("an outage is not a plan that is not there", func(t *testing.T) {
		s := trip.NewPricing(trip.PricingConfig{Plans: unreadable{}})
		if p, err := s.PlanFor(t.Context(), "night"); !errors.Is(err, errAway) {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("a cursor that no page gave is refused", func(t *testing.T) {
		o := newOffice(t)
		for _, cursor := range []string{"0", "-1", "x", "99999999999999999999"} {
			if _, err := o.pricing.Plans(t.Context(), trip.PlanFilter{ID: trip.StandardPlan, Limit: 1, Cursor: cursor}); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: got %v", cursor, err)
			}
		}
	})
}

// TestTangledParts: what costs too much to check is refused for that, and a zone whose part
// has no ring for this alone.
func TestTangledParts(t *testing.T) {
	var corners [][]trip.Ring
	holes := []trip.Ring{square(0, 0, 85)}
	for i := range 2500 { // one in the box of the other
		a, b := float64(i)*0.01, float64(i)*0.01+0.001
		corner := trip.Ring{{a, a}, {80, a}, {80, b}, {b, b}, {b, 80}, {a, 80}, {a, a}}
		corners, holes = append(corners, []trip.Ring{corner}), append(holes, corner)
	}
	for want, o := range map[string]trip.Outline{
		"too_complex: parts": multi("a", true, corners...),
		"too_complex: holes": single("a", true, holes...),
		"too_short: no ring": multi("a", true, []trip.Ring{square(0, 0, 1)}, nil),
	} {
		code, _, _ := strings.Cut(want, ":")
		_, err := trip.DrawZones([]trip.Outline{o})
		if e, ok := errors.AsType[*errs.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Code != code {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
