package adaptertest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/trip"
)

func pages(t *testing.T, open Open) {
	s, _ := open(t)
	var want []string
	for range 7 {
		want = append(want, finished(t, s, create(t, s, fresh("1"))).ID)
		finished(t, s, create(t, s, fresh("2")))
	}
	refused := create(t, s, fresh("1"))
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	slices.Reverse(want)
	var got []string
	f := trip.Filter{Account: "1", Limit: 3}
	for {
		page, err := s.Trips(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Trips {
			got = append(got, n.ID)
		}
		finished(t, s, create(t, s, fresh("1"))) // newer than the first page
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if page, err := s.Trips(t.Context(), trip.Filter{Account: "1", State: trip.Cancelled, Limit: 5}); err != nil || len(page.Trips) != 0 {
		t.Errorf("a refused start is listed: %+v, %v", page, err)
	}
}

func due(t *testing.T, open Open) {
	s, _ := open(t)
	late := create(t, s, trip.NewTrip(id(), "1", "c", idem.Key{}, now.Add(time.Second)))
	early := create(t, s, trip.NewTrip(id(), "2", "c", idem.Key{}, now))
	finished(t, s, create(t, s, fresh("3")))
	same := []string{late.ID, create(t, s, trip.NewTrip(id(), "4", "c", idem.Key{}, now.Add(time.Second))).ID}
	slices.Sort(same)
	for limit := range 3 {
		var got []string
		for last := (trip.Due{}); ; {
			page, err := s.Due(t.Context(), now.Add(time.Minute), last, limit+1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, last = range page {
				got = append(got, last.ID)
			}
		}
		if !slices.Equal(got, append([]string{early.ID}, same...)) {
			t.Errorf("%d a page: got %v", limit+1, got)
		}
	}
	if got, err := s.Due(t.Context(), now, trip.Due{}, 10); err != nil || len(got) != 0 {
		t.Errorf("too early: got %v, %v", got, err)
	}
	for at, want := range map[time.Time]int{now: 0, now.Add(time.Minute): 3} {
		if n, err := s.CountDue(t.Context(), at); err != nil || n != want {
			t.Errorf("%d are due, want %d (%v)", n, want, err)
		}
	}
	live, err := s.CountLive(t.Context())
	if want := map[trip.State]int{trip.Starting: 3}; err != nil || !maps.Equal(live, want) {
		t.Errorf("%v go on, want %v (%v)", live, want, err)
	}
	update(t, s, early.ID, accept)
	for filter, want := range map[trip.Filter]int{
		{DueBy: now}: 0, {DueBy: now.Add(time.Minute)}: 1, // the others are no trips
		{DueBy: now.Add(time.Minute), Account: "2", State: trip.Starting, CarID: "c"}: 1,
		{DueBy: now.Add(time.Minute), Account: "1"}:                                   0,
		{DueBy: now.Add(time.Minute), State: trip.Ending}:                             0,
	} {
		filter.Limit = 5
		if page, err := s.Trips(t.Context(), filter); err != nil || len(page.Trips) != want {
			t.Errorf("%+v: %d trips, want %d (%v)", filter, len(page.Trips), want, err)
		}
	}
}

func filters(t *testing.T, open Open) {
	s, _ := open(t)
	made := map[string]string{}
	for _, account := range []string{"1", "2"} {
		for _, car := range []string{"c", "d"} {
			n := create(t, s, trip.NewTrip(id(), account, car, idem.Key{}, now))
			update(t, s, n.ID, func(n *trip.Trip) error { return n.Accept(trip.ClaimedCar{ID: car}, trip.Standard(), now) })
			if car == "c" {
				update(t, s, n.ID, func(n *trip.Trip) error { return n.Cancel("unlock_failed", now) })
				update(t, s, n.ID, func(n *trip.Trip) error { return n.CancelDone(now) })
			}
			made[account+car] = n.ID
		}
	}
	reserved(t, s, "3", "c", idem.Key{})
	for _, tc := range []struct {
		filter trip.Filter
		want   []string
	}{
		{trip.Filter{}, []string{"2d", "2c", "1d", "1c"}},
		{trip.Filter{CarID: "c"}, []string{"2c", "1c"}},
		{trip.Filter{Account: "1"}, []string{"1d", "1c"}},
		{trip.Filter{Account: "1", CarID: "d"}, []string{"1d"}},
		{trip.Filter{State: trip.Cancelled}, []string{"2c", "1c"}},
		{trip.Filter{State: trip.Cancelled, CarID: "d"}, nil},
		{trip.Filter{Account: "3"}, nil},
	} {
		var want, got []string
		for _, name := range tc.want {
			want = append(want, made[name])
		}
		for f := tc.filter; ; {
			f.Limit = 1
			page, err := s.Trips(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range page.Trips {
				got = append(got, n.ID)
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %v, want %v", tc.filter, got, want)
		}
	}
	if _, err := s.Trips(t.Context(), trip.Filter{Limit: 1, Cursor: id()}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a cursor of nothing: %v", err)
	}
	if _, err := s.Trips(t.Context(), trip.Filter{Account: "1", Limit: 1, Cursor: made["2c"]}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a cursor of another account's: %v", err)
	}
}

func lapses(t *testing.T, open Open) {
	s, _ := open(t)
	want := func(account, car string, at time.Time) {
		t.Helper()
		if got, err := s.LastLapse(t.Context(), account, car); err != nil || !got.Equal(at) || got.IsZero() != at.IsZero() {
			t.Errorf("%s and %s: got %v, %v, want %v", account, car, got, err, at)
		}
	}
	want("1", "c", time.Time{})
	for i := range 2 {
		n := reserved(t, s, "1", "c", idem.Key{})
		update(t, s, n.ID, func(n *trip.Trip) error {
			return n.Lapse(trip.ReservationCancelled, now.Add(time.Duration(i)*time.Minute))
		})
		want("1", "c", now.Add(time.Duration(i)*time.Minute)) // though the car may not be free yet
		update(t, s, n.ID, func(n *trip.Trip) error { return n.LapseDone(now.Add(time.Hour)) })
	}
	want("1", "c", now.Add(time.Minute))
	want("1", "d", time.Time{})
	want("2", "c", time.Time{})
	driven := reserved(t, s, "1", "d", idem.Key{})
	update(t, s, driven.ID, requestStart(idem.Key{}, now))
	finished(t, s, driven)
	want("1", "d", time.Time{})

	free := create(t, s, trip.NewTrip(id(), "1", "e", idem.Key{}, now))
	var ended time.Time
	for i, step := range []func(*trip.Trip, time.Time) error{
		func(n *trip.Trip, _ time.Time) error {
			return n.Accept(trip.ClaimedCar{ID: "e"}, trip.Standard(), now)
		},
		func(n *trip.Trip, at time.Time) error { return n.Begin(at, policy, at) },
		func(n *trip.Trip, at time.Time) error { return n.RequestEnd(trip.EndRequest{By: trip.ByRider}, at) },
		func(n *trip.Trip, at time.Time) error { return n.Price(0, at) },
		func(n *trip.Trip, at time.Time) error { return n.Finish(at) },
	} {
		want("1", "e", time.Time{})
		ended = now.Add(time.Duration(i) * time.Second)
		update(t, s, free.ID, func(n *trip.Trip) error { return step(n, ended) })
	}
	want("1", "e", ended)
	unlocked := create(t, s, trip.NewTrip(id(), "2", "e", idem.Key{}, now))
	update(t, s, unlocked.ID, func(n *trip.Trip) error { return n.Accept(trip.ClaimedCar{ID: "e"}, trip.Standard(), now) })
	update(t, s, unlocked.ID, func(n *trip.Trip) error { return n.Cancel("unlock_failed", now) })
	want("2", "e", time.Time{})
	update(t, s, unlocked.ID, func(n *trip.Trip) error { return n.CancelDone(now) })
	want("2", "e", now)
	refused := create(t, s, trip.NewTrip(id(), "3", "e", idem.Key{}, now))
	update(t, s, refused.ID, func(n *trip.Trip) error { return n.Refuse("car_unavailable", now) })
	want("3", "e", time.Time{})
}
