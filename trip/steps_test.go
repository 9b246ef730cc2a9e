package trip_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

var steps = []trip.Step{
	trip.Reserving, trip.Waiting, trip.Lapsing, trip.Requesting, trip.Returning, trip.Withdrawing, trip.Unlocking,
	trip.Driving, trip.Pausing, trip.Parked, trip.Resuming, trip.Locking, trip.Settling, trip.Cancelling, trip.Done,
}

// TestSteps is which changes each step takes, of a rental that was a reservation and of one
// that was not: any other comes too late, says so and changes nothing.
func TestSteps(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name     string
		do       func(*trip.Trip) error
		new      []trip.Step // from which a rental without a reservation takes it
		reserved []trip.Step // from which one with a reservation does
	}{
		{"accept", func(t *trip.Trip) error { return t.Accept(trip.ClaimedCar{}, trip.Plan{}, now) },
			[]trip.Step{trip.Requesting}, []trip.Step{trip.Requesting}},
		{"withdraw", func(t *trip.Trip) error { return t.Withdraw("x", now) },
			[]trip.Step{trip.Reserving, trip.Requesting}, []trip.Step{trip.Reserving}},
		{"refuse", func(t *trip.Trip) error { return t.Refuse("x", now) },
			[]trip.Step{trip.Reserving, trip.Requesting, trip.Withdrawing}, []trip.Step{trip.Reserving, trip.Withdrawing}},
		{"begin", func(t *trip.Trip) error { return t.Begin(now, policy, now) },
			[]trip.Step{trip.Unlocking}, []trip.Step{trip.Unlocking}},
		{"cancel", func(t *trip.Trip) error { return t.Cancel("x", now) },
			[]trip.Step{trip.Unlocking}, []trip.Step{trip.Unlocking}},
		{"cancelled", func(t *trip.Trip) error { return t.CancelDone(now) },
			[]trip.Step{trip.Cancelling}, []trip.Step{trip.Cancelling}},
		{"reserve", func(t *trip.Trip) error { return t.Reserve(trip.ClaimedCar{}, trip.Plan{}, policy, now) },
			[]trip.Step{trip.Reserving}, []trip.Step{trip.Reserving}},
		{"refuse the start", func(t *trip.Trip) error { return t.RefuseStart("x", now) },
			nil, []trip.Step{trip.Requesting}},
		{"return", func(t *trip.Trip) error { return t.Return(now) },
			[]trip.Step{trip.Returning}, []trip.Step{trip.Returning}},
		{"expire", func(t *trip.Trip) error { return t.Expire(now) },
			[]trip.Step{trip.Waiting}, nil}, // which has time left here
		{"lapsed", func(t *trip.Trip) error { return t.LapseDone(now) },
			[]trip.Step{trip.Lapsing}, []trip.Step{trip.Lapsing}},
		{"pause", func(t *trip.Trip) error { return t.RequestPause(now) },
			[]trip.Step{trip.Driving}, []trip.Step{trip.Driving}},
		{"park", func(t *trip.Trip) error { return t.Park(policy, now) },
			[]trip.Step{trip.Pausing}, []trip.Step{trip.Pausing}},
		{"fail to pause", func(t *trip.Trip) error { return t.PauseFailed("x", policy, now) },
			[]trip.Step{trip.Pausing}, []trip.Step{trip.Pausing}},
		{"ask to resume", func(t *trip.Trip) error { return t.RequestResume(now) },
			[]trip.Step{trip.Parked}, []trip.Step{trip.Parked}},
		{"resume", func(t *trip.Trip) error { return t.Resume(now, policy, now) },
			[]trip.Step{trip.Parked, trip.Resuming}, []trip.Step{trip.Parked, trip.Resuming}},
		{"fail to resume", func(t *trip.Trip) error { return t.ResumeFailed("x", policy, now) },
			[]trip.Step{trip.Resuming}, []trip.Step{trip.Resuming}},
		{"end", func(t *trip.Trip) error { return t.RequestEnd(trip.EndRequest{}, now) },
			[]trip.Step{trip.Driving, trip.Pausing, trip.Parked, trip.Resuming}, []trip.Step{trip.Driving, trip.Pausing, trip.Parked, trip.Resuming}},
		{"fail to end", func(t *trip.Trip) error { return t.EndFailed("x", now, policy, now) },
			[]trip.Step{trip.Locking}, []trip.Step{trip.Locking}},
		{"refuse the end", func(t *trip.Trip) error { return t.RefuseEnd("x", policy, now) },
			[]trip.Step{trip.Locking}, []trip.Step{trip.Locking}},
		{"price", func(t *trip.Trip) error { return t.Price(1000, now) },
			[]trip.Step{trip.Locking}, []trip.Step{trip.Locking}},
		{"note the end", func(t *trip.Trip) error { return t.NoteEnd("x", now) },
			[]trip.Step{trip.Locking}, []trip.Step{trip.Locking}},
		{"give up the lock", func(t *trip.Trip) error { return t.GiveUpLock(trip.EndRequest{By: trip.ByStaff}, now) },
			[]trip.Step{trip.Locking}, []trip.Step{trip.Locking}},
		{"postpone the end", func(t *trip.Trip) error { return t.PostponeEnd("x", policy, now) },
			[]trip.Step{trip.Driving, trip.Parked}, []trip.Step{trip.Driving, trip.Parked}},
		{"drive on", func(t *trip.Trip) error { return t.DriveOn(policy, now) },
			[]trip.Step{trip.Driving}, []trip.Step{trip.Driving}},
		{"finish", func(t *trip.Trip) error { return t.Finish(now) },
			[]trip.Step{trip.Settling}, []trip.Step{trip.Settling}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, step := range steps {
				takes(t, trip.Trip{ID: "t", Account: "1", Step: step}, tc.do, slices.Contains(tc.new, step))
				term := trip.Term{At: now, ExpiresAt: now.Add(policy.ReservationFor)}
				takes(t, trip.Trip{ID: "t", Account: "1", Step: step, Term: term}, tc.do, slices.Contains(tc.reserved, step))
			}
		})
	}
}

// takes makes a change that a rental takes, or that comes too late.
func takes(t *testing.T, before trip.Trip, change func(*trip.Trip) error, taken bool) {
	t.Helper()
	after := before
	err := change(&after)
	switch {
	case taken && (err != nil || after.Version != before.Version+1 || len(after.Changes()) == 0):
		t.Errorf("%s, reserved %t: got %v, %+v", before.Step, before.Reservable(), err, after)
	case !taken && (errs.CodeOf(err) != "moved_on" || !reflect.DeepEqual(after, before)):
		t.Errorf("%s, reserved %t: it was taken: %v, %+v", before.Step, before.Reservable(), err, after)
	}
}

// TestTooEarly: a trip that followed from a reservation cannot begin before its start was
// asked for, whatever the car service's clock says.
func TestTooEarly(t *testing.T) {
	reserved := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	asked, now := reserved.Add(time.Minute), reserved.Add(2*time.Minute)
	for _, tc := range []struct {
		name           string
		asked, at, out time.Time
	}{
		{"before the start", asked, asked.Add(-time.Second), asked},
		{"after it", asked, asked.Add(time.Second), asked.Add(time.Second)},
		{"in the future", asked, now.Add(time.Second), now},
		{"without a reservation, before the trip was asked for", time.Time{}, reserved.Add(-time.Second), reserved},
	} {
		begun := trip.Trip{Step: trip.Unlocking, CreatedAt: reserved, Term: trip.Term{StartAt: tc.asked}}
		if err := begun.Begin(tc.at, policy, now); err != nil || !begun.StartedAt.Equal(tc.out) {
			t.Errorf("%s: it began at %v, %v", tc.name, begun.StartedAt, err)
		}
	}
}

// TestStandingReservation is what can be done with a reservation, by what became of it.
func TestStandingReservation(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	kept := func(step trip.Step, change func(*trip.Trip)) trip.Trip {
		k := trip.Trip{ID: "t", Account: "1", State: trip.Reserved, Step: step, Term: trip.Term{At: now, ExpiresAt: now.Add(time.Minute)}}
		change(&k)
		return k
	}
	nothing := func(*trip.Trip) {}
	over := func(how trip.ReservationState) func(*trip.Trip) { return func(t *trip.Trip) { t.Term.Over = how } }
	for _, tc := range []struct {
		name                 string
		from                 trip.Trip
		start, extend, lapse string // codes; empty for what is done
	}{
		{"waits", kept(trip.Waiting, nothing), "", "", ""},
		{"extended", kept(trip.Waiting, func(t *trip.Trip) { t.Term.Extended = true }), "", "reservation_extended", ""},
		{"its time is over", kept(trip.Waiting, func(t *trip.Trip) { t.Term.ExpiresAt = now }), "reservation_expired", "reservation_expired", ""},
		{"is being started", kept(trip.Requesting, nothing), "reservation_over", "reservation_over", "reservation_over"},
		{"and its time is over", kept(trip.Requesting, func(t *trip.Trip) { t.Term.ExpiresAt = now }), "reservation_over", "reservation_over", "reservation_over"},
		{"its start was refused", kept(trip.Returning, nothing), "reservation_over", "reservation_over", ""},
		{"is a trip", kept(trip.Driving, func(t *trip.Trip) { t.Accepted = true }), "reservation_over", "reservation_over", "reservation_over"},
		{"is a trip that was accepted this moment", kept(trip.Waiting, func(t *trip.Trip) { t.Accepted = true }), "reservation_over", "reservation_over", "reservation_over"},
		{"expired", kept(trip.Waiting, over(trip.ReservationExpired)), "reservation_expired", "reservation_expired", "moved_on"},
		{"was cancelled", kept(trip.Waiting, over(trip.ReservationCancelled)), "reservation_over", "reservation_over", "moved_on"},
	} {
		for name, try := range map[string]struct {
			do   func(*trip.Trip) error
			want string
		}{
			"start":  {func(t *trip.Trip) error { return t.RequestStart(idem.Key{}, now) }, tc.start},
			"extend": {func(t *trip.Trip) error { return t.Extend(policy, now) }, tc.extend},
			"lapse":  {func(t *trip.Trip) error { return t.Lapse(trip.ReservationCancelled, now) }, tc.lapse},
		} {
			after := tc.from
			err := try.do(&after)
			if (err == nil) != (try.want == "") || err != nil && errs.CodeOf(err) != try.want || err != nil && !reflect.DeepEqual(after, tc.from) {
				t.Errorf("%s: %s: got %v, %+v", tc.name, name, err, after)
			}
		}
	}
}
